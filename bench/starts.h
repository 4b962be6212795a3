// The ways to start the workload that are measured, each one checked start.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/ground.h"
#include "bench/sampler.h"
#include "runtime/parent/container.h"

namespace bulkhead::bench {

/// The row that everything else is a ratio to.
inline constexpr const char* kFloor = "vfork+exec";

/// A start by the bare kernel: clone3(2) with `flags` and CLONE_VM and
/// CLONE_VFORK, then exec.
[[nodiscard]] Result<Times> clone_once(const Ground& ground,
                                       std::uint64_t flags);
[[nodiscard]] Result<Times> fork_once(const Ground& ground);
/// Also what a program is started by: `argv` in place of the workload, with
/// `inherited` descriptors.
[[nodiscard]] Result<Times> spawn_once(const Ground& ground,
                                       const std::vector<std::string>& argv,
                                       const std::vector<int>& inherited,
                                       const Expected& expected);

/// `words` as exec(2) wants them, as long as they live.
[[nodiscard]] std::vector<char*> exec_words(
    const std::vector<std::string>& words);

/// The variant kFloor.
[[nodiscard]] Variant floor_variant(const Ground& ground);

/// One way of the library to start a container of `plan`: start() itself, or
/// by what was prepared.
using StartBy = std::function<Result<Container>(const Plan& plan)>;

/// Starts by `start_by`, waits, checks; `said` gets the workload's record.
[[nodiscard]] Result<Times> start_once(const Ground& ground, const Plan& plan,
                                       const StartBy& start_by,
                                       Record* said = nullptr);

}  // namespace bulkhead::bench
