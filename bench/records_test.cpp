#include "bench/records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "bench/stamp.h"
#include "runtime/spec/presets.h"

namespace bulkhead::bench {
namespace {

using ::testing::HasSubstr;

Record confined() {
  Record record{.magic = kRecordMagic,
                .stamp = 1,
                .pid = 1,
                .no_new_privs = 1,
                .seccomp = 2};
  std::strcpy(record.hostname, "bulkhead");
  return record;
}

std::string bytes_of(const Record& record) {
  return {reinterpret_cast<const char*>(&record), sizeof record};
}

TEST(Records, TheHardenedPresetExpectsEverything) {
  const Expected expected = expected_of(make_preset(Preset::kHardened));
  EXPECT_EQ("", not_as(expected, confined()));
  const auto complaint = [&](auto change) {
    Record record = confined();
    change(record);
    return not_as(expected, record);
  };
  EXPECT_THAT(complaint([](Record& r) { r.pid = 2; }), HasSubstr("process 2"));
  EXPECT_THAT(complaint([](Record& r) { r.no_new_privs = 0; }),
              HasSubstr("no_new_privs"));
  EXPECT_THAT(complaint([](Record& r) { r.seccomp = 0; }), HasSubstr("filter"));
  EXPECT_THAT(complaint([](Record& r) { r.capabilities = 1; }),
              HasSubstr("capabilities"));
  EXPECT_THAT(complaint([](Record& r) { r.hostname[0] = 'x'; }),
              HasSubstr("host name"));
}

TEST(Records, ThePresetNoneExpectsNothing) {
  Record record = confined();
  record.pid = 4711;
  record.no_new_privs = record.seccomp = 0;
  record.capabilities = ~0ULL;
  EXPECT_EQ("", not_as(expected_of(make_preset(Preset::kNone)), record));
}

TEST(Records, AreFoundBehindOtherWords) {
  const auto found = find_record("starting…\n" + bytes_of(confined()), {});
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(1, found->pid);
}

TEST(Records, SilenceACutRecordAndASecondOneAreErrors) {
  EXPECT_FALSE(find_record("", {}));
  EXPECT_FALSE(find_record(bytes_of(confined()).substr(1), {}));
  EXPECT_FALSE(find_record(bytes_of(confined()).substr(0, 40), {}));
  EXPECT_FALSE(find_record(bytes_of(confined()) + bytes_of(confined()), {}));
}

TEST(Workload, TellsTheTruthAboutItself) {
  const int before = dup(STDOUT_FILENO);
  const auto records = Records::on_stdout();
  const std::uint64_t begin = stamp();
  const pid_t pid = fork();
  if (pid == 0) {
    execl(BULKHEAD_WORKLOAD, BULKHEAD_WORKLOAD, nullptr);
    _exit(127);
  }
  int status = 0;
  ASSERT_EQ(pid, waitpid(pid, &status, 0));
  const std::uint64_t end = stamp();
  dup2(before, STDOUT_FILENO);
  close(before);
  ASSERT_TRUE(records);
  EXPECT_EQ(0, status);
  const auto record = records->take({});
  ASSERT_TRUE(record) << record.error().message();
  EXPECT_EQ(pid, record->pid);
  EXPECT_EQ(geteuid(), static_cast<uid_t>(record->uid));
  EXPECT_LT(begin, record->stamp);
  EXPECT_LT(record->stamp, end);
  char hostname[64] = {};
  gethostname(hostname, sizeof hostname);
  EXPECT_STREQ(hostname, record->hostname);
}

}  // namespace
}  // namespace bulkhead::bench
