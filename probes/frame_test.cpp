#include "probes/frame.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace bulkhead::probes {
namespace {

// The official vectors (Aumasson and Bernstein, SipHash 2012): key 00 01 … 0f,
// message 00 01 … of growing length.
FrameKey official_key() {
  FrameKey key{};
  for (std::size_t i = 0; i < key.size(); ++i) {
    key[i] = static_cast<std::uint8_t>(i);
  }
  return key;
}

std::string official_message(std::size_t length) {
  std::string message;
  for (std::size_t i = 0; i < length; ++i) {
    message += static_cast<char>(i);
  }
  return message;
}

TEST(SipHash, AnswersTheOfficialVectors) {
  constexpr std::array<std::uint64_t, 9> kExpected = {
      0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a,
      0x85676696d7fb7e2d, 0xcf2794e0277187b7, 0x18765564cd99a68d,
      0xcbc9466e58fee3ce, 0xab0200f58b01d137, 0x93f5f5799a932462};
  for (std::size_t length = 0; length < kExpected.size(); ++length) {
    EXPECT_EQ(frame_mac(official_key(), official_message(length)),
              kExpected[length])
        << length;
  }
  EXPECT_EQ(frame_mac(official_key(), official_message(15)),
            0xa129ca6149be45e5);
}

TEST(Frame, CarriesLengthMacAndPayload) {
  EXPECT_EQ(frame(official_key(), official_message(0)),
            "bhp1 0 726fdb47dd0e0e31 \n");
  EXPECT_EQ(frame(official_key(), "{}").substr(0, 7), "bhp1 2 ");
}

TEST(Frame, DependsOnEveryByteOfKeyAndPayload) {
  const std::string whole = frame(official_key(), "payload");
  for (std::size_t i = 0; i < kKeyBytes; ++i) {
    FrameKey other = official_key();
    other[i] ^= 1;
    EXPECT_NE(frame(other, "payload"), whole) << i;
  }
  EXPECT_NE(frame_mac(official_key(), "payloae"),
            frame_mac(official_key(), "payload"));
}

}  // namespace
}  // namespace bulkhead::probes
