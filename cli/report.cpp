// Errors, as the program says them.
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string_view>

#include "cli/verbs.h"
#include "runtime/plan/plan.h"

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

std::string said_of(const Error& error) {
  return "bulkhead: " + printable(error.message());
}

int status_of(const Error& error) {
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

int report(const Error& error) {
  fprintf(stderr, "%s\n", said_of(error).c_str());
  return status_of(error);
}

void report_degradations(const Plan& plan) {
  for (const Degradation& degradation : plan.degradations) {
    // The presets prefer these two, and many hosts lack them.
    if (degradation.feature == "cgroup.memory.swap.max" ||
        degradation.feature == "cgroup.memory.oom.group") {
      continue;
    }
    const std::string line = "bulkhead: without " + degradation.feature + ": " +
                             degradation.reason + "\n";
    static_cast<void>(write(STDERR_FILENO, line.data(), line.size()) < 0);
  }
}

}  // namespace bulkhead::cli
