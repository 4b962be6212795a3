#include "probes/support/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "probes/support/try.h"

namespace bulkhead::probes {

namespace {

constexpr std::size_t kMostEvidence = 1500;
constexpr std::size_t kMostFact = 100;

struct Header {
  std::int32_t outcome;
  std::int32_t error;
  std::int32_t signal;
  std::uint32_t length;
  std::uint32_t fact_length;
};

bool read_whole(int fd, void* into, std::size_t size) {
  auto* at = static_cast<char*>(into);
  while (size > 0) {
    const ssize_t got = read(fd, at, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

void send(int fd, const Observation& seen) {
  std::string evidence = seen.evidence;
  if (evidence.size() > kMostEvidence) {
    evidence.resize(kMostEvidence);
    evidence += "...";
  }
  const std::string fact = seen.missing_fact.substr(0, kMostFact);
  const Header header{static_cast<std::int32_t>(seen.outcome), seen.error,
                      seen.signal, static_cast<std::uint32_t>(evidence.size()),
                      static_cast<std::uint32_t>(fact.size())};
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  bytes += evidence + fact;
  // One write below PIPE_BUF: whole or not at all.
  while (write(fd, bytes.data(), bytes.size()) < 0 && errno == EINTR) {
  }
}

bool receive(int fd, Observation& seen) {
  Header header{};
  if (!read_whole(fd, &header, sizeof header)) return false;
  if (header.outcome < 0 || header.outcome > static_cast<int>(Outcome::kBroken))
    return false;
  if (header.length > kMostEvidence + 3 || header.fact_length > kMostFact) {
    return false;
  }
  std::string evidence(header.length, '\0');
  if (!read_whole(fd, evidence.data(), evidence.size())) return false;
  std::string fact(header.fact_length, '\0');
  if (!read_whole(fd, fact.data(), fact.size())) return false;
  seen = {static_cast<Outcome>(header.outcome), header.error, header.signal,
          std::move(evidence), std::move(fact)};
  return true;
}

pid_t fork_bound() {
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);  // It died before the prctl.
  }
  return child;
}

void close_all_but(int one, int other) {
  const auto low = static_cast<unsigned>(std::min(one, other));
  const auto high = static_cast<unsigned>(std::max(one, other));
  unsigned from = 3;
  for (const unsigned kept : {low, high}) {
    if (kept > from) close_range(from, kept - 1, 0);
    if (kept >= from) from = kept + 1;
  }
  close_range(from, ~0U, 0);
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return status;
}

Observation in_child(const std::function<Observation()>& body,
                     const std::function<Observation(int signal)>& died) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return broken("pipe2: " + errno_name(errno));
  }
  const pid_t child = fork_bound();
  if (child < 0) {
    const int error = errno;
    close(ends[0]);
    close(ends[1]);
    return broken("fork: " + errno_name(error));
  }
  if (child == 0) {
    close(ends[0]);
    send(ends[1], body());
    _exit(0);
  }
  close(ends[1]);
  Observation seen = broken("the child sent nothing");
  const bool came = receive(ends[0], seen);
  close(ends[0]);
  const int status = wait_for(child);
  if (came || !WIFSIGNALED(status)) return seen;
  const int signal = WTERMSIG(status);
  if (died) return died(signal);
  if (signal == SIGSYS) return {Outcome::kRefused, 0, SIGSYS, "SIGSYS"};
  return broken("the child was killed by signal " + std::to_string(signal));
}

int fork_many(int most, int& error) {
  error = 0;
  std::vector<pid_t> children;
  children.reserve(static_cast<std::size_t>(most));
  while (static_cast<int>(children.size()) < most) {
    const pid_t child = fork_bound();
    if (child == 0) {
      while (true) pause();
    }
    if (child < 0) {
      error = errno;
      break;
    }
    children.push_back(child);
  }
  for (const pid_t child : children) kill(child, SIGKILL);
  for (const pid_t child : children) wait_for(child);
  return static_cast<int>(children.size());
}

}  // namespace bulkhead::probes
