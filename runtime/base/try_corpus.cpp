// main() of a fuzz target without a fuzzer: tries every file of the folders
// that it is given. A folder without a file is an error, not a success.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "runtime/base/fuzz.h"

namespace {

int try_folder(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  for (const auto& path : paths) {
    std::printf("%s\n", path.c_str());
    std::fflush(stdout);  // The last line names what broke a promise.
    std::ifstream file(path, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                           bytes.size());
  }
  if (paths.empty()) std::fprintf(stderr, "%s: no file\n", folder.c_str());
  return paths.empty() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) try {
  int status = argc < 2 ? 1 : 0;
  for (int i = 1; i < argc; ++i) status |= try_folder(argv[i]);
  return status;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
