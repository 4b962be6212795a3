#include "verify/syscall_inside.h"

#include <array>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

#include "probes/support/try.h"
#include "verify/records.h"
#include "verify/syscall_arch.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

constexpr std::array kEndNames = {"returned", "killed", "ended", "not tried",
                                  "lost"};

Result<CallEnd> end_named(const std::string& name) {
  for (std::size_t i = 0; i < kEndNames.size(); ++i) {
    if (name == kEndNames[i]) return static_cast<CallEnd>(i);
  }
  return fail("a call that ended by '" + name + "'");
}

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name == nullptr ? "signal " + std::to_string(signal)
                         : std::string("SIG") + name;
}

/// Takes frames in order; the first thing that is wrong fails all.
class SweepReader {
 public:
  explicit SweepReader(const std::string& nonce) : nonce_(nonce) {}

  Status take(const json& frame) {
    if (frame.at("nonce") != nonce_) {
      return fail("a frame of another run was replayed");
    }
    const std::string kind = frame.at("kind");
    if (ended_ || (kind == "plan") == planned_) {
      return fail("a " + kind + " out of order");
    }
    if (kind == "plan") return take_plan(frame);
    if (kind == "sweep") return take_sweep(frame);
    if (kind == "end") return take_end(frame);
    return fail("a frame of unknown kind '" + kind + "'");
  }

  Result<InsideSweep> finish() && {
    if (!planned_) return fail("no plan: the sweep did not start");
    if (!ended_) return fail("no end: the sweep was cut short");
    return std::move(sweep_);
  }

 private:
  Status take_plan(const json& frame) {
    if (frame.at("version") != probes::kFrameVersion ||
        frame.at("probes") != json::array({"syscalls"})) {
      return fail("the plan is not what was asked");
    }
    numbers_ = frame.at("numbers");
    planned_ = true;
    return {};
  }

  Status take_sweep(const json& frame) {
    const std::string name = frame.at("entry");
    SeenEntry entry{.absent = frame.at("absent"), .calls = {}};
    for (const json& call : frame.at("calls")) {
      const auto end = end_named(call.at(1));
      if (!end) return tl::unexpected(end.error());
      SeenCall seen{.end = *end, .value = call.at(2), .arguments = {}};
      for (std::size_t i = 0; i < seen.arguments.size(); ++i) {
        seen.arguments[i] = call.at(3 + i);
      }
      if (!entry.calls.emplace(call.at(0), seen).second) {
        return fail("a number was told twice");
      }
    }
    const std::size_t expected = entry.absent ? 0 : numbers_;
    if (entry.calls.size() != expected ||
        (expected != 0 && entry.calls.rbegin()->first != expected - 1)) {
      return fail(name + ": not every number was told");
    }
    if (!sweep_.entries.emplace(name, std::move(entry)).second) {
      return fail(name + " was told twice");
    }
    return {};
  }

  Status take_end(const json& frame) {
    for (const SyscallArch& arch : syscall_arches()) {
      if (!sweep_.entries.contains(arch.name)) {
        return fail(std::string(arch.name) + " was not told");
      }
    }
    if (frame.at("records") != sweep_.entries.size()) {
      return fail("the end does not count the records");
    }
    sweep_.held = frame.at("held");
    ended_ = true;
    return {};
  }

  const std::string& nonce_;
  InsideSweep sweep_;
  std::size_t numbers_ = 0;
  bool planned_ = false;
  bool ended_ = false;
};

}  // namespace

std::optional<int> announced_pid(std::string_view output,
                                 const probes::FrameKey& key,
                                 const std::string& nonce) {
  std::size_t forged = 0;
  for (const json& frame : authentic_frames(output, key, forged)) {
    if (frame.value("kind", json()) != "plan" ||
        frame.value("nonce", json()) != nonce) {
      continue;
    }
    const json pid = frame.value("pid", json());
    if (pid.is_number_integer()) return pid.get<int>();
  }
  return {};
}

Result<InsideSweep> read_sweep(std::string_view output,
                               const probes::FrameKey& key,
                               const std::string& nonce) {
  SweepReader reader(nonce);
  std::size_t forged = 0;
  try {
    for (const json& frame : authentic_frames(output, key, forged)) {
      if (auto taken = reader.take(frame); !taken) {
        return tl::unexpected(taken.error());
      }
    }
  } catch (const json::exception&) {
    return fail("a frame with a field of wrong type");
  }
  if (forged > 0) return fail("a forged or damaged frame");
  return std::move(reader).finish();
}

std::string words_of(const SeenCall& call) {
  switch (call.end) {
    case CallEnd::kReturned:
      return call.value == 0 ? "success" : probes::errno_name(call.value);
    case CallEnd::kKilled:
      return signal_name(call.value);
    default:
      return kEndNames[static_cast<std::size_t>(call.end)];
  }
}

}  // namespace bulkhead::verify
