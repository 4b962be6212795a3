// Which securebits a plan sets: those that take nothing away.
#include <gtest/gtest.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <optional>

#include "runtime/plan/compile.h"
#include "runtime/spec/presets.h"

namespace bulkhead {
namespace {

constexpr CapabilityMask kNetBindService = CapabilityMask{1} << 10;

Spec bundle(const Capabilities& sets, bool no_new_privs) {
  Spec spec = make_preset(Preset::kHardened);
  spec.rootfs.path = "/tmp";
  spec.process.argv = {"true"};
  spec.cgroups_path = "bulkhead.capabilities-test";
  // A config.json has no word for it.
  spec.process.lock_securebits = false;
  spec.process.capabilities = sets;
  spec.process.no_new_privs = no_new_privs;
  return spec;
}

/// What the plan of `spec` sets; nothing: it leaves them alone.
std::optional<std::uint64_t> securebits(Spec spec) {
  Host host = *probe_host();
  host.privileged = true;
  host.may_map_ranges = true;
  const Result<Plan> plan = compile(std::move(spec), host);
  EXPECT_TRUE(plan) << plan.error().message();
  for (const Call& call : plan->child) {
    if (call.number == SYS_prctl && call.args[0].value == PR_SET_SECUREBITS) {
      return call.args[1].value;
    }
  }
  return {};
}

constexpr std::uint64_t kAll =
    SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
    SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
    SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;

TEST(Securebits, AreLockedWhereNoCapabilityCanEverBeHad) {
  EXPECT_EQ(kAll, securebits(bundle({}, false)));
  // no_new_privs: no exec brings the bounding set back.
  EXPECT_EQ(kAll, securebits(bundle({.bounding = kNetBindService}, true)));
}

TEST(Securebits, LeaveTheUsersOwnKeepcapsAlone) {
  EXPECT_EQ(0U, *securebits(bundle({}, false)) & SECBIT_KEEP_CAPS_LOCKED);
}

TEST(Securebits, AreLeftAloneWhereTheConfigGrantsAnything) {
  EXPECT_FALSE(securebits(bundle({.bounding = kNetBindService}, false)));
  EXPECT_FALSE(securebits(bundle({.bounding = kNetBindService,
                                  .effective = kNetBindService,
                                  .permitted = kNetBindService},
                                 true)));
}

TEST(Securebits, AreAllLockedWhereTheCallerAsksForIt) {
  Spec spec = bundle({}, true);
  spec.process.lock_securebits = true;
  EXPECT_EQ(kAll | SECBIT_KEEP_CAPS_LOCKED, securebits(std::move(spec)));
}

/// PR_SET_SECUREBITS clears what PR_SET_KEEPCAPS has set, and locks it.
TEST(Securebits, KeepTheCapabilitiesOfAnotherIdThanRoots) {
  Spec spec = bundle({.bounding = kNetBindService,
                      .effective = kNetBindService,
                      .permitted = kNetBindService,
                      .inheritable = kNetBindService,
                      .ambient = kNetBindService},
                     true);
  spec.process.lock_securebits = true;
  spec.process.uid = 1000;
  EXPECT_EQ(std::uint64_t{SECBIT_KEEP_CAPS | SECBIT_KEEP_CAPS_LOCKED},
            securebits(std::move(spec)));
}

}  // namespace
}  // namespace bulkhead
