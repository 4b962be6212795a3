// The probe contract. One probe is one claim, tried from inside a container:
// an `attempt` that the boundary must refuse and a `witness`, the nearest
// permitted twin, that must work. A probe reports what happened; it never
// decides. Its control is the same code run with the watched boundaries taken
// out of the spec: there the attempt must get through.
//
// This header and everything in probes/ shares nothing with runtime/: a probe
// that shares the runtime's code shares its bugs.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace bulkhead::probes {

/// What an attempt or a witness met.
enum class Outcome {
  kRefused,  ///< The kernel said no; `error` or `signal` says how.
  kReached,  ///< It got through (or got past the permission check).
  kAbsent,   ///< This kernel has no such feature; `evidence` says which.
  kBroken,   ///< Could not be tried; neither refused nor reached.
};

struct Observation {
  Outcome outcome = Outcome::kBroken;
  int error = 0;   ///< errno of the refusal, 0 if none.
  int signal = 0;  ///< Signal that ended the try, 0 if none.
  std::string evidence;
  /// kBroken for want of this fact of the spec; empty: not for want of one.
  std::string missing_fact = {};
};

[[nodiscard]] Observation refused(int error, std::string evidence = {});
[[nodiscard]] Observation reached(std::string evidence);
[[nodiscard]] Observation absent(std::string reason);
[[nodiscard]] Observation broken(std::string reason);
/// The spec asks for nothing that could be tried: `fact` is not set, or `why`.
[[nodiscard]] Observation fact_missing(std::string fact,
                                       const std::string& why = "is missing");
/// For the witness: `reached` when it works, `broken` when it does not.
[[nodiscard]] Observation works(std::string evidence = {});

/// Facts, by name. "nonce": the harness's. From the spec: "hostname",
/// "pids.max", "memory.max", … (probes/facts.md lists them). From `plant`:
/// whatever the probe chose, as planted_fact(id, name).
using Facts = std::map<std::string, std::string>;

/// The full name of a fact that the probe `id` planted: "<id>.<name>".
[[nodiscard]] std::string planted_fact(const std::string& id,
                                       const std::string& name);

/// Inside the container: one process per attempt or witness, killed by alarm.
class Inside {
 public:
  Inside(const Facts& facts, std::string probe_id)
      : facts_(facts), probe_id_(std::move(probe_id)) {}
  /// A fact of the spec; empty if the spec does not say.
  [[nodiscard]] std::string spec(const std::string& name) const;
  [[nodiscard]] long spec_number(const std::string& name, long otherwise) const;
  /// A fact this probe's own `plant` left.
  [[nodiscard]] std::string planted(const std::string& name) const;
  /// 32 hex digits, new for every run; canaries carry it.
  [[nodiscard]] std::string nonce() const;

 private:
  const Facts& facts_;
  std::string probe_id_;
};

/// Outside, in the harness's crash box, before and after the container ran.
/// What `plant` makes lives until `clean`, which runs on every path.
class Outside {
 public:
  Outside(Facts& facts, std::string probe_id, std::string directory)
      : facts_(facts),
        probe_id_(std::move(probe_id)),
        directory_(std::move(directory)) {}
  /// Tell the inside half something.
  void tell(const std::string& name, const std::string& value);
  [[nodiscard]] std::string told(const std::string& name) const;
  /// A fact of the spec; empty if the spec does not say.
  [[nodiscard]] std::string spec(const std::string& name) const;
  [[nodiscard]] std::string nonce() const;
  /// A directory of this probe's own, outside every container, inside the box.
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  Facts& facts_;
  std::string probe_id_;
  std::string directory_;
};

/// Who may share a container with whom.
enum class Placement {
  kShared,  ///< Disturbs nobody.
  kAlone,   ///< Exhausts, kills or changes something: a container of its own.
};

struct Probe {
  /// "<boundary>/<name>": the folder and file it stands in.
  std::string id;
  /// The claim in plain words: what must not be possible.
  std::string claim;
  /// Boundaries that contain it. Its control takes exactly these out.
  std::vector<std::string> watches;
  /// CVE numbers, OCI clauses, CIS/NIST numbers, man pages, kernel versions.
  std::vector<std::string> references;
  /// What to change when it escapes, in one sentence.
  std::string remedy;
  Observation (*attempt)(Inside&) = nullptr;
  Observation (*witness)(Inside&) = nullptr;
  /// Outside half, optional. `plant` before the start (false: could not);
  /// `inspect` after the end: kRefused = nothing changed, kReached = it did.
  bool (*plant)(Outside&) = nullptr;
  Observation (*inspect)(Outside&) = nullptr;
  void (*clean)(Outside&) = nullptr;
  Placement placement = Placement::kShared;
  /// Measures CPU time: gets a quota so small that other work on the machine
  /// cannot be mistaken for it. Others need not wait for one.
  bool measures_cpu = false;
  /// Gets a spec that confines TCP ports (facts landlock.tcp.…); others may use
  /// any. Needs a container of its own.
  bool confines_tcp = false;
  /// Who the workload is; another than root needs a container of its own.
  unsigned user = 0;
  /// `plant` spoils the rootfs: a subject that starts from others, but not from
  /// this one, is not led astray. Needs a container of its own.
  bool may_refuse_start = false;
  /// What it looks for is kept out by nothing being done (no such bind): the
  /// absence of a boundary turns it, the absence of a step cannot.
  bool by_absence = false;
  /// The claim is relative to the spec ("as asked"), whatever that is: where
  /// the attempt gets through, the spec was not met. Other claims are about
  /// the world, and a spec may well leave them open.
  bool as_asked = false;
  unsigned seconds = 5;  ///< Deadline for one attempt or witness.
  std::string file;      ///< Source file; Register fills it in.
};

/// Every registered probe, sorted by id.
[[nodiscard]] const std::vector<Probe>& catalogue();

/// Static registration: `static const Register probe{{.id = …}};`
struct Register {
  explicit Register(Probe probe, const char* file = __builtin_FILE());
};

}  // namespace bulkhead::probes
