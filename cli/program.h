// The program's command line, as CLI11 reads it.
#pragma once

namespace bulkhead::cli {

/// Reads the words, does what the chosen verb does; the exit status.
[[nodiscard]] int run_program(int argc, char** argv);

}  // namespace bulkhead::cli
