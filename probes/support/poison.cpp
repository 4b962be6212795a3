// What each call is tried with, and those that are not tried at all.
#include <algorithm>

#include "probes/support/sweep.h"

namespace bulkhead::probes {

namespace {

constexpr unsigned long kOnes = ~0UL;
constexpr unsigned long kNobody = 0x7fffffff;  // No process has this number.

struct Special {
  long number;
  CallArguments with;
};

// Where all ones would name everybody, make something, or be answered ENOSYS
// by the kernel itself. x32 shares these numbers.
constexpr std::array kSpecial = {
    Special{29, {kOnes, 0, 0}},           // shmget: no IPC_CREAT
    Special{62, {kNobody, 0}},            // kill
    Special{64, {kOnes, 0, 0}},           // semget
    Special{68, {kOnes, 0}},              // msgget
    Special{73, {kOnes, 8}},              // flock: LOCK_UN
    Special{154, {0, kOnes, 0}},          // modify_ldt: read nothing
    Special{169, {0, 0, 0, 0}},           // reboot: no magic
    Special{175, {kOnes, 0, kOnes}},      // init_module: an empty image
    Special{200, {kNobody, 0}},           // tkill
    Special{202, {kOnes, 1, kOnes}},      // futex: FUTEX_WAKE
    Special{234, {kNobody, kNobody, 0}},  // tgkill
};
constexpr std::array kSpecial386 = {
    Special{34, {0}},  // nice
    Special{37, {kNobody, 0}},
    Special{88, {0, 0, 0, 0}},
    Special{117, {3, kOnes, kOnes, kOnes, kOnes}},  // ipc: SEMCTL
    Special{123, {0, kOnes, 0}},
    Special{128, {kOnes, 0, kOnes}},
    Special{143, {kOnes, 8}},
    Special{238, {kNobody, 0}},
    Special{240, {kOnes, 1, kOnes}},
    Special{270, {kNobody, kNobody, 0}},
    Special{393, {kOnes, 0, 0}},
    Special{395, {kOnes, 0, 0}},
    Special{399, {kOnes, 0}},
    Special{422, {kOnes, 1, kOnes}},  // futex_time64
};

// seccomp_uprobe_exception() in kernel/seccomp.c: native numbers only.
constexpr long kUretprobe = 335;
constexpr long kUprobe = 336;

struct Skipped {
  long number;
  const char* why;
};

constexpr const char* kFrame =
    "takes its registers from the stack: it would jump anywhere";
constexpr const char* kSleeps = "sleeps whatever its arguments are";
constexpr const char* kWrites = "writes every file system of the machine";
constexpr const char* kHangs = "takes the terminal from others";

constexpr std::array kSkipped = {
    Skipped{15, kFrame},    // rt_sigreturn
    Skipped{34, kSleeps},   // pause
    Skipped{153, kHangs},   // vhangup
    Skipped{162, kWrites},  // sync
};
constexpr long kX32Sigreturn = 513;
constexpr std::array kSkipped386 = {
    Skipped{29, kSleeps}, Skipped{36, kWrites},
    Skipped{72, kSleeps},  // sigsuspend, its mask in a register
    Skipped{111, kHangs}, Skipped{119, kFrame},
    Skipped{173, kFrame},
};

template <class Table>
auto find(const Table& table, long number) {
  const auto at = std::ranges::find(table, number,
                                    [](const auto& row) { return row.number; });
  return at == table.end() ? nullptr : &*at;
}

}  // namespace

CallArguments poison(Entry entry, long number) {
  const Special* special = entry == Entry::kI386 ? find(kSpecial386, number)
                                                 : find(kSpecial, number);
  if (special != nullptr) return special->with;
  return {kOnes, kOnes, kOnes, kOnes, kOnes, kOnes};
}

const char* why_not_tried(Entry entry, long number) {
#ifndef __x86_64__
  return "what these tables know of it is another architecture's";
#endif
  if (entry == Entry::kX32 && number == kX32Sigreturn) return kFrame;
  const Skipped* skipped = entry == Entry::kI386 ? find(kSkipped386, number)
                                                 : find(kSkipped, number);
  return skipped == nullptr ? nullptr : skipped->why;
}

bool passes_every_filter(Entry entry, long number) {
  return entry == Entry::kNative && (number == kUretprobe || number == kUprobe);
}

std::string_view entry_name(Entry entry) {
  switch (entry) {
    case Entry::kI386:
      return "i386";
    case Entry::kX32:
      return "x32";
    case Entry::kNative:
      break;
  }
#ifdef __x86_64__
  return "x86_64";
#else
  return "native";
#endif
}

std::string_view answer_word(Answer answer) {
  switch (answer) {
    case Answer::kSentinel:
      return "sentinel";
    case Answer::kEnosys:
      return "ENOSYS";
    case Answer::kKilled:
      return "killed";
    case Answer::kReached:
      return "reached";
    case Answer::kNotTried:
      return "not tried";
    case Answer::kUnknown:
      break;
  }
  return "unknown";
}

}  // namespace bulkhead::probes
