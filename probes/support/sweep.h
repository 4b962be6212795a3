// Every system call by its number, with arguments that no call can use, each
// made where nothing can be hurt: in a forked child, thrown away after the
// first call that did more than refuse.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

namespace bulkhead::probes {

/// The ways into the kernel that one process has.
enum class Entry { kNative, kI386, kX32 };

/// "x86_64", "i386" (int 0x80), "x32" (bit 30 of the number).
[[nodiscard]] std::string_view entry_name(Entry entry);

inline constexpr std::array kEntries = {Entry::kNative, Entry::kI386,
                                        Entry::kX32};
/// The newest number of any entry (x32's 547), and 64 that nobody has yet.
inline constexpr long kSweptNumbers = 612;

/// How a call ended.
enum class Met {
  kReturned,  ///< `value` is the errno, 0 for success.
  kKilled,    ///< `value` is the signal.
  kEnded,     ///< The process exited by it.
  kNotTried,  ///< See why_not_tried().
  kLost,      ///< No child could be made or its end is unknown.
};

struct Sounding {
  long number = 0;
  Met met = Met::kLost;
  int value = 0;
};

/// What `sounding` says about the way into the kernel.
enum class Answer {
  kSentinel,  ///< The errno that only the filter gives.
  kEnosys,
  kKilled,   ///< By SIGSYS: a filter's doing.
  kReached,  ///< Any other answer, death or end.
  kNotTried,
  kUnknown,
};

/// `sentinel`: the errno that only the filter gives; 0: there is none.
[[nodiscard]] Answer classify(const Sounding& sounding, int sentinel);

/// "sentinel", "ENOSYS", "killed", "reached", "not tried", "unknown".
[[nodiscard]] std::string_view answer_word(Answer answer);

using CallArguments = std::array<unsigned long, 6>;

/// What call `number` is tried with: all ones (no pointer, descriptor, id or
/// set of flags), unless the call would do something with that, or would
/// answer ENOSYS though it is there.
[[nodiscard]] CallArguments poison(Entry entry, long number);

/// Why `number` is never tried, or nullptr: it would disturb others or not
/// return whatever its arguments.
[[nodiscard]] const char* why_not_tried(Entry entry, long number);

/// Whether the kernel makes the call whatever the filters say: uretprobe since
/// Linux 6.14 and uprobe since 6.18, which programs make without knowing it.
[[nodiscard]] bool passes_every_filter(Entry entry, long number);

/// Whether the kernel has this entry at all: without it, int 0x80 is a SIGSEGV.
/// x32 cannot be told apart from a filter that answers ENOSYS: always true.
[[nodiscard]] bool entry_exists(Entry entry);

/// Tries `numbers` (without the x32 bit), in order. Children are reaped, also
/// those that a fork in the sweep left to this process.
[[nodiscard]] std::vector<Sounding> sweep(Entry entry,
                                          std::span<const long> numbers,
                                          int sentinel);

}  // namespace bulkhead::probes
