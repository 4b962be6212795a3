// `run --start`: the ways in which a container can come to be.
#pragma once

#include <optional>
#include <string>

#include "runtime/launcher/launcher.h"

namespace bulkhead::cli {

/// Their names: "cold", "tree", "parked".
[[nodiscard]] std::vector<std::string> start_names();

/// A plan, and the Launcher that has a child of it ready, if one was asked for.
class Starter {
 public:
  /// `way` is one of start_names().
  [[nodiscard]] static Result<Starter> make(const std::string& way, Spec spec,
                                            const Host& host);

  [[nodiscard]] const Plan& plan() const {
    return launcher_ ? launcher_->plan(program_) : *plan_;
  }
  /// Its container was all there was; a Launcher has children that are ready.
  [[nodiscard]] bool is_done() const { return !launcher_; }
  /// Fails where the child is not as ready as asked for.
  [[nodiscard]] Result<Container> start();

 private:
  Starter() = default;
  std::optional<Plan> plan_;
  std::optional<Launcher> launcher_;
  ProgramId program_;
  ParkAt depth_ = ParkAt::kNowhere;
};

}  // namespace bulkhead::cli
