#include "verify/process.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>

namespace bulkhead::verify::process_test {
namespace {

Result<Ended> shell(const std::string& script, int idle_ms = 5000) {
  return run_command({.argv = {"/bin/sh", "-c", script}, .idle_ms = idle_ms});
}

TEST(Process, GivesOutputAndStatus) {
  const auto ended = shell("echo out; echo err >&2; exit 3");
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->out, "out\n");
  EXPECT_EQ(ended->err, "err\n");
  EXPECT_EQ(ended->code, 3);
  EXPECT_EQ(ended->signal, 0);
  EXPECT_FALSE(ended->timed_out);
}

TEST(Process, TellsTheSignal) {
  const auto ended = shell("kill -9 $$");
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->signal, SIGKILL);
}

TEST(Process, StdinIsEmpty) {
  const auto ended = shell("cat; echo done");
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->out, "done\n");
}

TEST(Process, OneThatWaitsIsReleasedWhenItHasSaidEnough) {
  std::string when;
  const auto ended =
      run_command({.argv = {"/bin/sh", "-c", "echo ready; cat; echo done"},
                   .inherited = {},
                   .idle_ms = 5000,
                   .release = [&](std::string_view out) {
                     when = out;
                     return out == "ready\n";
                   }});
  ASSERT_TRUE(ended);
  EXPECT_EQ(when, "ready\n");
  EXPECT_EQ(ended->out, "ready\ngdone\n");
}

TEST(Process, OneThatIsNeverReleasedIsKilled) {
  const auto ended =
      run_command({.argv = {"/bin/cat"},
                   .inherited = {},
                   .idle_ms = 100,
                   .release = [](std::string_view) { return false; }});
  ASSERT_TRUE(ended);
  EXPECT_TRUE(ended->timed_out);
}

TEST(Process, ASilentOneIsKilledWithItsGroup) {
  const auto ended = shell("sleep 1000 & echo $!; wait", 200);
  ASSERT_TRUE(ended);
  EXPECT_TRUE(ended->timed_out);
  EXPECT_EQ(ended->signal, SIGKILL);
  // The orphan may still be a zombie of whoever reaps here; it runs no more.
  const pid_t orphan = std::atoi(ended->out.c_str());
  ASSERT_GT(orphan, 1);
  const auto state =
      shell("cat /proc/" + std::to_string(orphan) + "/stat || true");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->out.find(" S "), std::string::npos) << state->out;
}

TEST(Process, ATalkativeOneIsKilledAndCut) {
  const auto ended = shell("yes");
  ASSERT_TRUE(ended);
  EXPECT_TRUE(ended->cut);
  EXPECT_EQ(ended->out.size(), kMaxOutputBytes);
}

TEST(Process, AHeldPipeIsNotWaitedFor) {
  const auto ended = shell("sleep 1000 & echo $!");
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 0);
  EXPECT_FALSE(ended->timed_out);
  kill(std::atoi(ended->out.c_str()), SIGKILL);
}

TEST(Process, WhatCannotBeExecutedIsAnError) {
  const auto ended = run_command({.argv = {"/nonexistent/program"}});
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().errno_value, ENOENT);
  EXPECT_EQ(ended.error().kind, ErrorKind::kNotFound);
}

TEST(Process, OnlyNamedDescriptorsPassCloseOnExec) {
  const Fd given(memfd_create("given", MFD_CLOEXEC));
  const Fd kept(memfd_create("kept", MFD_CLOEXEC));
  const auto show = [](const Fd& fd) {
    return "test -e /proc/self/fd/" + std::to_string(fd.get()) +
           " && echo open;";
  };
  const auto ended =
      run_command({.argv = {"/bin/sh", "-c", show(given) + show(kept)},
                   .inherited = {given.get()}});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->out, "open\n");
}

}  // namespace
}  // namespace bulkhead::verify::process_test
