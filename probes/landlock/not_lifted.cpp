// A domain is for good: a layer of one's own only takes more away, and neither
// a child nor a thread is without it.
#include <fcntl.h>
#include <sys/prctl.h>

#include <array>
#include <cstdint>
#include <thread>

#include "probes/support/child.h"
#include "probes/support/landlock.h"
#include "probes/support/try.h"

namespace bulkhead::probes::landlock_not_lifted {
namespace {

constexpr std::uint64_t kReading = 1U << 2 | 1U << 3;  // READ_FILE, READ_DIR
constexpr int kPathBeneath = 1;

struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed;
  std::int32_t parent;
};

// A ruleset that allows all that it handles, beneath the handed directory
// itself.
Called allow_all(int directory) {
  const std::array<std::uint64_t, 1> handled{kReading};
  const Called ruleset =
      call(SYS_landlock_create_ruleset, handled.data(), sizeof handled, 0U);
  if (!ruleset.ok()) return ruleset;
  const PathBeneath rule{kReading, directory};
  Called done = call(SYS_landlock_add_rule, static_cast<int>(ruleset.value),
                     kPathBeneath, &rule, 0U);
  if (done.ok()) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    done =
        call(SYS_landlock_restrict_self, static_cast<int>(ruleset.value), 0U);
  }
  close(static_cast<int>(ruleset.value));
  return done;
}

Observation by_own_layer(const Inside& inside) {
  const int root = open("/", O_PATH | O_CLOEXEC);
  const Called layered = allow_all(root);
  close(root);
  Observation seen = open_foreign_directory(inside);
  seen.evidence += layered.ok()
                       ? ", with a layer of its own"
                       : ", no layer of its own: " + errno_name(layered.error);
  return seen;
}

Observation by_thread(const Inside& inside) {
  Observation seen;
  std::thread([&] { seen = open_foreign_directory(inside); }).join();
  return seen;
}

Observation attempt(Inside& inside) {
  Tally tally;
  tally.add("child", in_child([&] { return open_foreign_directory(inside); }));
  tally.add("thread", in_child([&] { return by_thread(inside); }));
  tally.add("own layer", in_child([&] { return by_own_layer(inside); }));
  return unless_absent(inside, 2, tally.result());
}

const Register kProbe{{
    .id = "landlock/not-lifted",
    .claim = "Neither a child, a thread nor a layer of one's own is free of "
             "the domain.",
    .watches = {"landlock"},
    .references = {"landlock(7)", "landlock_restrict_self(2)"},
    .remedy = "Put a Landlock domain around the container before its start.",
    .attempt = attempt,
    .witness = [](Inside& inside) { return open_own_directory(inside); },
    .plant = plant_foreign_directory,
    .clean = clean_foreign_directory,
}};

}  // namespace
}  // namespace bulkhead::probes::landlock_not_lifted
