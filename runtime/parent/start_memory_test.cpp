#include "runtime/parent/start_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace bulkhead {
namespace {

/// Leaves `memory` as a start does, or worse.
void soil(const StartMemory& memory) {
  memset(static_cast<void*>(memory.state()), 'x', sizeof(SharedState));
}

bool is_zero(const SharedState& state) {
  const auto* bytes = reinterpret_cast<const char*>(&state);
  return std::all_of(bytes, bytes + sizeof state,
                     [](char c) { return c == '\0'; });
}

SharedState* state_of_a_start_that_is_over(bool own_memory) {
  const Result<StartMemory> memory = StartMemory::map(own_memory);
  EXPECT_TRUE(memory && is_zero(*memory->state()));
  soil(*memory);
  return memory->state();
}

TEST(StartMemory, ServesAgainWithNothingOfTheLastStart) {
  const SharedState* last = state_of_a_start_that_is_over(false);
  const Result<StartMemory> memory = StartMemory::map(false);
  ASSERT_TRUE(memory);
  EXPECT_EQ(last, memory->state());
  EXPECT_TRUE(is_zero(*memory->state()));
}

TEST(StartMemory, IsNobodyElsesWhileAStartHasIt) {
  const Result<StartMemory> one = StartMemory::map(false);
  const Result<StartMemory> other = StartMemory::map(false);
  ASSERT_TRUE(one && other);
  EXPECT_NE(one->state(), other->state());
}

TEST(StartMemory, OfAChildWithItsOwnIsNotWhatOthersShare) {
  const Result<StartMemory> first = StartMemory::map(true);
  ASSERT_TRUE(first);
  state_of_a_start_that_is_over(true);
  const Result<StartMemory> memory = StartMemory::map(false);
  ASSERT_TRUE(memory);
  EXPECT_TRUE(is_zero(*memory->state()));
}

TEST(StartMemory, TheWordsLieBehindTheState) {
  const Result<StartMemory> memory = StartMemory::map(false);
  ASSERT_TRUE(memory);
  const auto* end = reinterpret_cast<const char*>(memory->state() + 1);
  EXPECT_LE(end, memory->words().data());
  // To the last byte it may be written to.
  memory->words().back() = 'x';
  EXPECT_EQ('x', memory->words().back());
}

}  // namespace
}  // namespace bulkhead
