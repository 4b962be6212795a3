#include "bench/records.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "verify/visible.h"

namespace bulkhead::bench {
namespace {

constexpr int kFilterMode = 2;  // SECCOMP_MODE_FILTER
constexpr int kPatienceMs = 10'000;

std::string drain(int fd) {
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::string_view magic_bytes() {
  static constexpr std::uint64_t kMagic = kRecordMagic;
  return {reinterpret_cast<const char*>(&kMagic), sizeof kMagic};
}

}  // namespace

Expected expected_of(const Spec& spec) {
  const auto is_new = [&](NamespaceKind kind) {
    return spec.ns(kind).mode == NamespaceMode::kNew;
  };
  return {.most_pid = is_new(NamespaceKind::kPid) ? 1 : 0,
          .no_new_privs = spec.process.no_new_privs,
          .filter = spec.seccomp.has_value(),
          .no_capabilities = spec.process.capabilities.has_value() &&
                             spec.process.capabilities->effective == 0,
          .hostname = is_new(NamespaceKind::kUts)
                          ? spec.hostname.value_or(std::string())
                          : std::string()};
}

std::string not_as(const Expected& expected, const Record& record) {
  if (expected.most_pid != 0 && record.pid > expected.most_pid) {
    return "it is process " + std::to_string(record.pid) +
           ", in no pid namespace of its own";
  }
  if (expected.no_new_privs && record.no_new_privs != 1) {
    return "no_new_privs is not set";
  }
  if (expected.filter && record.seccomp != kFilterMode) {
    return "it has no system-call filter";
  }
  if (expected.no_capabilities && record.capabilities != 0) {
    return "it has capabilities";
  }
  const std::string hostname(record.hostname,
                             strnlen(record.hostname, sizeof record.hostname));
  if (!expected.hostname.empty() && hostname != expected.hostname) {
    return "its host name is " + verify::visible(hostname) + ", not " +
           expected.hostname;
  }
  return {};
}

Result<Record> find_record(const std::string& text, const Expected& expected) {
  const std::size_t at = text.find(magic_bytes());
  if (at == std::string::npos || text.size() - at < sizeof(Record)) {
    return fail("the workload did not run to its end: it left no record" +
                (text.empty() ? std::string()
                              : "; it said: " + verify::visible(text, 200)));
  }
  if (text.find(magic_bytes(), at + 1) != std::string::npos) {
    return fail("the workload ran twice");
  }
  Record record{};
  std::memcpy(&record, text.data() + at, sizeof record);
  if (const std::string wrong = not_as(expected, record); !wrong.empty()) {
    return fail("the workload was not confined as asked for: " + wrong);
  }
  return record;
}

Result<Records> Records::on_stdout() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail("records: pipe", errno);
  Records records;
  records.read_end_ = Fd(ends[0]);
  const Fd write_end(ends[1]);
  if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0 ||
      dup2(write_end.get(), STDOUT_FILENO) < 0) {
    return fail("records: dup2", errno);
  }
  return records;
}

Result<Record> Records::take(const Expected& expected) const {
  return find_record(drain(read_end_.get()), expected);
}

Result<Record> Records::await(const Expected& expected) const {
  pollfd readable{read_end_.get(), POLLIN, 0};
  while (poll(&readable, 1, kPatienceMs) < 0 && errno == EINTR) {
  }
  return take(expected);
}

void Records::drop() const { static_cast<void>(drain(read_end_.get())); }

}  // namespace bulkhead::bench
