#include "probes/syscalls.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <numeric>
#include <optional>

#include "probes/support/json.h"
#include "probes/support/sweep.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {

namespace {

constexpr int kCannotWrite = 3;
constexpr int kUsage = 4;
constexpr unsigned kMostErrno = 4095;

constexpr const char* kOnlyFacts =
    "Every system call by number, with arguments that no call can use. Alone "
    "these are\nfacts, not verdicts: what should be refused, only a spec can "
    "say. EPERM may come\nfrom a filter or from the kernel behind it.";

struct Swept {
  Entry entry;
  bool exists;
  std::vector<Sounding> soundings;
};

Swept sweep_all(Entry entry, int sentinel) {
  Swept swept{entry, entry_exists(entry), {}};
  if (!swept.exists) return swept;
  std::vector<long> numbers(kSweptNumbers);
  std::iota(numbers.begin(), numbers.end(), 0);
  swept.soundings = sweep(entry, numbers, sentinel);
  return swept;
}

struct Request {
  bool json = false;
  std::string nonce;
  int sentinel = 0;
};

std::optional<Request> parse(const std::vector<std::string>& words) {
  Request request;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--json") {
      request.json = true;
      continue;
    }
    if (i + 1 == words.size()) return {};
    const std::string& option = words[i];
    const std::string& value = words[++i];
    const auto error = number(value);
    if (option == "--nonce" && !value.empty()) {
      request.nonce = value;
    } else if (option == "--errno" && error && *error <= kMostErrno) {
      request.sentinel = static_cast<int>(*error);
    } else {
      return {};
    }
  }
  if (request.json && !request.nonce.empty()) return {};
  return request;
}

std::string_view met_word(Met met) {
  switch (met) {
    case Met::kReturned:
      return "returned";
    case Met::kKilled:
      return "killed";
    case Met::kEnded:
      return "ended";
    case Met::kNotTried:
      return "not tried";
    case Met::kLost:
      break;
  }
  return "lost";
}

// ---- for the harness -------------------------------------------------------

std::string sweep_payload(const std::string& nonce, const Swept& swept) {
  std::string calls;
  for (const Sounding& one : swept.soundings) {
    if (!calls.empty()) calls += ",";
    calls += "[" + std::to_string(one.number) + ",\"" +
             std::string(met_word(one.met)) + "\"," + std::to_string(one.value);
    for (const unsigned long argument : poison(swept.entry, one.number)) {
      calls += "," + std::to_string(argument);
    }
    calls += "]";
  }
  return R"({"kind":"sweep","nonce":)" + nonce + R"(,"entry":")" +
         std::string(entry_name(swept.entry)) + R"(","absent":)" +
         (swept.exists ? "false" : "true") + R"(,"calls":[)" + calls + "]}";
}

/// Whether the harness said go; without it the input has just ended.
bool wait_to_go() {
  char byte = 0;
  ssize_t got = 0;
  do {
    got = read(STDIN_FILENO, &byte, 1);
  } while (got < 0 && errno == EINTR);
  return got == 1;
}

int say_frames(const Request& request, const FrameKey& key,
               bool (*say)(std::string_view)) {
  const std::string nonce = json_string(request.nonce);
  const std::string plan = R"({"kind":"plan","version":)" +
                           std::to_string(kFrameVersion) + R"(,"nonce":)" +
                           nonce + R"(,"probes":["syscalls"],"pid":)" +
                           std::to_string(getpid()) + R"(,"numbers":)" +
                           std::to_string(kSweptNumbers) + "}";
  if (!say(frame(key, plan))) return kCannotWrite;
  const bool held = wait_to_go();
  for (const Entry entry : kEntries) {
    const Swept swept = sweep_all(entry, request.sentinel);
    if (!say(frame(key, sweep_payload(nonce, swept)))) return kCannotWrite;
  }
  const std::string end = R"({"kind":"end","nonce":)" + nonce +
                          R"(,"records":)" + std::to_string(kEntries.size()) +
                          R"(,"held":)" + (held ? "true" : "false") + "}";
  return say(frame(key, end)) ? 0 : kCannotWrite;
}

// ---- for people and their programs -----------------------------------------

std::string details(const Swept& swept, const Sounding& one) {
  switch (one.met) {
    case Met::kReturned:
      return one.value == 0 ? "success" : errno_name(one.value);
    case Met::kKilled:
      return "signal " + std::to_string(one.value);
    case Met::kEnded:
      return "the process ended";
    case Met::kNotTried:
      return why_not_tried(swept.entry, one.number);
    case Met::kLost:
      break;
  }
  return "no child, or no end of it";
}

using Counts = std::map<std::string, int>;

Counts counts_of(const Swept& swept, int sentinel) {
  Counts counts;
  for (const Sounding& one : swept.soundings) {
    ++counts[std::string(answer_word(classify(one, sentinel)))];
  }
  return counts;
}

/// Neighbours with the same answer share a line.
std::string table_of(const Swept& swept, int sentinel) {
  const std::string name = padded(std::string(entry_name(swept.entry)), 8);
  if (!swept.exists) return name + "this kernel has no such entry\n";
  std::string text;
  const auto line_of = [&](const Sounding& one) {
    return padded(std::string(answer_word(classify(one, sentinel))), 11) +
           details(swept, one) + "\n";
  };
  const auto& all = swept.soundings;
  for (std::size_t i = 0; i < all.size();) {
    std::size_t next = i + 1;
    while (next < all.size() && line_of(all[next]) == line_of(all[i])) ++next;
    std::string range = std::to_string(all[i].number);
    if (next > i + 1) range += "-" + std::to_string(all[next - 1].number);
    text += name + padded(range, 9) + line_of(all[i]);
    i = next;
  }
  text += name + "in all:";
  for (const auto& [word, count] : counts_of(swept, sentinel)) {
    text += " " + std::to_string(count) + " " + word + ",";
  }
  text.back() = '\n';
  return text;
}

std::string document_of(const Swept& swept, int sentinel) {
  std::string calls;
  for (const Sounding& one : swept.soundings) {
    if (!calls.empty()) calls += ",";
    calls += R"({"number":)" + std::to_string(one.number) + R"(,"answer":")" +
             std::string(answer_word(classify(one, sentinel))) +
             R"(","details":)" + json_string(details(swept, one)) + "}";
  }
  std::string summary;
  for (const auto& [word, count] : counts_of(swept, sentinel)) {
    if (!summary.empty()) summary += ",";
    summary += json_string(word) + ":" + std::to_string(count);
  }
  return R"({"entry":")" + std::string(entry_name(swept.entry)) +
         R"(","exists":)" + (swept.exists ? "true" : "false") +
         R"(,"summary":{)" + summary + R"(},"calls":[)" + calls + "]}";
}

int say_facts(const Request& request, bool (*say)(std::string_view)) {
  std::string head = std::string(kOnlyFacts) + "\n\n";
  if (request.json) {
    head = R"({"schema":"bulkhead.probe.syscalls/1","note":)" +
           json_string(kOnlyFacts) + R"(,"errno":)" +
           std::to_string(request.sentinel) + R"(,"entries":[)";
  }
  if (!say(head)) return kCannotWrite;
  bool first = true;
  for (const Entry entry : kEntries) {
    const Swept swept = sweep_all(entry, request.sentinel);
    const std::string text =
        request.json ? (first ? "" : ",") + document_of(swept, request.sentinel)
                     : table_of(swept, request.sentinel);
    first = false;
    if (!say(text)) return kCannotWrite;
  }
  return !request.json || say("]}\n") ? 0 : kCannotWrite;
}

}  // namespace

int syscalls_main(const std::vector<std::string>& words, const FrameKey& key,
                  bool (*say)(std::string_view)) {
  const auto request = parse(words);
  if (!request) {
    say("bulkhead-probe: usage: syscalls [--errno N] [--json | --nonce N]\n");
    return kUsage;
  }
  return request->nonce.empty() ? say_facts(*request, say)
                                : say_frames(*request, key, say);
}

}  // namespace bulkhead::probes
