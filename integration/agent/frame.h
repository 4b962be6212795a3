// The wire between the host and the agent, over one virtio-serial port. Both
// directions carry frames, numbers are little-endian:
//
//   'b' 'h' 'a' '1'   u32 type   u32 length   payload
//
//   host                                  agent
//                                     ←   kReady   release, cgroup mode, …
//   kPing   anything                  →   kPong    the same
//   kRun    cwd uid gid argc argv… env…
//   kData   stdin …, kEnd             →   kStdout/kStderr …, kExit  how, number
//   kStop   ends a kRun before its time; without an answer where it has ended
//   kPush   path mode, kData …, kEnd  →   kEnd
//   kPull   path                      →   kData …, kEnd
//   kWake   time in ns, entropy       →   kEnd
//                                     ←   kError   a sentence, in place of any
//                                                  last answer
//
// One request at a time. Payloads with several parts hold fields: u32 length
// and that many bytes each; numbers in fields are decimal text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::agent {

enum class Type : std::uint32_t {
  kPing = 1,
  kRun = 2,
  kPush = 3,
  kPull = 4,
  kWake = 5,
  kData = 6,
  kEnd = 7,
  kStop = 8,
  kReady = 16,
  kPong = 17,
  kStdout = 18,
  kStderr = 19,
  kExit = 20,
  kError = 21,
};

inline constexpr std::string_view kMagic = "bha1";
inline constexpr std::size_t kHeaderBytes = 12;
/// Longer payloads are an error: whoever sends more cuts it into kData frames.
inline constexpr std::size_t kMostPayloadBytes = std::size_t{1} << 20;

struct Frame {
  Type type{};
  std::string payload;
};

/// A whole frame as it goes over the wire.
[[nodiscard]] std::string encode(Type type, std::string_view payload);

/// Cuts a stream of bytes into frames, however the bytes arrive.
class Parser {
 public:
  void feed(std::string_view bytes);
  /// The next whole frame; nothing while it is incomplete or after an error.
  [[nodiscard]] std::optional<Frame> next();
  /// What was wrong with the stream; empty as long as nothing was. An error
  /// stays: where the next frame would begin is not known any more.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  std::string pending_;
  std::size_t consumed_ = 0;
  std::string error_;
};

/// The parts as one payload.
[[nodiscard]] std::string join_fields(const std::vector<std::string>& fields);

/// The parts of a payload; nothing when it does not consist of whole fields.
[[nodiscard]] std::optional<std::vector<std::string>> split_fields(
    std::string_view payload);

/// A field that must be a decimal number; nothing when it is not.
[[nodiscard]] std::optional<std::uint64_t> number(std::string_view field);

}  // namespace bulkhead::agent
