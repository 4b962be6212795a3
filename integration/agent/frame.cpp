#include "integration/agent/frame.h"

#include <charconv>

namespace bulkhead::agent {
namespace {

void append_u32(std::string& to, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) {
    to += static_cast<char>(value >> shift);
  }
}

std::uint32_t read_u32(std::string_view from) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value |= std::uint32_t{static_cast<unsigned char>(from[i])} << (8 * i);
  }
  return value;
}

}  // namespace

std::string encode(Type type, std::string_view payload) {
  std::string frame(kMagic);
  frame.reserve(kHeaderBytes + payload.size());
  append_u32(frame, static_cast<std::uint32_t>(type));
  append_u32(frame, static_cast<std::uint32_t>(payload.size()));
  frame += payload;
  return frame;
}

void Parser::feed(std::string_view bytes) {
  if (!error_.empty()) return;
  pending_.erase(0, consumed_);
  consumed_ = 0;
  pending_ += bytes;
}

std::optional<Frame> Parser::next() {
  if (!error_.empty()) return std::nullopt;
  std::string_view rest = std::string_view(pending_).substr(consumed_);
  const std::string_view begin = rest.substr(0, kMagic.size());
  if (begin != kMagic.substr(0, begin.size())) {
    error_ = "garbage where a frame should begin";
    return std::nullopt;
  }
  if (rest.size() < kHeaderBytes) return std::nullopt;
  const std::uint32_t type = read_u32(rest.substr(4));
  const std::uint32_t length = read_u32(rest.substr(8));
  if (length > kMostPayloadBytes) {
    error_ = "a frame of " + std::to_string(length) + " bytes, at most " +
             std::to_string(kMostPayloadBytes) + " are allowed";
    return std::nullopt;
  }
  if (rest.size() < kHeaderBytes + length) return std::nullopt;
  consumed_ += kHeaderBytes + length;
  return Frame{static_cast<Type>(type),
               std::string(rest.substr(kHeaderBytes, length))};
}

std::string join_fields(const std::vector<std::string>& fields) {
  std::string payload;
  for (const std::string& field : fields) {
    append_u32(payload, static_cast<std::uint32_t>(field.size()));
    payload += field;
  }
  return payload;
}

std::optional<std::vector<std::string>> split_fields(std::string_view payload) {
  std::vector<std::string> fields;
  while (!payload.empty()) {
    if (payload.size() < 4) return std::nullopt;
    const std::uint32_t length = read_u32(payload);
    payload.remove_prefix(4);
    if (payload.size() < length) return std::nullopt;
    fields.emplace_back(payload.substr(0, length));
    payload.remove_prefix(length);
  }
  return fields;
}

std::optional<std::uint64_t> number(std::string_view field) {
  std::uint64_t value = 0;
  const char* end = field.data() + field.size();
  const auto [stop, error] = std::from_chars(field.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

}  // namespace bulkhead::agent
