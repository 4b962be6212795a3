// The program `bulkhead`: verbs, usage errors, exit statuses.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include "cli/verbs.h"

namespace bulkhead::cli {

namespace {

/// Length of the UTF-8 sequence that begins `text`, 0 if it is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const std::size_t length = byte(0) < 0x80U              ? 1
                             : (byte(0) & 0xe0U) == 0xc0U ? 2
                             : (byte(0) & 0xf0U) == 0xe0U ? 3
                             : (byte(0) & 0xf8U) == 0xf0U ? 4
                                                          : 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return 0;
  }
  return length;
}

/// Input that is quoted in an error must not drive the reader's terminal.
std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = sequence_length(text);
    const bool control = (first < 0x20 && first != '\n') || first == 0x7f;
    if (length == 0 || control) {
      std::array<char, 5> escape;
      snprintf(escape.data(), escape.size(), "\\x%02x", first);
      result += escape.data();
      text.remove_prefix(1);
    } else {
      result += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return result;
}

}  // namespace

int report(const Error& error) {
  fprintf(stderr, "bulkhead: %s\n", printable(error.message()).c_str());
  switch (error.kind) {
    case ErrorKind::kNotFound:
      return kNotFound;
    case ErrorKind::kNotExecutable:
      return kNotExecutable;
    case ErrorKind::kUsage:
    case ErrorKind::kRuntime:
      return kRuntimeError;
  }
  return kRuntimeError;
}

namespace {

/// A caller that closed 0, 1 or 2 would have our own files take their place.
void fill_standard_descriptors() {
  for (int fd = 0; fd < 3; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    const int opened = open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
    if (opened >= 0 && opened != fd) {
      dup2(opened, fd);
      close(opened);
    }
  }
}

/// `verify`, `matrix`, `page` and `bench` speak pytest's exit statuses, the
/// rest those of a runtime.
int usage_status(int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
  return verb == "verify" || verb == "matrix" || verb == "page" ||
                 verb == "bench"
             ? kVerifyUsage
             : kRuntimeError;
}

int run_program(int argc, char** argv) {
  CLI::App app{
      "Proves, by trying, that a Linux container holds, and runs containers "
      "with every protection on."};
  app.name("bulkhead");
  app.require_subcommand(1);
  app.set_version_flag("--version", "bulkhead " BULKHEAD_VERSION);
  Action action;
  add_run(app, action);
  add_explain(app, action);
  add_doctor(app, action);
  add_spec(app, action);
  add_verify(app, action);
  add_probes(app, action);
  add_matrix(app, action);
  add_page(app, action);
  add_bench(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    fprintf(stderr, "bulkhead: %s; see `bulkhead %s--help`\n", error.what(),
            argc > 1 && argv[1][0] != '-' ? (std::string(argv[1]) + " ").c_str()
                                          : "");
    return usage_status(argc, argv);
  }
  return action();
}

}  // namespace
}  // namespace bulkhead::cli

int main(int argc, char** argv) {
  bulkhead::cli::fill_standard_descriptors();
  return bulkhead::cli::run_program(argc, argv);
}
