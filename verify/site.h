// Where one container of a run has its root, its bundle and its canaries.
#pragma once

#include <string>

#include "verify/container.h"

namespace bulkhead::verify {

/// The directories of one run, in the crash box; gone, with everything the run
/// left in the box, at the end.
class Site {
 public:
  explicit Site(const Ground& ground);
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;
  ~Site();

  /// `with_user_namespace`: the tree must belong to the container's ids.
  [[nodiscard]] Status build(const Subject& subject, bool with_user_namespace);

  [[nodiscard]] const std::string& nonce() const { return nonce_; }
  [[nodiscard]] std::string rootfs() const { return directory_ + "/rootfs"; }
  /// A directory of the probe's own, outside every container.
  [[nodiscard]] std::string outside(std::string probe_id) const;

  /// What the probes are told of `spec` (facts.h, asked.h).
  [[nodiscard]] probes::Facts facts(const Spec& spec,
                                    const std::string& root) const;
  /// The start of a container that runs the probe binary for `probes`; `root`
  /// is where that container finds its rootfs.
  [[nodiscard]] Start start(const Subject& subject, const Sabotage& sabotage,
                            std::string& root, const ProbeList& probes) const;

 private:
  /// The spec before it is filled in.
  [[nodiscard]] Spec spec() const;
  [[nodiscard]] uid_t owner(const Subject& subject) const;
  [[nodiscard]] Status make_mount_points(uid_t owner) const;
  [[nodiscard]] Status make_place(const std::string& destination,
                                  bool directory, uid_t owner) const;

  const Ground& ground_;
  std::string nonce_;
  std::string directory_;
};

}  // namespace bulkhead::verify
