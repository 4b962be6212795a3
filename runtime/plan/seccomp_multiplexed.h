// i386's entries that lead to many calls with their arguments in memory, where
// no filter sees them: socketcall(2) and ipc(2).
#pragma once

#include <string>
#include <vector>

#include "runtime/spec/spec.h"

namespace bulkhead {

/// Whether it is such an entry.
[[nodiscard]] bool is_multiplexer(const std::string& name);

/// The i386 entry that leads to `name` with its arguments in memory; or "".
[[nodiscard]] std::string multiplexer(const std::string& name);

/// The number that `name` has of its own on i386 beside such an entry, which
/// libseccomp does not tell; or -1.
[[nodiscard]] int direct_i386_number(const std::string& name);

/// Whether `policy` filters i386 programs as well.
[[nodiscard]] bool filters_i386(const Seccomp& policy);

/// Whether the entry would be more lenient than `rule` for `name`, its argument
/// unseen.
[[nodiscard]] bool hidden_by_multiplexer(const Seccomp& policy,
                                         const std::string& name,
                                         const SeccompRule& rule);

/// The entries that are closed on i386: they would hide an argument that a rule
/// compares, the policy names none of their own, and what it does not name it
/// denies. That is what it says to the letter; libseccomp would open them to
/// whatever arguments.
[[nodiscard]] std::vector<std::string> closed_entries(const Seccomp& policy);

/// `program` with those entries answered first, by the default action.
[[nodiscard]] std::string close_entries(const Seccomp& policy,
                                        std::string program);

/// What `explain` says of the entries of `policy`, a line each: that they are
/// closed, or open although a rule compares what they hide.
[[nodiscard]] std::vector<std::string> multiplexer_notes(const Seccomp& policy);

}  // namespace bulkhead
