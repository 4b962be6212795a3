#include "probes/support/try.h"

#include <sys/prctl.h>

#include <algorithm>
#include <cstring>

namespace bulkhead::probes {

namespace {

// Evidence names this many ways; the rest is counted.
constexpr std::size_t kMostNamed = 8;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < std::min(words.size(), kMostNamed); ++i) {
    if (!text.empty()) text += ", ";
    text += words[i];
  }
  if (words.size() > kMostNamed) {
    text += " and " + std::to_string(words.size() - kMostNamed) + " more";
  }
  return text;
}

// "way (evidence)", without saying the way twice.
std::string named(const std::string& way, const std::string& evidence) {
  if (evidence.empty()) return way;
  if (evidence.starts_with(way)) return evidence;
  return way + " (" + evidence + ")";
}

}  // namespace

Called called(long value) {
  return value == -1 ? Called{-1, errno} : Called{value, 0};
}

std::string errno_name(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : "errno " + std::to_string(error);
}

bool filtered() {
  // A filter that refuses even this prctl is in force too.
  return prctl(PR_GET_SECCOMP) != 0;
}

Observation observe(const Called& called, std::initializer_list<int> past,
                    const std::string& what) {
  if (called.ok()) return reached(what + " succeeded");
  const std::string answer = what + ": " + errno_name(called.error);
  if (std::ranges::find(past, called.error) != past.end()) {
    return reached(answer + " past the checks");
  }
  if (called.error == ENOSYS && !filtered()) {
    return absent("this kernel has no " + what);
  }
  return refused(called.error, answer);
}

void Tally::add(const std::string& way, const Observation& seen) {
  const std::string text = named(way, seen.evidence);
  switch (seen.outcome) {
    case Outcome::kReached:
      reached_.push_back(text);
      break;
    case Outcome::kRefused:
      if (refused_.empty()) first_refusal_ = seen;
      refused_.push_back(seen.signal != 0
                             ? way + " signal " + std::to_string(seen.signal)
                         : seen.error != 0 ? way + " " + errno_name(seen.error)
                                           : text);
      break;
    case Outcome::kAbsent:
      absent_.push_back(way);
      break;
    case Outcome::kBroken:
      if (broken_.empty()) missing_fact_ = seen.missing_fact;
      if (seen.missing_fact.empty()) missing_fact_.clear();
      broken_.push_back(text);
      break;
  }
}

Observation Tally::result() const {
  const std::size_t tried = reached_.size() + refused_.size();
  const std::string of = " of " + std::to_string(tried) + ": ";
  if (!reached_.empty()) {
    std::string text =
        "reached " + std::to_string(reached_.size()) + of + joined(reached_);
    if (!refused_.empty()) text += "; refused " + joined(refused_);
    if (!absent_.empty()) text += "; not in this kernel: " + joined(absent_);
    return reached(text);
  }
  if (!broken_.empty()) {
    Observation seen = broken(joined(broken_));
    seen.missing_fact = missing_fact_;
    return seen;
  }
  if (refused_.empty()) {
    return absent(absent_.empty() ? "nothing to try"
                                  : "not in this kernel: " + joined(absent_));
  }
  Observation all = first_refusal_;
  all.evidence =
      "refused " + std::to_string(refused_.size()) + of + joined(refused_);
  return all;
}

}  // namespace bulkhead::probes
