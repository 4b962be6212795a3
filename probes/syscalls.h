// bulkhead-probe syscalls: which system calls are let through here, by trying
// every number on every entry.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probes/frame.h"

namespace bulkhead::probes {

/// `words` follow "syscalls":
///
///   [--errno N] [--json]     a table, or a JSON document
///   --nonce N [--errno N]    for the harness: frames (below)
///
/// --errno is the errno that only the filter gives. Frames, in order, `held`
/// being whether the byte came that the harness lets it go on with:
///   {"kind":"plan","version":1,"nonce":N,"probes":["syscalls"],"pid":7,
///    "numbers":612}                       then it waits on descriptor 0
///   {"kind":"sweep","nonce":N,"entry":"x86_64","absent":false,
///    "calls":[[number,"returned"|"killed"|"ended"|"not tried"|"lost",value,
///              argument 0, … 5]]}                       one for each entry
///   {"kind":"end","nonce":N,"records":3,"held":true}
/// Returns the exit status: 0, 3 (cannot write) or 4 (usage).
[[nodiscard]] int syscalls_main(const std::vector<std::string>& words,
                                const FrameKey& key,
                                bool (*say)(std::string_view));

}  // namespace bulkhead::probes
