// SipHash-2-4 and the frame around a payload.
#include "probes/frame.h"

#include <bit>
#include <cstdio>

namespace bulkhead::probes {

namespace {

std::uint64_t load64(const std::uint8_t* bytes) {
  std::uint64_t word = 0;
  for (int i = 7; i >= 0; --i) word = word << 8 | bytes[i];
  return word;
}

struct State {
  std::uint64_t v0, v1, v2, v3;

  void rounds(int count) {
    while (count-- > 0) {
      v0 += v1;
      v2 += v3;
      v1 = std::rotl(v1, 13) ^ v0;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 = std::rotl(v0, 32);
      v2 += v1;
      v0 += v3;
      v1 = std::rotl(v1, 17) ^ v2;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 = std::rotl(v2, 32);
    }
  }

  void absorb(std::uint64_t word) {
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }
};

}  // namespace

std::uint64_t frame_mac(const FrameKey& key, std::string_view data) {
  const std::uint64_t k0 = load64(key.data());
  const std::uint64_t k1 = load64(key.data() + 8);
  State state{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
              k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573};
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(data.data());
  std::size_t at = 0;
  for (; at + 8 <= data.size(); at += 8) state.absorb(load64(bytes + at));
  std::uint64_t last = std::uint64_t{data.size() & 0xff} << 56;
  for (std::size_t i = 0; at + i < data.size(); ++i) {
    last |= std::uint64_t{bytes[at + i]} << (8 * i);
  }
  state.absorb(last);
  state.v2 ^= 0xff;
  state.rounds(4);
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

std::string frame(const FrameKey& key, std::string_view payload) {
  std::array<char, 64> head{};
  std::snprintf(head.data(), head.size(), "bhp1 %zu %016llx ", payload.size(),
                static_cast<unsigned long long>(frame_mac(key, payload)));
  std::string whole = head.data();
  whole += payload;
  whole += '\n';
  return whole;
}

}  // namespace bulkhead::probes
