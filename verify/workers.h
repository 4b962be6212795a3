// Many jobs, a few at a time, each in a process of its own: a crash box wants
// a caller without threads.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json_fwd.hpp>

#include "runtime/base/result.h"

namespace bulkhead::verify {

/// How many processors the caller may use (sched_getaffinity(2)).
[[nodiscard]] std::size_t processors();

/// In a worker: the answer of job `index`. SIGINT, SIGTERM and SIGHUP are
/// blocked there; a box at work (box.h) is taken apart on them all the same.
using JobWork = std::function<Result<nlohmann::json>(std::size_t index)>;
/// In the caller, in whatever order the jobs end.
using JobDone =
    std::function<void(std::size_t index, const nlohmann::json& answer)>;

/// Does jobs 0 to `count` - 1 in at most `workers` processes. Stops at the
/// first job that fails, and when a signal asks to (then `interrupted` is set).
/// The caller must be single-threaded.
[[nodiscard]] Status do_jobs(std::size_t count, std::size_t workers,
                             const JobWork& work, const JobDone& done,
                             bool& interrupted);

}  // namespace bulkhead::verify
