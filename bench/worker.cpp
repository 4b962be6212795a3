#include "bench/worker.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>

namespace bulkhead::bench {
namespace {

constexpr uid_t kNobody = 65534;
constexpr std::size_t kTextBytes = 2048;  // Less than PIPE_BUF.
constexpr int kEnd = 0;                   // Questions that are no number
constexpr int kDescribe = -1;             // of samples.

Result<Batch> prepared(Ground& ground,
                       const std::function<Result<Batch>()>& prepare) {
  Result<Records> records = Records::on_stdout();
  if (!records) return tl::unexpected(records.error());
  ground.records = std::move(*records);
  try {
    return prepare();
  } catch (const std::exception& error) {
    return fail(std::string("worker: ") + error.what());
  }
}

}  // namespace

struct Worker::Answer {
  Times sum;
  bool failed = false;
  std::array<char, kTextBytes> text{};

  static Answer saying(const std::string& text, bool failed) {
    Answer answer{.failed = failed};
    std::snprintf(answer.text.data(), answer.text.size(), "%s", text.c_str());
    return answer;
  }

  static Answer to(int question, const Result<Batch>& batch) {
    if (!batch) return saying(batch.error().message(), true);
    if (question == kDescribe) return saying(batch->about, false);
    Answer answer;
    for (int i = 0; i < question; ++i) {
      const Result<Times> times = batch->once();
      if (!times) return saying(times.error().message(), true);
      answer.sum.first += times->first;
      answer.sum.total += times->total;
    }
    return answer;
  }
};

[[noreturn]] void Worker::serve(Ground& ground,
                                const std::function<Result<Batch>()>& prepare,
                                int from, int to) {
  {
    const Result<Batch> batch = prepared(ground, prepare);
    // After prepare: a change of ids clears it.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int question = kEnd;
    while (read(from, &question, sizeof question) == sizeof question &&
           question != kEnd) {
      const Answer answer = Answer::to(question, batch);
      if (write(to, &answer, sizeof answer) != sizeof answer) break;
    }
  }  // What the batch holds ends here.
  _exit(0);
}

Worker::Worker(Ground& ground, const std::function<Result<Batch>()>& prepare) {
  std::array<int, 2> there{};
  std::array<int, 2> back{};
  if (pipe2(there.data(), O_CLOEXEC) != 0) return;
  to_ = Fd(there[1]);
  const Fd question(there[0]);
  if (pipe2(back.data(), O_CLOEXEC) != 0) return;
  from_ = Fd(back[0]);
  const Fd reply(back[1]);
  pid_ = fork();
  if (pid_ != 0) return;
  to_.reset();
  from_.reset();
  serve(ground, prepare, question.get(), reply.get());
}

Worker::~Worker() {
  if (pid_ <= 0) return;
  // Workers that were forked later hold this pipe too: its end would not do.
  static_cast<void>(ask(kEnd));
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Status Worker::ask(int count) const {
  if (pid_ <= 0) return fail("worker: it could not be started");
  if (write(to_.get(), &count, sizeof count) != sizeof count) {
    return fail("worker: it is gone", errno);
  }
  return {};
}

Result<Worker::Answer> Worker::receive() const {
  Answer answer;
  ssize_t got = 0;
  do {
    got = read(from_.get(), &answer, sizeof answer);
  } while (got < 0 && errno == EINTR);
  if (got != sizeof answer) return fail("worker: it ended without an answer");
  answer.text.back() = '\0';
  if (answer.failed) return fail(answer.text.data());
  return answer;
}

Result<Times> Worker::answer() const {
  const Result<Answer> answer = receive();
  if (!answer) return tl::unexpected(answer.error());
  return answer->sum;
}

Result<std::string> Worker::about() const {
  if (const Status asked = ask(kDescribe); !asked) {
    return tl::unexpected(asked.error());
  }
  const Result<Answer> answer = receive();
  if (!answer) return tl::unexpected(answer.error());
  return std::string(answer->text.data());
}

Result<Times> Worker::once() const {
  if (const Status asked = ask(1); !asked) {
    return tl::unexpected(asked.error());
  }
  return answer();
}

Status become_nobody() {
  if (setgroups(0, nullptr) != 0 || setresgid(kNobody, kNobody, kNobody) != 0 ||
      setresuid(kNobody, kNobody, kNobody) != 0) {
    return fail("worker: give privileges up", errno);
  }
  // Else /proc/self belongs to root, and no id map could be written.
  if (prctl(PR_SET_DUMPABLE, 1) != 0) return fail("worker: dumpable", errno);
  return {};
}

}  // namespace bulkhead::bench
