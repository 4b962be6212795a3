#include "runtime/state/intend.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

#include "runtime/state/collect.h"
#include "runtime/state/state_directory.h"

namespace bulkhead {

struct Intended::Entry {
  std::string lines;  ///< As they stand on the record.
  std::atomic<int> users{0};
};

void Intended::settle() {
  if (entry_) --entry_->users;
  entry_.reset();
}

namespace {

/// The record is written anew, without what is settled, when it has twice the
/// entries it began with and this many more.
constexpr std::size_t kGrowth = 64;

/// Which directory each root is, and the lines of a record.
Result<std::string> lines_of(std::vector<Intent> intents) {
  std::string lines;
  std::string root;
  struct stat info {};
  for (Intent& intent : intents) {
    if (intent.root != root && stat(intent.root.c_str(), &info) != 0) {
      return fail("record: stat " + intent.root, errno);
    }
    root = intent.root;
    intent.root_device = info.st_dev;
    intent.root_inode = info.st_ino;
    Result<std::string> line = record_line(intent);
    if (!line) return line;
    lines += *line;
  }
  return lines;
}

class Keeper {
 public:
  Result<Intended> intend(std::vector<Intent> intents);
  /// At the end of the process.
  void close();

 private:
  using Entries = std::map<std::string, std::shared_ptr<Intended::Entry>>;

  [[nodiscard]] Status open();
  [[nodiscard]] Status put(const std::string& lines);
  [[nodiscard]] Status append(const std::string& lines);
  [[nodiscard]] Status rewrite(const StateDirectory& state,
                               const std::string& lines);
  void drop_settled();

  std::mutex mutex_;
  /// One page that fork(2) does not copy: its first byte tells whether the rest
  /// of this is this process's, or that of the one it was forked from.
  char* own_ = nullptr;
  Supervisor self_;
  std::string path_;
  Fd file_;
  std::size_t first_entries_ = 0;
  Entries entries_;
};

/// Never destroyed: a thread may start a container while the process exits.
Keeper& keeper() {
  static auto* const kept = new Keeper;
  return *kept;
}

Status Keeper::open() {
  constexpr std::size_t kPage = 4096;
  if (own_ == nullptr) {
    void* page = mmap(nullptr, kPage, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED || madvise(page, kPage, MADV_WIPEONFORK) != 0) {
      return fail("record: mmap", errno);
    }
    own_ = static_cast<char*>(page);
    std::atexit([] { keeper().close(); });
  }
  if (*own_ != 0) return {};
  file_.reset();
  entries_.clear();
  Result<Supervisor> self = this_supervisor();
  if (!self) return within("record", self.error());
  self_ = std::move(*self);
  *own_ = 1;
  return {};
}

void Keeper::drop_settled() {
  std::erase_if(entries_,
                [](const auto& one) { return one.second->users == 0; });
  first_entries_ = entries_.size();
}

Status Keeper::rewrite(const StateDirectory& state, const std::string& lines) {
  drop_settled();
  std::string text = record_head(self_);
  for (const auto& [key, entry] : entries_) text += entry->lines;
  const std::string name = record_name(self_);
  Result<Fd> file = state.write_record(name, text + lines);
  if (!file) {
    // Whatever became of it, one that names nothing is not left behind.
    if (entries_.empty()) unlinkat(state.fd(), name.c_str(), 0);
    return tl::unexpected(file.error());
  }
  file_ = std::move(*file);
  path_ = state.path() + "/" + name;
  return {};
}

/// A part of it that was written means nothing: nobody reads it meanwhile, and
/// it is taken back.
Status Keeper::append(const std::string& lines) {
  struct stat before {};
  if (fstat(file_.get(), &before) != 0) return fail("stat " + path_, errno);
  const ssize_t written = write(file_.get(), lines.data(), lines.size());
  if (written == static_cast<ssize_t>(lines.size())) return {};
  const int error = written < 0 ? errno : ENOSPC;
  if (ftruncate(file_.get(), before.st_size) != 0) {
    return fail("record: truncate " + path_, errno);
  }
  return fail("record: write " + path_, error, "make room there");
}

Status Keeper::put(const std::string& lines) {
  const Result<StateDirectory> state = StateDirectory::open_locked();
  if (!state) return tl::unexpected(state.error());
  // What cannot be collected now stays on its record.
  static_cast<void>(collect_dead(*state, self_, CollectMode::kQuick));
  const bool grown = entries_.size() > 2 * first_entries_ + kGrowth;
  return file_ && !grown ? append(lines) : rewrite(*state, lines);
}

Result<Intended> Keeper::intend(std::vector<Intent> intents) {
  std::string key;
  for (const Intent& intent : intents) {
    key += static_cast<char>(intent.kind);
    key += intent.full_path();
    key += '\n';
  }
  const std::lock_guard lock(mutex_);
  if (Status status = open(); !status) return tl::unexpected(status.error());
  auto found = entries_.find(key);
  if (found == entries_.end()) {
    const Result<std::string> lines = lines_of(std::move(intents));
    if (!lines) return tl::unexpected(lines.error());
    if (Status status = put(*lines); !status) {
      return tl::unexpected(status.error());
    }
    auto entry = std::make_shared<Intended::Entry>();
    entry->lines = *lines;
    found = entries_.emplace(std::move(key), std::move(entry)).first;
  }
  ++found->second->users;
  return Intended(found->second);
}

void Keeper::close() {
  const std::lock_guard lock(mutex_);
  if (own_ == nullptr || *own_ == 0 || !file_) return;
  drop_settled();
  if (!entries_.empty()) return;
  unlink(path_.c_str());
  file_.reset();
}

}  // namespace

Result<Intended> intend(std::vector<Intent> intents) {
  return keeper().intend(std::move(intents));
}

}  // namespace bulkhead
