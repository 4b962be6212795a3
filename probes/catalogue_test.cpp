#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

#include "probes/fixtures.h"
#include "probes/probe.h"

namespace bulkhead::probes {
namespace {

constexpr std::array<std::string_view, 19> kBoundaries = {
    "pidns",  "mountns",      "netns",        "ipcns",   "utsns",
    "userns", "cgroupns",     "timens",       "rootfs",  "devices",
    "cgroup", "capabilities", "no_new_privs", "seccomp", "landlock",
    "lsm",    "rlimits",      "fds",          "session"};

bool is_boundary(std::string_view word) {
  return std::ranges::find(kBoundaries, word) != kBoundaries.end();
}

std::string boundary_of(const Probe& probe) {
  return probe.id.substr(0, probe.id.find('/'));
}

// "…/probes/pidns/canary_invisible.cpp" -> "pidns/canary-invisible"
std::string id_of_file(const std::string& file) {
  const std::size_t name = file.rfind('/');
  const std::size_t folder = file.rfind('/', name - 1);
  std::string stem = file.substr(name + 1);
  stem.resize(stem.rfind('.'));
  std::ranges::replace(stem, '_', '-');
  return file.substr(folder + 1, name - folder) + stem;
}

TEST(Catalogue, HoldsAtLeastOneHundredAndSixtyProbes) {
  EXPECT_GE(catalogue().size(), 160U);
}

TEST(Catalogue, IsSortedWithoutDuplicates) {
  std::set<std::string> seen;
  for (const Probe& probe : catalogue()) {
    EXPECT_TRUE(seen.insert(probe.id).second) << probe.id;
  }
  EXPECT_TRUE(std::ranges::is_sorted(catalogue(), {}, &Probe::id));
}

TEST(Catalogue, NamesEachProbeAfterItsFile) {
  for (const Probe& probe : catalogue()) {
    EXPECT_EQ(probe.id, id_of_file(probe.file));
    EXPECT_TRUE(is_boundary(boundary_of(probe))) << probe.id;
  }
}

TEST(Catalogue, SaysWhatIsClaimedAndWhatHelps) {
  for (const Probe& probe : catalogue()) {
    EXPECT_TRUE(probe.claim.ends_with('.')) << probe.id;
    EXPECT_TRUE(probe.remedy.ends_with('.')) << probe.id;
    EXPECT_FALSE(probe.references.empty()) << probe.id;
    for (const std::string& reference : probe.references) {
      EXPECT_FALSE(reference.empty()) << probe.id;
    }
  }
}

TEST(Catalogue, WatchesItsOwnBoundaryAndOnlyBoundaries) {
  for (const Probe& probe : catalogue()) {
    EXPECT_NE(std::ranges::find(probe.watches, boundary_of(probe)),
              probe.watches.end())
        << probe.id;
    for (const std::string& word : probe.watches) {
      EXPECT_TRUE(is_boundary(word)) << probe.id << " " << word;
    }
    const std::set<std::string> once(probe.watches.begin(),
                                     probe.watches.end());
    EXPECT_EQ(once.size(), probe.watches.size()) << probe.id;
  }
}

TEST(Catalogue, GivesEveryProbeBothHalvesAndADeadline) {
  for (const Probe& probe : catalogue()) {
    EXPECT_NE(probe.attempt, nullptr) << probe.id;
    EXPECT_NE(probe.witness, nullptr) << probe.id;
    EXPECT_GE(probe.seconds, 1U) << probe.id;
    EXPECT_LE(probe.seconds, 60U) << probe.id;
  }
}

TEST(Catalogue, InspectsAndCleansOnlyWhatWasPlanted) {
  for (const Probe& probe : catalogue()) {
    if (probe.inspect != nullptr || probe.clean != nullptr) {
      EXPECT_NE(probe.plant, nullptr) << probe.id;
    }
    if (probe.confines_tcp) {
      EXPECT_EQ(probe.placement, Placement::kAlone) << probe.id;
    }
    if (probe.inspect != nullptr) {
      EXPECT_NE(probe.clean, nullptr) << probe.id;
      EXPECT_EQ(probe.placement, Placement::kAlone) << probe.id;
    }
  }
}

TEST(Catalogue, TriesEveryBoundaryTwice) {
  std::map<std::string, int> count;
  for (const Probe& probe : catalogue()) ++count[boundary_of(probe)];
  for (const std::string_view boundary : kBoundaries) {
    EXPECT_GE(count[std::string(boundary)], 2) << boundary;
  }
}

TEST(Fixtures, AreMadeParentsFirst) {
  std::set<std::string_view> directories = {""};
  for (const Fixture& fixture : kFixtures) {
    EXPECT_TRUE(
        directories.contains(fixture.path.substr(0, fixture.path.rfind('/'))))
        << fixture.path;
    EXPECT_FALSE(fixture.purpose.empty()) << fixture.path;
    if (fixture.kind == FixtureKind::kDirectory) {
      directories.insert(fixture.path);
    }
  }
}

}  // namespace
}  // namespace bulkhead::probes
