// What only some verbs need and so is not set up before main().
#pragma once

namespace bulkhead::cli {

/// Runs the constructors of the probes, the verifier and the verbs other than
/// `run`: 300 objects and the streams of the C++ library. Nothing of them may
/// be used before.
void initialise_late();

}  // namespace bulkhead::cli
