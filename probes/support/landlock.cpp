#include "probes/support/landlock.h"

#include <fcntl.h>

#include <array>

#include "probes/support/bystander.h"
#include "probes/support/canary.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {

namespace {

constexpr const char* kForeign = "foreign";
constexpr unsigned kVersion = 1;  // LANDLOCK_CREATE_RULESET_VERSION

// What a file holds, tried; the first bytes in `content`.
Called read_at(int directory, const char* name, std::string& content) {
  const Called opened = call(SYS_openat, directory, name, O_RDONLY | O_CLOEXEC);
  if (!opened.ok()) return opened;
  const int fd = static_cast<int>(opened.value);
  std::array<char, 32> block{};
  const ssize_t got = read(fd, block.data(), block.size());
  if (got > 0) content.assign(block.data(), static_cast<std::size_t>(got));
  close(fd);
  return opened;
}

Observation try_foreign(int directory, const std::string& nonce) {
  Tally tally;
  std::string content;
  const Called opened = read_at(directory, kForeign, content);
  if (opened.ok() && content != nonce) {
    tally.add("read", broken("it does not hold the nonce"));
  } else {
    tally.add("read", observe(opened, {}, "the nonce was read"));
  }
  const Called listed =
      call(SYS_openat, directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (listed.ok()) close(static_cast<int>(listed.value));
  tally.add("list", observe(listed, {}, "open ."));
  return tally.result();
}

}  // namespace

void plant_abi(Outside& outside) {
  const Called abi =
      call(SYS_landlock_create_ruleset, nullptr, std::size_t{0}, kVersion);
  outside.tell("abi", std::to_string(abi.ok() ? abi.value : 0));
}

Observation unless_absent(const Inside& inside, int least, Observation seen) {
  const auto abi = number(inside.planted("abi")).value_or(0);
  if (seen.outcome != Outcome::kReached ||
      abi >= static_cast<unsigned long long>(least)) {
    return seen;
  }
  return absent("this takes Landlock ABI " + std::to_string(least) +
                ", and this kernel has " +
                (abi == 0 ? "none" : std::to_string(abi)));
}

bool plant_foreign_directory(Outside& outside) {
  plant_abi(outside);
  if (!plant_file(outside, kForeign, 0644)) return false;
  const int directory =
      open(outside.directory().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return false;
  const bool started = start_bystander(outside, {}, directory);
  close(directory);
  return started;
}

void clean_foreign_directory(Outside& outside) {
  stop_bystander(outside);
  remove_file(outside);
}

Observation open_foreign_directory(const Inside& inside) {
  const int directory = borrow_from_bystander(inside);
  if (directory < 0) {
    return broken("no descriptor was handed in: " + errno_name(errno));
  }
  Observation seen = try_foreign(directory, inside.nonce());
  close(directory);
  return seen;
}

Observation open_own_directory(const Inside& inside) {
  const std::string path = inside.spec("root") + "/fixtures";
  const int directory = open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return broken(path + ": " + errno_name(errno));
  std::string content;
  const Called opened = read_at(directory, "plain", content);
  close(directory);
  return opened.ok() ? works("a file by a descriptor of its directory")
                     : broken("plain: " + errno_name(opened.error));
}

}  // namespace bulkhead::probes
