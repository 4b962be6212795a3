#include "verify/faults/fault.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "verify/faults/call_table.h"

namespace bulkhead::verify::faults::fault_test {
namespace {

const Site kMount{.call = "mount", .arguments = "proc,/proc,proc,0xe"};

std::size_t count_of(const std::vector<Fault>& faults, Fault::Kind kind) {
  return static_cast<std::size_t>(
      std::ranges::count(faults, kind, &Fault::kind));
}

TEST(CallTable, FindsACallByNameAndByNumber) {
  EXPECT_EQ(SYS_mount, call_named("mount")->number);
  EXPECT_STREQ("mount", call_numbered(SYS_mount)->name);
  EXPECT_EQ(nullptr, call_named("no_such_call"));
  EXPECT_EQ(nullptr, call_numbered(-1));
}

TEST(CallTable, ErrnosHaveNamesBothWays) {
  for (const TableCall& call : call_table()) {
    EXPECT_FALSE(call.errnos.empty()) << call.name;
    for (const int error : call.errnos) {
      EXPECT_EQ(error, errno_named(errno_word(error))) << call.name;
    }
  }
  EXPECT_EQ(0, errno_named("ENOSUCHERRNO"));
}

TEST(CallTable, ADescriptorOrAPidIsNoLie) {
  for (const char* name : {"openat", "clone3", "fsmount", "pidfd_open"}) {
    EXPECT_EQ(Lie::kNone, call_named(name)->lie) << name;
  }
}

TEST(Fault, IsToldByTheCallItIsPutInto) {
  const Rule rule{.site = kMount, .answer = {.error = EPERM}};
  EXPECT_EQ("mount(proc,/proc,proc,0xe)#1.1=EPERM", rule.text());
  const Fault pair{.kind = Fault::Kind::kPair,
                   .rules = {rule,
                             {.site = {.call = "mount", .arguments = {}},
                              .answer = {.lies = true},
                              .whole_call = true}}};
  EXPECT_EQ("mount(proc,/proc,proc,0xe)#1.1=EPERM + mount=lie", pair.text());
}

TEST(Fault, NothingThatDiffersFromRunToRunIsASite) {
  const std::string nonce = "0123456789abcdef0123456789abcdef";
  EXPECT_EQ("/run/bulkhead/NONCE/rootfs",
            normalised("/run/bulkhead/0123456789ab/rootfs", nonce));
  EXPECT_EQ("c-NONCE", normalised("c-" + nonce, nonce));
  EXPECT_EQ("/proc/PID/ns/net", normalised("/proc/4711/ns/net", nonce));
  EXPECT_EQ("/proc/PID/fdinfo/FD", normalised("/proc/4711/fdinfo/20", nonce));
  EXPECT_EQ("/PID/status", normalised("/24/status", nonce));
  EXPECT_EQ("pipe,0x0", normalised("pipe:[12345],0x0", nonce));
  EXPECT_EQ("/proc/self/fd", normalised("/proc/self/fd", nonce));
  EXPECT_EQ("/run/bulkhead/state,PROCESS,0x100",
            normalised("/run/bulkhead/state,22.80540.4026531836,0x100", nonce));
}

TEST(Fault, EverySiteGetsEveryErrnoAndItsLie) {
  const std::vector<Fault> faults = faults_for({kMount});
  const std::size_t errnos = call_named("mount")->errnos.size();
  EXPECT_EQ(errnos, count_of(faults, Fault::Kind::kSingle));
  EXPECT_EQ(1U, count_of(faults, Fault::Kind::kLie));
  EXPECT_EQ(errnos, count_of(faults, Fault::Kind::kPersistent));
}

TEST(Fault, AWholeCallIsPersistentOnce) {
  Site again = kMount;
  again.occurrence = 2;
  const std::vector<Fault> faults = faults_for({kMount, again});
  EXPECT_EQ(call_named("mount")->errnos.size(),
            count_of(faults, Fault::Kind::kPersistent));
}

TEST(Fault, NoSignalInterruptsACallForEver) {
  const std::vector<Fault> faults =
      faults_for({{.call = "read", .arguments = "pipe"}});
  const std::size_t errnos = call_named("read")->errnos.size();
  EXPECT_EQ(errnos, count_of(faults, Fault::Kind::kSingle));
  EXPECT_EQ(errnos - 1, count_of(faults, Fault::Kind::kPersistent));
}

TEST(Fault, APairIsACallAndWhatCameInItsPlace) {
  const Fault first{.kind = Fault::Kind::kSingle,
                    .rules = {{.site = kMount, .answer = {.error = ENOSYS}}}};
  const Site replacement{.call = "fsopen", .arguments = "proc,0x1"};
  EXPECT_TRUE(pairs_for(first, {kMount}, {kMount}).empty());
  const std::vector<Fault> pairs =
      pairs_for(first, {kMount}, {kMount, replacement});
  ASSERT_FALSE(pairs.empty());
  for (const Fault& pair : pairs) {
    EXPECT_EQ(Fault::Kind::kPair, pair.kind);
    ASSERT_EQ(2U, pair.rules.size());
    EXPECT_EQ(kMount, pair.rules[0].site);
    EXPECT_EQ(replacement, pair.rules[1].site);
  }
}

TEST(Fault, ASampleIsTheSameForTheSameSeed) {
  std::vector<Site> sites;
  for (int i = 1; i <= 50; ++i) {
    sites.push_back({"prctl", "24," + std::to_string(i), 1, 1});
  }
  const std::vector<Fault> all = faults_for(sites);
  const auto drawn = [](const std::vector<Fault>& from, std::size_t count,
                        unsigned long seed) {
    std::vector<std::string> chosen;
    for (const Fault& fault : sample(from, count, seed)) {
      chosen.push_back(fault.text());
    }
    return chosen;
  };
  const auto texts = [&](std::size_t count, unsigned long seed) {
    return drawn(all, count, seed);
  };
  EXPECT_EQ(20U, texts(20, 1).size());
  EXPECT_EQ(texts(20, 1), texts(20, 1));
  EXPECT_NE(texts(20, 1), texts(20, 2));
  EXPECT_EQ(all.size(), texts(all.size() + 1, 1).size());
  const auto chosen = texts(20, 3);
  EXPECT_EQ(20U, std::set<std::string>(chosen.begin(), chosen.end()).size());

  // Another call in the middle takes the place of one at most.
  std::vector<Fault> more = all;
  more.insert(more.begin() + 7, faults_for({{"mount", "/x", 1, 1}}).front());
  std::size_t kept = 0;
  for (const std::string& text : drawn(more, 20, 3)) {
    kept += static_cast<std::size_t>(std::ranges::count(chosen, text));
  }
  EXPECT_GE(kept, 19U);
}

}  // namespace
}  // namespace bulkhead::verify::faults::fault_test
