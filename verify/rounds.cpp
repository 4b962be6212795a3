#include "verify/rounds.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "verify/lab.h"

namespace bulkhead::verify {
namespace {

using probes::Probe;

/// How often a probe that measures CPU time is tried on a machine whose CPUs
/// others are using. Trying again gives nothing away: a control counts once it
/// was seen to escape, and a subject whose canary got its share is not asked
/// again.
constexpr int kTriesOnABusyMachine = 12;

/// A container that ends before its probes do says nothing of any of them: they
/// are tried again in two containers, and so on, until the probe that ended it
/// is alone. Given up after this many such containers in a row, so that a
/// subject which always ends early has an end, too. One that hangs costs most.
constexpr int kMostInARow = 40;
constexpr int kHangCounts = 8;

void add_all(std::vector<std::string>& to,
             const std::vector<std::string>& from) {
  for (const std::string& item : from) {
    if (std::ranges::find(to, item) == to.end()) to.push_back(item);
  }
}

/// Whether the probes did start in a container that did not see their end.
bool cut_short(const ContainerRun& run, const Ground& ground) {
  std::size_t forged = 0;
  return !run.transcript.whole &&
         !authentic_frames(run.ended.out, ground.key, forged).empty();
}

/// Runs `list` in one container, again while a canary got none of the CPUs.
ContainerRun run_list(const Subject& subject, const Campaign& campaign,
                      const Ground& ground, const ProbeList& list,
                      Answers& answers) {
  ContainerRun run =
      run_container(ground, subject, {campaign.extra_without, {}}, list);
  collect(run, list, answers);
  for (int left = kTriesOnABusyMachine;
       left > 1 && starved_canary(list, answers); --left) {
    run = run_container(ground, subject, {campaign.extra_without, {}}, list);
    collect(run, list, answers);
  }
  return run;
}

/// What is tried again of `list`, which ended early. A user's own limits may be
/// too small for all at once: then each is alone.
void push_parts(const ProbeList& list, bool each,
                std::vector<ProbeList>& todo) {
  if (each) {
    for (const Probe* probe : list) todo.push_back({probe});
    return;
  }
  const auto middle =
      list.begin() + static_cast<std::ptrdiff_t>((list.size() + 1) / 2);
  todo.emplace_back(middle, list.end());
  todo.emplace_back(list.begin(), middle);
}

}  // namespace

Answers answers_of_controls(const Campaign& campaign, const Ground& ground,
                            const Progress& told) {
  Answers answers;
  for (const auto& [watched, probes] : by_watched(campaign.probes)) {
    told("control without " + words_of(watched));
    for (const ProbeList& list : containers_for(probes)) {
      for (int left = kTriesOnABusyMachine; left > 0; --left) {
        collect(run_container(ground, *campaign.control, {watched, {}}, list),
                list, answers);
        if (!starved_control(list, answers)) break;
      }
    }
  }
  return answers;
}

Answers answers_of(const Subject& subject, const Campaign& campaign,
                   const Ground& ground, SubjectReport& report,
                   const Progress& told) {
  Answers answers;
  std::vector<ProbeList> todo = containers_for(campaign.probes);
  // Those that want processors for themselves come last, when the controls,
  // asked at the same time, are about to be done.
  std::stable_partition(todo.begin(), todo.end(), [](const ProbeList& list) {
    return std::ranges::none_of(list, &Probe::measures_cpu);
  });
  std::ranges::reverse(todo);
  int in_a_row = 0;
  while (!todo.empty()) {
    const ProbeList list = std::move(todo.back());
    todo.pop_back();
    told(report.name + (list.size() == 1 ? ": " + list.front()->id : ""));
    const ContainerRun run = run_list(subject, campaign, ground, list, answers);
    for (const NotOffered& lack : run.not_offered) {
      add_all(report.not_offered,
              {std::string(name_of(lack.boundary)) + ": " + lack.what});
    }
    add_all(report.trouble, run.trouble);
    if (!cut_short(run, ground)) {
      in_a_row = 0;
      continue;
    }
    in_a_row += run.ended.timed_out ? kHangCounts : 1;
    if (list.size() > 1 && in_a_row < kMostInARow) {
      push_parts(list, campaign.asked.has_value(), todo);
    }
  }
  return answers;
}

}  // namespace bulkhead::verify
