#include "runtime/plan/builder.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace bulkhead {

Call& StepBuilder::add(Op op, std::string text) {
  Step& step = builder_.plan.steps[step_];
  Call call;
  call.op = op;
  call.step = step_;
  call.number_in_step = static_cast<std::uint16_t>(step.calls.size());
  step.calls.push_back(std::move(text));
  calls_.push_back(call);
  return calls_.back();
}

StepBuilder& StepBuilder::call(std::int64_t number, std::string text,
                               std::initializer_list<Argument> args) {
  Call& call = add(Op::kSyscall, std::move(text));
  call.number = number;
  std::copy(args.begin(), args.end(), call.args);
  return *this;
}

StepBuilder& StepBuilder::into(int slot) {
  calls_.back().result_slot = static_cast<std::int16_t>(slot);
  return *this;
}

StepBuilder& StepBuilder::tolerate(int first, int second) {
  calls_.back().tolerated[0] = first;
  calls_.back().tolerated[1] = second;
  return *this;
}

StepBuilder& StepBuilder::or_next_step(int first, int second) {
  tolerate(first, second);
  calls_.back().on_tolerated = OnTolerated::kNextStep;
  return *this;
}

StepBuilder& StepBuilder::expect(std::int64_t number) {
  calls_.back().op = Op::kExpectValue;
  calls_.back().expected = number;
  return *this;
}

StepBuilder& StepBuilder::expect_slot(int slot) {
  calls_.back().op = Op::kExpectSlot;
  calls_.back().expected = slot;
  return *this;
}

StepBuilder& StepBuilder::read_file(int directory_slot, const std::string& name,
                                    std::string text) {
  const Argument path = builder_.text(name);
  if (text.empty()) text = "read /proc/" + name;
  Call& call = add(Op::kReadFile, std::move(text));
  call.args[0] = slot_value(directory_slot);
  call.args[1] = path;
  return *this;
}

StepBuilder& StepBuilder::scratch_equals(std::string bytes,
                                         std::size_t offset) {
  Call& call = add(Op::kScratchEquals, "compare with what was asked for");
  call.bytes_length = static_cast<std::uint32_t>(bytes.size());
  call.bytes = builder_.keep(std::move(bytes));
  call.expected = static_cast<std::int64_t>(offset);
  return *this;
}

StepBuilder& StepBuilder::scratch_differs(std::string bytes) {
  // Without a NUL at its end.
  Call& call =
      add(Op::kScratchDiffers, std::string("must not be ") + bytes.c_str());
  call.bytes_length = static_cast<std::uint32_t>(bytes.size());
  call.bytes = builder_.keep(std::move(bytes));
  return *this;
}

StepBuilder& StepBuilder::scratch_has_line(std::string line) {
  Call& call = add(Op::kScratchHasLine, "must hold the line \"" + line + "\"");
  call.bytes_length = static_cast<std::uint32_t>(line.size());
  call.bytes = builder_.keep(std::move(line));
  return *this;
}

StepBuilder& StepBuilder::scratch_has_words(std::string words) {
  Call& call = add(Op::kScratchHasWords, "must say \"" + words + "\"");
  call.bytes_length = static_cast<std::uint32_t>(words.size());
  call.bytes = builder_.keep(std::move(words));
  return *this;
}

StepBuilder& StepBuilder::suffixed() {
  calls_.back().suffixed = true;
  return *this;
}

StepBuilder& StepBuilder::done_if_line(std::string line) {
  Call& call = add(Op::kDoneIfLine, "done if it holds \"" + line + "\"");
  call.bytes_length = static_cast<std::uint32_t>(line.size());
  call.bytes = builder_.keep(std::move(line));
  return *this;
}

StepBuilder& StepBuilder::close_above(std::string text) {
  Call& call = add(Op::kCloseAbove, std::move(text));
  call.args[0] = value(kSlotLifeRead);
  call.expected = builder_.plan.slots_used;
  return *this;
}

StepBuilder& StepBuilder::descriptors(int proc_slot) {
  const Argument directory = builder_.text("self/fd");
  Call& call =
      add(Op::kDescriptors, "every descriptor above 2 is close-on-exec");
  call.args[0] = slot_value(proc_slot);
  call.args[1] = directory;
  return *this;
}

StepBuilder& StepBuilder::idmap(int tree_slot) {
  Call& call = add(Op::kIdmap, "mount_setattr(MOUNT_ATTR_IDMAP)");
  call.args[0] = slot_value(tree_slot);
  call.args[1] = slot_value(kSlotUserns);
  return *this;
}

StepBuilder& StepBuilder::fill_scratch(std::string bytes, Argument number) {
  Call& call = add(Op::kFillScratch, "its arguments");
  call.bytes_length = static_cast<std::uint32_t>(bytes.size());
  call.bytes = builder_.keep(std::move(bytes));
  call.args[0] = number;
  return *this;
}

StepBuilder& StepBuilder::special(Op op, std::string text, Argument argument) {
  add(op, std::move(text)).args[0] = argument;
  return *this;
}

StepBuilder& StepBuilder::mount_table(int mountinfo_slot,
                                      std::vector<ExpectedMount> mounts) {
  builder_.plan.mount_tables->push_back(std::move(mounts));
  const std::vector<ExpectedMount>& kept = builder_.plan.mount_tables->back();
  Call& call =
      add(Op::kMountTable, "/proc/self/mountinfo holds exactly the planned " +
                               std::to_string(kept.size()) + " mounts");
  call.args[0] = slot_value(mountinfo_slot);
  call.mounts = kept.data();
  call.mounts_length = static_cast<std::uint32_t>(kept.size());
  return *this;
}

StepBuilder& StepBuilder::says(std::string text) {
  builder_.plan.steps[step_].calls.push_back(std::move(text));
  return *this;
}

StepBuilder& StepBuilder::shell(std::string line) {
  builder_.plan.steps[step_].shell.push_back(std::move(line));
  return *this;
}

StepBuilder& StepBuilder::dropped_by(std::function<void(Plan&)> drop) {
  builder_.plan.steps[step_].drop = std::move(drop);
  return *this;
}

StepBuilder& StepBuilder::essential() {
  builder_.plan.steps[step_].essential = true;
  return *this;
}

StepBuilder Builder::step(std::string name, Boundary boundary, Side side,
                          std::string reason, std::string remedy) {
  std::vector<Call>& calls = side == Side::kChild    ? plan.child
                             : side == Side::kBeside ? plan.beside
                                                     : plan.before;
  const auto known =
      std::find_if(plan.steps.begin(), plan.steps.end(),
                   [&](const Step& step) { return step.name == name; });
  if (known == plan.steps.end()) {
    plan.steps.push_back({std::move(name),
                          boundary,
                          side,
                          std::move(reason),
                          std::move(remedy),
                          {},
                          {},
                          {},
                          false});
    return {*this, static_cast<std::uint16_t>(plan.steps.size() - 1), calls};
  }
  return {*this, static_cast<std::uint16_t>(known - plan.steps.begin()), calls};
}

const char* Builder::keep(std::string bytes) {
  plan.bytes->push_back(std::move(bytes));
  return plan.bytes->back().c_str();
}

Argument Builder::text(std::string bytes) {
  return {Argument::Kind::kValue,
          reinterpret_cast<std::uint64_t>(keep(std::move(bytes)))};
}

Status Builder::lacks(const std::string& feature, const std::string& reason,
                      const std::string& remedy) {
  const std::string boundary = feature.substr(0, feature.find('.'));
  if (spec.prefer.contains(feature) || spec.prefer.contains(boundary)) {
    plan.degradations.push_back({feature, reason});
    return {};
  }
  return fail(feature + ": " + reason, 0,
              remedy + (remedy.empty() ? "" : "; ") +
                  "or allow its absence: --prefer " + feature);
}

std::string shell_word(const std::string& word) {
  const bool plain =
      !word.empty() &&
      word.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
          "_-./:=,+@%") == std::string::npos;
  if (plain) return word;
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace bulkhead
