#include "verify/boxed.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "verify/say.h"
#include "verify/words.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

/// What came out of the box, and the live line meanwhile.
class Listener {
 public:
  explicit Listener(bool live) : live_(live) {}

  void take(const std::string& line) {
    json message = json::parse(line, nullptr, false);
    if (!message.is_object()) {
      trouble_ = last_words(line);
    } else if (message.contains("progress") && live_) {
      std::fprintf(stderr, "\r\033[K%s",
                   message["progress"].get<std::string>().c_str());
      drawn_ = true;
    } else if (message.contains("error")) {
      trouble_ = message["error"].get<std::string>();
    } else if (message.contains("answer")) {
      answer_ = std::move(message["answer"]);
    }
  }
  void erase_live_line() {
    if (drawn_) std::fputs("\r\033[K", stderr);
    drawn_ = false;
  }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  [[nodiscard]] std::optional<json>& answer() { return answer_; }

 private:
  bool live_;
  bool drawn_ = false;
  std::string trouble_;
  std::optional<json> answer_;
};

std::string why_no_answer(const Listener& listener, const BoxEnd& end) {
  if (!listener.trouble().empty()) return listener.trouble();
  if (end.signal != 0) {
    return "the crash box was killed by signal " + std::to_string(end.signal);
  }
  return "the crash box gave no answer (status " + std::to_string(end.code) +
         ")";
}

}  // namespace

Result<json> run_boxed(const BoxedWork& work, const BoxedOptions& options,
                       bool& interrupted) {
  std::vector<std::string> keep = options.keep;
  std::erase_if(keep, [](const std::string& path) {
    return access(path.c_str(), F_OK) != 0;
  });
  Listener listener(options.live && isatty(STDERR_FILENO) == 1);
  const auto in_box = [&](const BoxFacts& box, int out) {
    const auto progress = [&](const std::string& what) {
      static_cast<void>(say_line(out, {{"progress", what}}));
    };
    Result<json> answer = work(box, progress);
    return say_line(out, answer ? json{{"answer", std::move(*answer)}}
                                : json{{"error", answer.error().message()}})
               ? 0
               : 1;
  };
  const auto end = run_in_box(
      in_box, keep, [&](const std::string& line) { listener.take(line); });
  listener.erase_live_line();
  if (!end) return tl::unexpected(end.error());
  if (!end->clean) {
    std::fputs("bulkhead: a cgroup of the crash box could not be removed\n",
               stderr);
  }
  interrupted = end->interrupted;
  if (interrupted) return fail("interrupted");
  if (!listener.answer()) return fail(why_no_answer(listener, *end));
  return std::move(*listener.answer());
}

}  // namespace bulkhead::verify
