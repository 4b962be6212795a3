// Kernel parameters are what was asked for, or nothing starts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include "runtime/parent/test_rootfs.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;

class StartSysctl : public ContainerTest {
 protected:
  /// What a start says for which one parameter is never written.
  std::string said_without_writing(const std::string& name,
                                   const std::string& setting) {
    Result<Plan> plan = plan_with(name, setting);
    if (!plan) return plan.error().message();
    const auto erased = std::erase_if(plan->child, [&](const Call& call) {
      return call.number == SYS_write &&
             plan->steps[call.step].name == "netns.sysctl:" + name;
    });
    if (erased != 1) return "the plan does not write it once";
    std::string error;
    return run(*plan, &error) == -1 ? error : "it started";
  }

  /// The plan of a container with one parameter set.
  Result<Plan> plan_with(const std::string& name, const std::string& setting) {
    Spec spec = spec_for("exit 0");
    spec.sysctls = {{name, setting}};
    return make_plan(spec, host());
  }
};

TEST_F(StartSysctl, MayBeWrittenInWaysInWhichTheKernelDoesNotShowThem) {
  const std::pair<const char*, const char*> settings[] = {
      {"kernel.sem", "250 32000  32 128"},  // comes back with tabs
      {"net.ipv4.ping_group_range", "0\t0"},
      {"net.ipv4.ip_default_ttl", "0x3f"},
      {"net.ipv4.ip_local_port_range", "077777 60999"},
      {"net.ipv4.route.flush", "1"},  // cannot be read
      {"net.ipv4.ip_local_reserved_ports", ""},
  };
  for (const auto& [name, setting] : settings) {
    SCOPED_TRACE(name);
    Result<Plan> plan = plan_with(name, setting);
    ASSERT_TRUE(plan) << plan.error().message();
    std::string error;
    EXPECT_EQ(0, run(*plan, &error)) << error;
  }
}

TEST_F(StartSysctl, AreNotLeftToALie) {
  EXPECT_THAT(said_without_writing("net.ipv4.ip_default_ttl", "63"),
              HasSubstr("netns.sysctl:net.ipv4.ip_default_ttl: read-back: "
                        "must say \"63\""));
}

TEST_F(StartSysctl, ThatCannotBeReadAreNotTakenOnTrust) {
  const std::string name = "net.ipv4.ip_default_ttl";
  Result<Plan> plan = plan_with(name, "63");
  ASSERT_TRUE(plan) << plan.error().message();
  const auto read = std::ranges::find_if(plan->child, [&](const Call& call) {
    return call.op == Op::kReadFile &&
           plan->steps[call.step].name == "netns.sysctl:" + name;
  });
  ASSERT_NE(read, plan->child.end());
  static constexpr char kRefused[] = "sys/net/ipv4/route/flush";
  read->args[1].value = reinterpret_cast<std::uint64_t>(kRefused);
  std::string error;
  EXPECT_EQ(-1, run(*plan, &error));
  EXPECT_THAT(error, HasSubstr("Permission denied"));
}

TEST_F(StartSysctl, AreComparedWordByWord) {
  // Without the write it says 64.
  for (const char* wanted : {"6", "640", "64 64"}) {
    EXPECT_THAT(said_without_writing("net.ipv4.ip_default_ttl", wanted),
                HasSubstr("read-back: must say"))
        << wanted;
  }
  EXPECT_EQ("it started",
            said_without_writing("net.ipv4.ip_default_ttl", "64"));
}

}  // namespace
}  // namespace bulkhead
