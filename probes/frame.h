// The wire between the probe binary and the harness, on the probe's stdout.
//
//   bhp1 <payload bytes, decimal> <mac, 16 hex digits> <payload JSON>\n
//
// The mac is SipHash-2-4 of the payload under a 16-byte key that the harness
// writes into the probe binary's `bulkhead_probe_key` slot when it installs
// it, new for every run: records can only come from that very binary. Lines
// that are not frames (a workload's or runtime's chatter) are ignored.
//
// Payloads, in order:
//   {"kind":"plan","version":2,"nonce":N,"probes":["a/b","c/d"]}
//   {"kind":"record","nonce":N,"probe":"a/b","half":"witness"|"attempt",
//    "outcome":"refused"|"reached"|"absent"|"broken",
//    "errno":0,"signal":0,"evidence":"…"             two for each probe
//    ,"missing_fact":"pids.max"}                     only if broken for that
//   {"kind":"end","nonce":N,"records":4}            cut output has no end
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bulkhead::probes {

inline constexpr int kFrameVersion = 2;
inline constexpr std::size_t kKeyBytes = 16;
/// Precedes the key in the binary's data section so that the harness finds it.
inline constexpr std::string_view kKeyMarker = "bulkhead-probe-key-slot:";

using FrameKey = std::array<std::uint8_t, kKeyBytes>;

/// SipHash-2-4 (Aumasson, Bernstein 2012) of `data` under `key`.
[[nodiscard]] std::uint64_t frame_mac(const FrameKey& key,
                                      std::string_view data);

/// A whole frame, newline included.
[[nodiscard]] std::string frame(const FrameKey& key, std::string_view payload);

}  // namespace bulkhead::probes
