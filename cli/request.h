// What `run` and `explain` are asked to start: flags, or a bundle.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/spec/flags.h"
#include "runtime/spec/spec.h"

namespace CLI {
class App;
}

namespace bulkhead::cli {

struct Request {
  SpecFlags flags;
  std::string bundle;  ///< Directory with config.json; empty: flags.
};

/// Declares the spec's flags, --bundle, and the positional rest.
void add_request(CLI::App& app, Request& request);

/// The spec that was asked for, sabotage and preferences included, with a
/// cgroup path of its own.
[[nodiscard]] Result<Spec> spec_of(const Request& request);

}  // namespace bulkhead::cli
