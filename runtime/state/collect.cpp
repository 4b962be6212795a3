#include "runtime/state/collect.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace bulkhead {
namespace {

constexpr int kQuickMs = 20;
constexpr int kThoroughMs = 1000;

Result<Record> read_record_in(int directory, const std::string& name,
                              const Fd& file) {
  if (!file) return fail("open", errno);
  struct stat info {};
  if (fstat(file.get(), &info) != 0) return fail("stat", errno);
  if (!S_ISREG(info.st_mode)) return fail("no file");
  const Result<std::string> text = read_file_at(directory, name);
  if (!text) return tl::unexpected(text.error());
  return parse_record(*text);
}

/// By the name of its record alone: true where a process of this pid namespace
/// has its number.
bool number_in_use(const std::string& name, const Supervisor& self) {
  const std::vector<std::string_view> parts = split(name, '.');
  if (parts.size() != 3) return false;
  const auto pid = number_in<pid_t>(parts[0]);
  const auto ns = number_in<std::uint64_t>(parts[2]);
  return pid && *pid > 0 && ns == self.pid_namespace &&
         (kill(*pid, 0) == 0 || errno != ESRCH);
}

class Collector {
 public:
  Collector(const StateDirectory& state, const Supervisor& self,
            CollectMode mode)
      : state_(state),
        self_(self),
        mode_(mode),
        deadline_(in_ms(mode == CollectMode::kQuick ? kQuickMs : kThoroughMs)) {
    result_.directory = state.path();
  }

  Result<Collection> collect() {
    const Result<std::vector<std::string>> names = state_.names();
    if (!names) return tl::unexpected(names.error());
    for (const std::string& name : *names) look_at(name);
    if (!dead_.empty() && mode_ == CollectMode::kQuick) read_skipped();
    for (Dead& one : dead_) bury(one);
    return std::move(result_);
  }

 private:
  struct Dead {
    std::string name;
    Record record;
    Fd lock;
  };

  void look_at(const std::string& name) {
    if (name == kUnfinishedRecord) {
      // Whoever was writing it held the lock that is ours now.
      unlinkat(state_.fd(), name.c_str(), 0);
      return;
    }
    if (mode_ == CollectMode::kQuick && number_in_use(name, self_)) {
      skipped_.push_back(name);
      return;
    }
    read(name);
  }

  void read(const std::string& name) {
    Fd file(openat(state_.fd(), name.c_str(),
                   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file && errno == ENOENT) return;  // It ended meanwhile.
    Result<Record> record = read_record_in(state_.fd(), name, file);
    if (!record || record_name(record->supervisor) != name) {
      result_.unreadable.push_back(
          path_of(name) + ": " +
          (record ? "its name is not that of its supervisor"
                  : record.error().message()));
      return;
    }
    const bool own = record->supervisor == self_;
    const bool free = !own && flock(file.get(), LOCK_EX | LOCK_NB) == 0;
    if (free || (!own && has_ended(record->supervisor, self_))) {
      dead_.push_back({name, std::move(*record), std::move(file)});
      return;
    }
    result_.records.push_back({name, record->supervisor, true, {}});
    living_.push_back(std::move(*record));
  }

  /// What they name is theirs.
  void read_skipped() {
    for (const std::string& name : skipped_) read(name);
  }

  void bury(const Dead& one) {
    Collected collected{one.name, one.record.supervisor, false, {}};
    // After a new boot nothing of it is left; a cgroup of that name is another.
    if (one.record.supervisor.boot_id == self_.boot_id) {
      collected.leftovers = remove_leftovers(one.record, living_, deadline_);
    }
    if (collected.leftovers.remains.empty() &&
        unlinkat(state_.fd(), one.name.c_str(), 0) != 0 && errno != ENOENT) {
      collected.leftovers.remains.push_back(
          fail("unlink " + path_of(one.name), errno).value().message());
    }
    result_.records.push_back(std::move(collected));
  }

  [[nodiscard]] std::string path_of(const std::string& name) const {
    return state_.path() + "/" + name;
  }

  const StateDirectory& state_;
  const Supervisor& self_;
  CollectMode mode_;
  Deadline deadline_;
  Collection result_;
  std::vector<std::string> skipped_;
  std::vector<Record> living_;
  std::vector<Dead> dead_;
};

}  // namespace

bool Collection::complete() const {
  return unreadable.empty() &&
         std::ranges::all_of(records, [](const Collected& one) {
           return one.leftovers.remains.empty();
         });
}

Result<Collection> collect_dead(const StateDirectory& state,
                                const Supervisor& self, CollectMode mode) {
  return Collector(state, self, mode).collect();
}

Result<Collection> collect_all() {
  Result<std::optional<StateDirectory>> state = StateDirectory::find_locked();
  if (!state) return within("gc", state.error());
  if (!*state) {
    Result<std::string> path = state_directory_path();
    if (!path) return within("gc", path.error());
    return Collection{std::move(*path), {}, {}};
  }
  const Result<Supervisor> self = this_supervisor();
  if (!self) return within("gc", self.error());
  Result<Collection> collection =
      collect_dead(**state, *self, CollectMode::kThorough);
  if (!collection) return within("gc", collection.error());
  return collection;
}

}  // namespace bulkhead
