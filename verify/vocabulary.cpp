#include "verify/vocabulary.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <sstream>

#include "runtime/base/file.h"
#include "verify/filter_text.h"

namespace bulkhead::verify {
namespace {

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  std::istringstream stream{std::string(text)};
  for (std::string part; std::getline(stream, part, at);) {
    if (!part.empty()) parts.push_back(std::move(part));
  }
  return parts;
}

/// `text` with every {name} replaced; what a value holds is left alone.
std::string filled_in(std::string_view text, const Values& values) {
  std::string filled;
  while (!text.empty()) {
    const auto open = text.find('{');
    filled += text.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto close = text.find('}', open);
    if (close == std::string_view::npos) return filled + "{?}";
    const auto found = values.find(text.substr(open + 1, close - open - 1));
    // A table that names what there is not is seen by its test.
    filled += found == values.end() ? "{?}" : found->second;
    text.remove_prefix(close + 1);
  }
  return filled;
}

/// In the root: what the workload is told by a subject of few words.
constexpr const char* kWordsFile = "/fixtures/words";

/// What the workload is called then: firejail looks for the program outside of
/// the root as well, before it enters.
constexpr const char* kShell = "/bin/sh";

/// One command line in the making.
class Speech {
 public:
  Speech(const Vocabulary& vocabulary, const Start& start)
      : vocabulary_(vocabulary), start_(start), spec_(weakened(start)) {}

  Result<Invocation> whole() {
    if (auto ready = prepare_values(); !ready) {
      return tl::unexpected(ready.error());
    }
    for (const Part& part : parts()) say(part);
    for (const Boundary boundary : start_.without) cannot_leave_out(boundary);
    if (vocabulary_.writes_file) {
      if (auto wrote = replace_file(values_["configuration"], lines_); !wrote) {
        return tl::unexpected(wrote.error());
      }
    }
    if (!vocabulary_.variable.empty()) {
      invocation_.argv = {"env", std::string(vocabulary_.variable)};
    }
    invocation_.argv.emplace_back(vocabulary_.program);
    add_words(vocabulary_.begin, values_);
    std::ranges::copy(said_, std::back_inserter(invocation_.argv));
    add_words(vocabulary_.end, values_);
    if (auto done = add_workload(); !done) return tl::unexpected(done.error());
    return std::move(invocation_);
  }

 private:
  Status prepare_values() {
    const Process& process = spec_.process;
    values_ = {{"id", start_.id},
               {"directory", start_.directory},
               {"rootfs", spec_.rootfs.path},
               {"uid", std::to_string(process.uid)},
               {"gid", std::to_string(process.gid)},
               {"root-options", root_options()},
               {"configuration", start_.directory + "/configuration"}};
    if (!spec_.seccomp) return {};
    values_["allowed"] = allowed_names(*spec_.seccomp, " ");
    values_["denied"] = denied_names(*spec_.seccomp, " ");
    values_["denied,"] = denied_names(*spec_.seccomp, ",");
    if (vocabulary_.filter == FilterForm::kNone) return {};
    values_["filter"] = start_.directory + "/filter";
    return replace_file(values_["filter"],
                        vocabulary_.filter == FilterForm::kLxc
                            ? lxc_filter(*spec_.seccomp)
                            : oci_filter(spec_));
  }

  [[nodiscard]] std::string root_options() const {
    const Rootfs& root = spec_.rootfs;
    const bool maps = root.idmap && spec_.ns(NamespaceKind::kUser).mode ==
                                        NamespaceMode::kNew;
    return std::string(root.read_only ? "ro" : "rw") +
           (root.nosuid ? ",nosuid" : "") + (root.nodev ? ",nodev" : "") +
           (maps ? ",idmap=container" : "");
  }

  /// The program, and what it is told. The root that has the file is the one
  /// that `argv` names where that is not the container's own.
  Status add_workload() {
    const std::vector<std::string>& argv = spec_.process.argv;
    if (!vocabulary_.few_words) {
      std::ranges::copy(argv, std::back_inserter(invocation_.argv));
      return {};
    }
    std::string lines;
    for (auto word = std::next(argv.begin()); word != argv.end(); ++word) {
      lines += *word + '\0';
    }
    const std::string link = spec_.rootfs.path + kShell;
    if (symlink(argv.front().c_str(), link.c_str()) != 0) {
      return fail("symlink " + link, errno);
    }
    invocation_.argv.emplace_back(kShell);
    invocation_.argv.push_back(std::string("@") + kWordsFile);
    return replace_file(spec_.rootfs.path + kWordsFile, lines);
  }

  [[nodiscard]] const Saying* saying_of(Feature feature) const {
    const auto found =
        std::ranges::find(vocabulary_.sayings, feature, &Saying::feature);
    return found == vocabulary_.sayings.end() ? nullptr : &*found;
  }

  void say(const Part& part) {
    const std::vector<Values> asked = part.asked(spec_);
    const Saying* const saying = saying_of(part.feature);
    if (saying == nullptr) {
      if (!asked.empty()) lacks(part.boundary, part.name);
      return;
    }
    if (part.feature == Feature::kSeccomp && !asked.empty() &&
        vocabulary_.filter == FilterForm::kNone) {
      lacks(part.boundary, "errnos, and conditions on arguments");
    }
    for (const Values& own : asked) {
      if (const auto at = own.find("destination");
          at != own.end() && keeps(at->second)) {
        lacks(part.boundary, part.name + (" at " + at->second));
        continue;
      }
      Values all = values_;
      all.insert(own.begin(), own.end());
      say(saying->words, all);
    }
    if (asked.empty()) say(saying->otherwise, values_);
  }

  [[nodiscard]] bool keeps(const std::string& destination) const {
    return std::ranges::count(split(vocabulary_.own_mounts, ' '),
                              destination) != 0;
  }

  void say(std::string_view words, const Values& values) {
    if (vocabulary_.writes_file && !words.starts_with("--")) {
      if (!words.empty()) lines_ += filled_in(words, values) + "\n";
      return;
    }
    for (const std::string& word : split(words, ' ')) {
      said_.push_back(filled_in(word, values));
    }
  }

  void add_words(std::string_view words, const Values& values) {
    for (const std::string& word : split(words, ' ')) {
      invocation_.argv.push_back(filled_in(word, values));
    }
  }

  /// What a subject does unasked, it cannot be asked not to do.
  void cannot_leave_out(Boundary boundary) {
    for (const Part& part : parts()) {
      const Saying* const saying = saying_of(part.feature);
      // A loopback that is up confines nothing.
      if (part.feature == Feature::kLoopback) continue;
      if (part.boundary != boundary || saying == nullptr ||
          !saying->words.empty() || !saying->otherwise.empty()) {
        continue;
      }
      lacks(boundary, "--without " + std::string(name_of(boundary)));
      return;
    }
  }

  void lacks(Boundary boundary, std::string what) {
    invocation_.not_offered.push_back({boundary, std::move(what)});
  }

  const Vocabulary& vocabulary_;
  const Start& start_;
  const Spec spec_;
  Values values_;
  std::vector<std::string> said_;
  std::string lines_;
  Invocation invocation_;
};

class VocabularySubject : public Subject {
 public:
  explicit VocabularySubject(const Vocabulary& vocabulary)
      : Subject(vocabulary.name), vocabulary_(vocabulary) {}

  std::vector<std::string> version_command() const override {
    std::vector<std::string> command = split(vocabulary_.version, ' ');
    command.insert(command.begin(), vocabulary_.program);
    return command;
  }

  Result<Invocation> prepare(const Start& start) const override {
    Start reduced = start;
    std::vector<NotOffered> left_out = omit(reduced.spec);
    auto invocation = Speech(vocabulary_, reduced).whole();
    if (!invocation) return within(name(), invocation.error());
    std::ranges::move(left_out, std::back_inserter(invocation->not_offered));
    return invocation;
  }

  bool takes_omissions() const override { return true; }
  bool stays_on_root(const Start& start) const override {
    return !vocabulary_.enters_root && Subject::stays_on_root(start);
  }
  std::vector<std::string> needs_in_root() const override {
    return split(vocabulary_.needs_in_root, ' ');
  }
  bool keeps_ids() const override {
    return std::ranges::find(vocabulary_.sayings, Feature::kUserNs,
                             &Saying::feature) == vocabulary_.sayings.end();
  }
  bool wants_own_root() const override { return vocabulary_.wants_own_root; }
  Status installed() const override {
    return find_program(vocabulary_.program, vocabulary_.package);
  }

 private:
  const Vocabulary& vocabulary_;
};

}  // namespace

SubjectPointer make_subject(const Vocabulary& vocabulary) {
  return std::make_unique<VocabularySubject>(vocabulary);
}

}  // namespace bulkhead::verify
