#include "probes/support/profile.h"

#include <fcntl.h>

#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {

namespace {

constexpr const char* kExec = "/proc/self/attr/apparmor/exec";
constexpr const char* kCurrent = "/proc/self/attr/apparmor/current";

// To ask for the profile is to learn whether it is loaded; the request goes
// with the child.
Observation ask_for_profile() {
  return in_child([] {
    const int attribute = open(kExec, O_WRONLY | O_CLOEXEC);
    if (attribute < 0) return refused(errno, "open");
    const std::string request = std::string("exec ") + kTestProfile;
    const Called written =
        called(write(attribute, request.data(), request.size()));
    close(attribute);
    return observe(written, {}, "write");
  });
}

}  // namespace

std::string why_no_profile() {
  if (!slurp(kCurrent, 256)) {
    return "AppArmor is not active: " + std::string(kCurrent) + ": " +
           errno_name(errno);
  }
  const Observation asked = ask_for_profile();
  if (asked.outcome == Outcome::kReached) return {};
  return std::string("no profile ") + kTestProfile + " is loaded (" +
         errno_name(asked.error) +
         "): apparmor_parser -r probes/lsm/bulkhead-verify.apparmor";
}

void plant_profile(Outside& outside) {
  outside.tell("why_not", why_no_profile());
}

std::string own_label(const std::string& fact) {
  const bool apparmor = fact == "lsm.apparmor";
  std::string text =
      slurp(apparmor ? kCurrent : "/proc/self/attr/current", 4096).value_or("");
  while (!text.empty() && (text.back() == '\n' || text.back() == '\0')) {
    text.pop_back();
  }
  // "docker-default (enforce)"
  if (apparmor && text.ends_with(")")) text.resize(text.rfind(" ("));
  return text;
}

}  // namespace bulkhead::probes
