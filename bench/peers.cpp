// `bulkhead run` and other runtimes, whole processes: each is asked for the
// same spec, and what it has no word for stands beside its figure.
#include "bench/peers.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "bench/groups.h"
#include "bench/own_peers.h"
#include "bench/starts.h"
#include "bench/worker.h"
#include "verify/box_mounts.h"
#include "verify/process.h"
#include "verify/subject.h"
#include "verify/words.h"

namespace bulkhead::bench {
namespace {

/// Some put an init of their own before the workload.
constexpr int kMostPidOfPeer = 9;
constexpr int kTrialMs = 15'000;

/// What a peer said it had no word for is not expected of it.
Expected expected_of_peer(const Spec& spec,
                          const std::vector<verify::NotOffered>& lacks) {
  Expected expected = expected_of(spec);
  expected.most_pid = kMostPidOfPeer;
  for (const verify::NotOffered& one : lacks) {
    using enum Boundary;
    if (one.boundary == kPidns) expected.most_pid = 0;
    if (one.boundary == kNoNewPrivs) expected.no_new_privs = false;
    if (one.boundary == kSeccomp) expected.filter = false;
    if (one.boundary == kCapabilities) expected.no_capabilities = false;
    if (one.boundary == kUtsns) expected.hostname.clear();
  }
  return expected;
}

/// The first line of what `subject` says of its version.
std::string version_of(const verify::Subject& subject) {
  const std::vector<std::string> words = subject.version_command();
  if (words.empty()) return {};
  const auto ended = verify::run_command({.argv = words});
  if (!ended || ended->code != 0) return {};
  return ended->out.substr(0, ended->out.find('\n')) + ": ";
}

/// "crun version 1.8.1: without timens (time namespace), …"
std::string about(const std::string& version,
                  const std::vector<verify::NotOffered>& lacks) {
  if (lacks.empty()) return version + "all that is asked for";
  std::string text = version + "without";
  const char* separator = " ";
  for (const verify::NotOffered& one : lacks) {
    text +=
        separator + std::string(name_of(one.boundary)) + " (" + one.what + ")";
    separator = ", ";
  }
  return text;
}

/// A runtime, ready to be run over and over.
struct Ready {
  verify::Invocation invocation;
  Expected expected;
};

class Preparation {
 public:
  Preparation(Ground& ground, std::string name)
      : ground_(ground), name_(std::move(name)) {}

  /// What `subject` starts with: as it is, or else with as little left out as
  /// makes it start.
  Result<Ready> prepare(verify::Subject& subject) {
    Result<Ready> ready = attempt(subject);
    if (ready || !subject.takes_omissions()) return ready;
    const Error first = ready.error();
    for (const verify::Omission& omission : verify::omissions()) {
      subject.omitted.push_back(&omission);
      ready = attempt(subject);
      if (ready) break;
    }
    if (!ready) return tl::unexpected(first);
    for (std::size_t i = 0; i + 1 < subject.omitted.size();) {
      const auto at = subject.omitted.begin() + static_cast<std::ptrdiff_t>(i);
      const verify::Omission* const taken = *at;
      subject.omitted.erase(at);
      Result<Ready> without = attempt(subject);
      if (without) {
        ready = std::move(without);
        continue;
      }
      subject.omitted.insert(
          subject.omitted.begin() + static_cast<std::ptrdiff_t>(i), taken);
      ++i;
    }
    return attempt(subject);
  }

 private:
  Result<Ready> attempt(const verify::Subject& subject) {
    verify::Start start{
        .spec = ground_.hardened(name_),
        .id = "bench-" + name_ + "-" + std::to_string(attempts_),
        .directory = ground_.directory + "/" + name_ + "-" +
                     std::to_string(attempts_++)};
    if (mkdir(start.directory.c_str(), 0755) != 0) {
      return fail("mkdir " + start.directory, errno);
    }
    Result<verify::Invocation> invocation = subject.prepare(start);
    if (!invocation) return tl::unexpected(invocation.error());
    if (!subject.is_asked(Boundary::kLandlock)) {
      invocation->not_offered.push_back({Boundary::kLandlock, "the domain"});
    }
    Ready ready{.expected =
                    expected_of_peer(start.spec, invocation->not_offered)};
    ready.invocation = std::move(*invocation);
    return try_out(std::move(ready));
  }

  /// Once, with a deadline: what hangs here hangs nothing else.
  static Result<Ready> try_out(Ready ready) {
    verify::Command command{.argv = ready.invocation.argv,
                            .idle_ms = kTrialMs,
                            .total_ms = kTrialMs};
    for (const Fd& fd : ready.invocation.inherited) {
      command.inherited.push_back(fd.get());
    }
    const Result<verify::Ended> ended = verify::run_command(command);
    if (!ended) return tl::unexpected(ended.error());
    const Result<Record> record = find_record(ended->out, ready.expected);
    if (ended->code != 0 || ended->signal != 0 || ended->timed_out) {
      return fail("it " + ended->how() + ": " + verify::last_words(ended->err));
    }
    if (!record) return tl::unexpected(record.error());
    return ready;
  }

  Ground& ground_;
  std::string name_;
  int attempts_ = 0;
};

/// Runtimes leave processes to whom they were started by.
void collect_orphans() {
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

Result<Times> run_once(const Ground& ground, const Ready& ready) {
  std::vector<int> inherited;
  for (const Fd& fd : ready.invocation.inherited) {
    inherited.push_back(fd.get());
    // A filter is read from it, and the offset is everybody's.
    lseek(fd.get(), 0, SEEK_SET);
  }
  Result<Times> times =
      spawn_once(ground, ready.invocation.argv, inherited, ready.expected);
  collect_orphans();
  return times;
}

/// The variant of a subject, or an entry in the list of what is absent.
void add_peer(Ground& ground, const std::string& row, const std::string& name,
              const std::string& subject_text, std::vector<Variant>& list) {
  const auto subject = verify::make_subject(subject_text, ground.self_exe);
  const auto absent = [&](const Error& error) {
    ground.absent.push_back({"peers", row, error.message()});
  };
  if (!subject) return absent(subject.error());
  if (const Status there = (*subject)->installed(); !there) {
    return absent(there.error());
  }
  ground.progress("preparing " + row);
  Result<Ready> ready = Preparation(ground, name).prepare(**subject);
  if (!ready) return absent(ready.error());
  const auto shared = std::make_shared<Ready>(std::move(*ready));
  list.push_back(
      {row, about(version_of(**subject), shared->invocation.not_offered),
       kSpawn, [&ground, shared] { return run_once(ground, *shared); }});
}

/// A peer out of another userland, whose /usr is laid over this one's in a
/// mount namespace of its own.
void add_from_userland(Ground& ground, const OtherPeer& peer,
                       std::vector<Variant>& list) {
  const auto prepare = [&ground, peer]() -> Result<Batch> {
    if (unshare(CLONE_NEWNS) != 0) return fail("unshare", errno);
    if (mount((peer.userland + "/usr").c_str(), "/usr", nullptr,
              MS_BIND | MS_REC, nullptr) != 0) {
      return fail("lay " + peer.userland + "/usr over /usr", errno);
    }
    auto subject = verify::make_subject(peer.subject, ground.self_exe);
    if (!subject) return tl::unexpected(subject.error());
    Result<Ready> ready = Preparation(ground, peer.name).prepare(**subject);
    if (!ready) return tl::unexpected(ready.error());
    const auto shared = std::make_shared<Ready>(std::move(*ready));
    return Batch{
        .once = [&ground, shared] { return run_once(ground, *shared); },
        .about = about(version_of(**subject), shared->invocation.not_offered)};
  };
  ground.progress("preparing " + peer.name);
  auto worker = std::make_shared<Worker>(ground, prepare);
  const Result<std::string> about = worker->about();
  if (!about) {
    ground.absent.push_back({"peers", peer.name, about.error().message()});
    return;
  }
  list.push_back(
      {peer.name, *about, kSpawn, [worker] { return worker->once(); }});
}

struct Known {
  const char* row;
  const char* subject;
};

constexpr Known kKnown[] = {
    {"bulkhead run --bundle", "bulkhead"},
    {"crun", "crun"},
    {"runc", "runc"},
    {"bwrap", "bwrap"},
    {"unshare", "unshare"},
    {"systemd-nspawn", "nspawn"},
    {"lxc-execute", "lxc"},
    {"firejail", "firejail"},
    {"runsc", "runsc"},
};

}  // namespace

Result<OtherPeer> other_peer(const std::string& text) {
  const auto equals = text.find('=');
  const auto at = text.rfind('@');
  if (equals == std::string::npos || equals == 0 || at == std::string::npos ||
      at <= equals + 1 || at + 1 == text.size()) {
    return fail("--peer " + text + ": not NAME=SUBJECT@DIRECTORY", 0,
                "write --peer crun-newest=crun@/path/of/another/userland",
                ErrorKind::kUsage);
  }
  OtherPeer peer{.name = text.substr(0, equals),
                 .subject = text.substr(equals + 1, at - equals - 1),
                 .userland = text.substr(at + 1)};
  if (access((peer.userland + "/usr").c_str(), F_OK) != 0) {
    return fail("--peer " + text + ": " + peer.userland + "/usr", errno,
                "give the root of a userland", ErrorKind::kUsage);
  }
  return peer;
}

std::vector<Group> measure_peers(Ground& ground) {
  std::vector<Variant> variants = own_peers(ground);
  for (const Known& known : kKnown) {
    add_peer(ground, known.row, known.subject, known.subject, variants);
  }
  for (const OtherPeer& peer : ground.other_peers) {
    add_from_userland(ground, peer, variants);
  }
  const int rounds = std::max(1, ground.effort.rounds / 2);
  return {{.name = "peers",
           .title = "Whole processes from spawn to reaped, each with the "
                    "nearest isolation to what is asked for",
           .metric = "total",
           .subject = kRunByFlags,
           .rows = measure(ground, rounds, variants)}};
}

}  // namespace bulkhead::bench
