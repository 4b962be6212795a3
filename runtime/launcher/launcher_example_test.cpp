// The example does what its first lines say.
#include <cstdio>

#include "runtime/launcher/launcher_fixture.h"

namespace bulkhead {
namespace {

class LauncherExample : public LauncherTest {};

TEST_F(LauncherExample, JudgesEachInputInAContainerOfItsOwn) {
  const std::string command = std::string(BULKHEAD_LAUNCHER_EXAMPLE) + " " +
                              rootfs_.string() + " /bin/sh 2>&1";
  FILE* output = popen(command.c_str(), "re");
  ASSERT_NE(nullptr, output);
  std::string text;
  for (int byte; (byte = fgetc(output)) != EOF;) {
    text += static_cast<char>(byte);
  }
  EXPECT_EQ(0, pclose(output));
  EXPECT_EQ("judged one\njudged two\njudged three\n", text);
}

}  // namespace
}  // namespace bulkhead
