// bulkhead-probe: what runs inside a container. Needs no /proc, no writable
// file system, no environment and no privilege; speaks only on descriptor 1.
//
//   bulkhead-probe [--json] [--on-host]  a table of what can be reached here;
//                                        the host itself only if told so
//   bulkhead-probe list                  ids and claims
//   bulkhead-probe ids                   ids and capabilities of this process
//   bulkhead-probe syscalls [--errno N] [--json] [--on-host]
//                                        every call by its number
//   bulkhead-probe run --nonce N [--set K=V]... --probe ID...
//   bulkhead-probe @FILE                 such words, each ended by a NUL, for
//                                        who can say only a few
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "probes/frame.h"
#include "probes/probe.h"
#include "probes/runner.h"
#include "probes/support/json.h"
#include "probes/support/text.h"
#include "probes/syscalls.h"
#include "probes/table.h"

namespace {

using namespace bulkhead::probes;

constexpr int kUsage = 4;
constexpr int kCannotWrite = 3;

// The marker and, right after it, the key: the harness finds the first and
// overwrites the second. Kept, and kept in .data, by being volatile.
struct KeySlot {
  char marker[kKeyMarker.size()];
  std::uint8_t key[kKeyBytes];
};
[[gnu::used]] volatile KeySlot bulkhead_probe_key = {
    {'b', 'u', 'l', 'k', 'h', 'e', 'a', 'd', '-', 'p', 'r', 'o',
     'b', 'e', '-', 'k', 'e', 'y', '-', 's', 'l', 'o', 't', ':'},
    {1}};

FrameKey installed_key() {
  FrameKey key{};
  for (std::size_t i = 0; i < kKeyBytes; ++i) {
    key[i] = bulkhead_probe_key.key[i];
  }
  return key;
}

bool say(std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = write(STDOUT_FILENO, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

struct Request {
  Facts facts;
  std::vector<const Probe*> probes;
  std::string complaint;
};

const Probe* find(std::string_view id) {
  const auto& all = catalogue();
  const auto at = std::ranges::find(all, id, &Probe::id);
  return at == all.end() ? nullptr : &*at;
}

Request parse(const std::vector<std::string>& words) {
  Request request;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    if (i + 1 == words.size()) {
      request.complaint = words[i] + " needs a value";
      return request;
    }
    const std::string& value = words[i + 1];
    if (words[i] == "--nonce") {
      request.facts["nonce"] = value;
    } else if (words[i] == "--set" && value.find('=') != std::string::npos) {
      const std::size_t equals = value.find('=');
      request.facts[value.substr(0, equals)] = value.substr(equals + 1);
    } else if (words[i] == "--probe" && find(value) != nullptr) {
      request.probes.push_back(find(value));
    } else {
      request.complaint = "not understood: " + words[i] + " " + value;
      return request;
    }
  }
  if (request.facts["nonce"].empty()) request.complaint = "--nonce is missing";
  if (request.probes.empty()) request.complaint = "--probe is missing";
  return request;
}

std::string plan_payload(const Request& request, const std::string& nonce) {
  std::string ids;
  for (const Probe* probe : request.probes) {
    if (!ids.empty()) ids += ",";
    ids += json_string(probe->id);
  }
  return R"({"kind":"plan","version":)" + std::to_string(kFrameVersion) +
         R"(,"nonce":)" + nonce + R"(,"probes":[)" + ids + "]}";
}

std::string record_payload(const std::string& nonce, const Probe& probe,
                           Half half, const Observation& seen) {
  return R"({"kind":"record","nonce":)" + nonce + R"(,"probe":)" +
         json_string(probe.id) + R"(,"half":")" +
         (half == Half::kWitness ? "witness" : "attempt") + R"(","outcome":")" +
         std::string(outcome_word(seen.outcome)) + R"(","errno":)" +
         std::to_string(seen.error) + R"(,"signal":)" +
         std::to_string(seen.signal) + R"(,"evidence":)" +
         json_string(seen.evidence) +
         (seen.missing_fact.empty()
              ? ""
              : R"(,"missing_fact":)" + json_string(seen.missing_fact)) +
         "}";
}

bool asks_for_descriptors(const Probe* probe) {
  return std::ranges::find(probe->watches, "fds") != probe->watches.end();
}

int run(Request request) {
  if (std::ranges::any_of(request.probes, asks_for_descriptors)) {
    request.facts["fds.inherited"] = open_descriptors();
  }
  const FrameKey key = installed_key();
  const std::string nonce = json_string(request.facts["nonce"]);
  if (!say(frame(key, plan_payload(request, nonce)))) return kCannotWrite;
  int records = 0;
  for (const Probe* probe : request.probes) {
    for (const Half half : {Half::kWitness, Half::kAttempt}) {
      const Observation seen = run_half(*probe, half, request.facts);
      const std::string payload = record_payload(nonce, *probe, half, seen);
      if (!say(frame(key, payload))) return kCannotWrite;
      ++records;
    }
  }
  const std::string end = R"({"kind":"end","nonce":)" + nonce +
                          R"(,"records":)" + std::to_string(records) + "}";
  return say(frame(key, end)) ? 0 : kCannotWrite;
}

constexpr const char* kNoContainer =
    "this process shares the pid, uts, ipc, user and cgroup namespaces that "
    "the kernel booted with: no container is around it. Run it in one; or, "
    "since here its attempts leave short-lived mounts, files and cgroups "
    "behind, say --on-host";

int usage(const std::string& complaint) {
  say("bulkhead-probe: " + complaint + "\n");
  return kUsage;
}

int table(const std::vector<std::string>& flags) {
  TableForm form = TableForm::kText;
  bool host_allowed = false;
  for (const std::string& flag : flags) {
    if (flag == "--json") {
      form = TableForm::kJson;
    } else if (flag == "--on-host") {
      host_allowed = true;
    } else {
      return usage("not understood: " + flag);
    }
  }
  if (!host_allowed && on_the_host()) {
    return usage(kNoContainer);
  }
  return say_table(say, form, open_descriptors()) ? 0 : kCannotWrite;
}

}  // namespace

int main(int argc, char** argv) {
  start_runner();
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  if (words.size() == 1 && words[0].starts_with("@")) {
    const auto text = slurp(words[0].substr(1));
    if (!text) return usage(words[0].substr(1) + ": " + std::strerror(errno));
    words = split(*text, '\0');
  }
  if (words.empty() || words[0].starts_with("--")) {
    return table(words);
  }
  if (words.size() == 1 && words[0] == "list") {
    return say(list_text()) ? 0 : kCannotWrite;
  }
  if (words.size() == 1 && words[0] == "ids") {
    return say(ids_text()) ? 0 : kCannotWrite;
  }
  if (words[0] == "syscalls") {
    std::vector<std::string> flags(words.begin() + 1, words.end());
    const bool host_allowed = std::erase(flags, "--on-host") != 0;
    if (!host_allowed && on_the_host()) return usage(kNoContainer);
    return syscalls_main(flags, installed_key(), say);
  }
  std::string complaint =
      "usage: bulkhead-probe [[--json] [--on-host] | list | ids | syscalls | "
      "run --nonce N [--set K=V]... "
      "--probe ID...]";
  if (words[0] == "run") {
    Request request = parse({words.begin() + 1, words.end()});
    if (request.complaint.empty()) return run(std::move(request));
    complaint = request.complaint;
  }
  return usage(complaint);
}
