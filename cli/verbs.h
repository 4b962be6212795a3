// The program's verbs, one file each. Every `add_…` declares its flags and
// stores in `action` what to do when it was chosen.
#pragma once

#include <functional>
#include <string>

#include "runtime/base/result.h"

namespace CLI {
class App;
}

namespace bulkhead {
struct Plan;
}

namespace bulkhead::cli {

/// Exit statuses of the program itself (design §5).
inline constexpr int kRuntimeError = 125;
inline constexpr int kNotExecutable = 126;
inline constexpr int kNotFound = 127;
inline constexpr int kVerifyUsage = 4;

/// What the chosen verb does; returns the exit status.
using Action = std::function<int()>;

void add_run(CLI::App& app, Action& action);
void add_explain(CLI::App& app, Action& action);
void add_doctor(CLI::App& app, Action& action);
void add_spec(CLI::App& app, Action& action);
void add_verify(CLI::App& app, Action& action);
void add_probes(CLI::App& app, Action& action);
void add_matrix(CLI::App& app, Action& action);
void add_page(CLI::App& app, Action& action);
void add_bench(CLI::App& app, Action& action);
void add_gc(CLI::App& app, Action& action);
void add_pool(CLI::App& app, Action& action);

/// The path of this program; empty where /proc does not say.
[[nodiscard]] std::string own_executable();

/// "bulkhead: …", without what would drive the reader's terminal.
[[nodiscard]] std::string said_of(const Error& error);
/// The exit status that fits the error.
[[nodiscard]] int status_of(const Error& error);
/// Says it on stderr; its status.
int report(const Error& error);
/// Says on stderr what the plan does without.
void report_degradations(const Plan& plan);

}  // namespace bulkhead::cli
