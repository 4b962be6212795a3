// Run by the build: compiles the filters of the presets and writes them down
// as C++ (builtin_filters()).
#include <linux/filter.h>

#include <cstdio>
#include <cstring>
#include <vector>

#include "runtime/plan/seccomp_compile.h"
#include "runtime/plan/seccomp_text.h"
#include "runtime/spec/presets.h"

namespace bulkhead {
namespace {

bool write_filter(FILE* file, Preset preset) {
  const Seccomp policy = *make_preset(preset).seccomp;
  const Result<std::string> program = compile_seccomp(policy);
  if (!program) {
    fprintf(stderr, "seccomp_builtin_writer: %s\n",
            program.error().message().c_str());
    return false;
  }
  std::vector<sock_filter> code(program->size() / sizeof(sock_filter));
  std::memcpy(code.data(), program->data(), program->size());
  const int number = static_cast<int>(preset);
  fprintf(file, "constexpr unsigned char kText%d[] = {", number);
  for (const char byte : seccomp_text(policy)) {
    fprintf(file, "%u,", static_cast<unsigned char>(byte));
  }
  fprintf(file, "};\nconstexpr sock_filter kFilter%d[] = {", number);
  for (const sock_filter& one : code) {
    fprintf(file, "{%u,%u,%u,%uU},", one.code, one.jt, one.jf, one.k);
  }
  fprintf(file, "};\n");
  return true;
}

int write_all(const char* path) {
  FILE* file = fopen(path, "we");
  if (file == nullptr) {
    perror(path);
    return 1;
  }
  fprintf(file,
          "#include \"runtime/plan/seccomp_builtin.h\"\n\n"
          "namespace bulkhead {\n");
  for (const Preset preset : {Preset::kHardened, Preset::kOci}) {
    if (!write_filter(file, preset)) return 1;
  }
  fprintf(file,
          "std::span<const BuiltinFilter> builtin_filters() {\n"
          "static constexpr BuiltinFilter kAll[] = {{kText0, kFilter0}, "
          "{kText1, kFilter1}};\nreturn kAll;\n}\n"
          "}  // namespace bulkhead\n");
  return fclose(file) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace bulkhead

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: seccomp_builtin_writer FILE\n");
    return 2;
  }
  return bulkhead::write_all(argv[1]);
}
