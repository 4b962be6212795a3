// A subject as data: which words of its command line, or lines of its
// configuration, say which part of the spec.
#pragma once

#include <span>
#include <string_view>

#include "verify/feature.h"
#include "verify/subject.h"

namespace bulkhead::verify {

/// The words for one part, said once for each time that the spec asks for it.
/// They are split at blanks before {…} is filled in from feature.h's values and
///   {id} {directory} {rootfs}   of the start (subject.h)
///   {uid} {gid}                 of the process
///   {root-options}              as mount(8) has them, and "idmap=container"
///   {filter}                    a file with the filter, see FilterForm
///   {allowed} {denied} {denied,}  the names of calls (filter_text.h), with
///                               blanks or commas in between
/// Empty: the subject does this unasked.
struct Saying {
  Feature feature;
  std::string_view words;
  /// Said in its place where the spec does not ask for the part.
  std::string_view otherwise;
};

/// What a subject reads a seccomp filter from.
enum class FilterForm : std::uint8_t { kNone, kOci, kLxc };

struct Vocabulary {
  const char* name;
  const char* program;
  const char* package;       ///< Debian's, for who does not have it.
  std::string_view version;  ///< Words after the program that ask for it.
  std::string_view begin;    ///< Words after the program, before all others.
  std::string_view end;      ///< Words before the workload's own.
  std::span<const Saying> sayings;
  /// A variable that it is started with besides the caller's.
  std::string_view variable = {};
  FilterForm filter = FilterForm::kNone;
  /// Sayings that do not begin with "--" are lines of a file, which is
  /// {configuration} in `begin`.
  bool writes_file = false;
  /// It takes few words: the workload reads its own from a file in the root,
  /// and is called by a name that the machine has as well.
  bool few_words = false;
  /// It always enters its root, whatever else is left out.
  bool enters_root = true;
  /// See Subject::wants_own_root.
  bool wants_own_root = false;
  /// Mount points that it fills itself, whatever it is told; blank-separated.
  std::string_view own_mounts;
  /// Directories that it wants to find in the root, blank-separated.
  std::string_view needs_in_root;
};

[[nodiscard]] SubjectPointer make_subject(const Vocabulary& vocabulary);

extern const Vocabulary kUnshare;
extern const Vocabulary kNspawn;
extern const Vocabulary kLxc;
extern const Vocabulary kPodman;
extern const Vocabulary kPodmanCrun;
extern const Vocabulary kPodmanRunc;
extern const Vocabulary kFirejail;

}  // namespace bulkhead::verify
