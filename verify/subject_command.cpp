// Subjects that are a command line: a template, and no container at all.
#include "verify/subject.h"
#include "verify/words.h"

namespace bulkhead::verify {
namespace {

/// The floor: the probes right in the crash box.
class None : public Subject {
 public:
  None() : Subject("none") {}

  std::vector<std::string> version_command() const override { return {}; }
  bool stays_on_root(const Start&) const override { return true; }
  // It stands for all that can be asked of a subject.
  bool is_asked(Boundary) const override { return true; }

  Result<Invocation> prepare(const Start& start) const override {
    return Invocation{.argv = start.spec.process.argv};
  }
};

void replace_all(std::string& text, std::string_view what,
                 const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

std::string as_shell_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += shell_quoted(word);
  }
  return text;
}

class Template : public Subject {
 public:
  Template(const std::string& text, std::vector<std::string> words)
      : Subject(text), words_(std::move(words)) {}

  std::vector<std::string> version_command() const override { return {}; }
  bool stays_on_root(const Start&) const override { return false; }

  Result<Invocation> prepare(const Start& start) const override {
    Invocation invocation;
    const Spec spec = weakened(start);
    const std::string bundle = start.directory + "/bundle";
    if (auto done = write_bundle(bundle, start, spec); !done) {
      return tl::unexpected(done.error());
    }
    bool whole_spec = false;
    for (std::string word : words_) {
      if (word == "{argv}") {
        const auto& argv = spec.process.argv;
        invocation.argv.insert(invocation.argv.end(), argv.begin(), argv.end());
        continue;
      }
      whole_spec = whole_spec || word.find("{bundle}") != std::string::npos;
      replace_all(word, "{argv}", as_shell_words(spec.process.argv));
      replace_all(word, "{rootfs}", start.spec.rootfs.path);
      replace_all(word, "{bundle}", bundle);
      replace_all(word, "{id}", start.id);
      invocation.argv.push_back(std::move(word));
    }
    if (!whole_spec && !start.without.empty()) {
      return fail("'" + name() + "' cannot be told what to do without", 0,
                  "a template needs {bundle} for that");
    }
    return invocation;
  }

  std::vector<std::string> programs() const override {
    std::vector<std::string> absolute;
    for (const std::string& word : words_) {
      if (word.starts_with("/")) absolute.push_back(word);
    }
    return absolute;
  }

 private:
  std::vector<std::string> words_;
};

}  // namespace

SubjectPointer make_none() { return std::make_unique<None>(); }

Result<SubjectPointer> make_template(const std::string& text) {
  auto words = split_words(text);
  if (!words) return within("subject", words.error());
  if (text.find("{argv}") == std::string::npos &&
      text.find("{bundle}") == std::string::npos) {
    return fail("subject '" + text + "' never runs the probes", 0,
                "a template needs {argv} or {bundle}", ErrorKind::kUsage);
  }
  return std::make_unique<Template>(text, std::move(*words));
}

}  // namespace bulkhead::verify
