// What `bulkhead run --pool` and `bulkhead pool` say to each other, a packet
// each (unix(7), SOCK_SEQPACKET):
//
//   client                           pool
//   A 1 arguments, 0, 1, 2 ──────▶   starts a container
//   S number ────────────────────▶   that signal, to the workload
//               ◀────────────────    E status: it has ended
//               ◀────────────────    R status text: none was started, or its
//   (closed) ────────────────────▶     end is unknown
//                                    kills the workload
#pragma once

#include <cstddef>
#include <iterator>
#include <string_view>

namespace bulkhead::cli {

/// Arguments follow, each ended by a NUL.
inline constexpr std::string_view kAsk = "A1";
inline constexpr char kSignal = 'S';
inline constexpr char kEnded = 'E';
inline constexpr char kRefused = 'R';

/// What a client says; half of what a socket buffers by default.
inline constexpr std::size_t kMostAskBytes = 96 * 1024;
/// What a pool answers.
inline constexpr std::size_t kMostAnswerBytes = 4096;

/// What goes along with what is asked: standard input, output and error.
inline constexpr int kPassed[] = {0, 1, 2};
inline constexpr std::size_t kStreams = std::size(kPassed);

}  // namespace bulkhead::cli
