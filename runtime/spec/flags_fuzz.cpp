// The values of isolation flags, a line each: "KEY VALUE", where KEY is a
// letter of kFlags. A value that is not understood is named.
#include <algorithm>
#include <iterator>
#include <optional>
#include <string>

#include "runtime/base/fuzz.h"
#include "runtime/spec/flags.h"

using namespace bulkhead;

namespace {

using One = std::optional<std::string>;
using Many = std::vector<std::string>;

constexpr One SpecFlags::*kOnes[] = {
    &SpecFlags::hostname,      &SpecFlags::domainname,  &SpecFlags::cwd,
    &SpecFlags::user,          &SpecFlags::umask,       &SpecFlags::memory,
    &SpecFlags::swap,          &SpecFlags::pids,        &SpecFlags::cpus,
    &SpecFlags::cpu_weight,    &SpecFlags::cpuset_cpus, &SpecFlags::cpuset_mems,
    &SpecFlags::seccomp_errno, &SpecFlags::landlock,    &SpecFlags::apparmor,
    &SpecFlags::no_new_privs};

constexpr Many SpecFlags::*kManies[] = {&SpecFlags::binds,
                                        &SpecFlags::tmpfses,
                                        &SpecFlags::binfmts,
                                        &SpecFlags::environment,
                                        &SpecFlags::groups,
                                        &SpecFlags::capabilities_added,
                                        &SpecFlags::capabilities_dropped,
                                        &SpecFlags::hugetlb,
                                        &SpecFlags::rlimits,
                                        &SpecFlags::uid_mappings,
                                        &SpecFlags::gid_mappings,
                                        &SpecFlags::masked_paths,
                                        &SpecFlags::sysctls,
                                        &SpecFlags::landlock_bind,
                                        &SpecFlags::landlock_connect,
                                        &SpecFlags::seccomp_architectures,
                                        &SpecFlags::prefer,
                                        &SpecFlags::without};

void set(SpecFlags& flags, char key, std::string value) {
  const auto at = std::size_t{static_cast<unsigned char>(key)};
  if (key >= 'a' && at - 'a' < std::size(kOnes)) {
    flags.*kOnes[at - 'a'] = std::move(value);
  } else if (key >= 'A' && key <= 'Z' && at - 'A' < std::size(kManies)) {
    (flags.*kManies[at - 'A']).push_back(std::move(value));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  SpecFlags flags;
  flags.command = {"/bin/true"};
  std::string_view rest = text_of(data, size);
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.size() >= 2) set(flags, line[0], std::string(line.substr(2)));
  }
  const auto spec = spec_from_flags(flags);
  if (!spec) {
    promise(!spec.error().what.empty(), "a refusal has a reason");
    promise(spec.error().kind == ErrorKind::kUsage, "it is the user's mistake");
  }
  return 0;
}
