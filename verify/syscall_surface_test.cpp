#include "verify/syscall_surface.h"

#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "runtime/plan/seccomp_compile.h"
#include "runtime/spec/seccomp_profile.h"
#include "verify/syscall_report.h"

namespace bulkhead::verify::syscall_surface_test {
namespace {

constexpr int kSentinel = ENOANO;

Seccomp hardened() { return hardened_profile(0, kSentinel); }

/// `seccomp` as libseccomp compiles it.
BpfFilters compiled(const Seccomp& seccomp) {
  const auto bytes = compile_seccomp(seccomp);
  if (!bytes) {
    ADD_FAILURE() << bytes.error().message();
    return {};
  }
  std::vector<sock_filter> code(bytes->size() / sizeof(sock_filter));
  std::memcpy(code.data(), bytes->data(), bytes->size());
  auto filter = BpfFilter::make(std::move(code));
  EXPECT_TRUE(filter) << filter.error().message();
  return {std::move(*filter)};
}

/// `seccomp` that allows `name` whatever its arguments.
Seccomp weakened(Seccomp seccomp, const std::string& name) {
  for (SeccompRule& rule : seccomp.rules) std::erase(rule.names, name);
  seccomp.rules.push_back({{name}, SeccompAction::kAllow, std::nullopt, {}});
  return seccomp;
}

/// A sweep that met exactly what `filters` decide; passed calls got EBADF.
InsideSweep honest(const BpfFilters& filters) {
  InsideSweep sweep;
  for (const SyscallArch& arch : syscall_arches()) {
    for (std::uint32_t number = 0; number < syscall_numbers(); ++number) {
      const std::uint32_t action =
          decide(filters, call_data(arch.audit, number | arch.bit, {}));
      SeenCall seen{.end = CallEnd::kReturned, .value = EBADF, .arguments = {}};
      if ((action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO) {
        seen.value = static_cast<int>(action & SECCOMP_RET_DATA);
      } else if (!passes(action)) {
        seen = {.end = CallEnd::kKilled, .value = SIGSYS, .arguments = {}};
      }
      sweep.entries[arch.name].calls[number] = seen;
    }
  }
  return sweep;
}

std::vector<std::string> names_found(const SyscallSurface& surface,
                                     SyscallFindingKind kind) {
  std::vector<std::string> names;
  for (const SyscallFinding& finding : surface.findings) {
    if (finding.kind == kind) names.push_back(surface.rows[finding.row].name);
  }
  return names;
}

using Names = std::vector<std::string>;
using enum SyscallFindingKind;

TEST(SyscallSurface, TheSpecsOwnFilterGivesNoFinding) {
  const BpfFilters filters = compiled(hardened());
  const InsideSweep inside = honest(filters);
  const SyscallSurface surface =
      compare_surface(&filters, &inside, SyscallPolicy(hardened()), kSentinel);
  EXPECT_TRUE(surface.findings.empty());
  EXPECT_TRUE(surface.stricter.empty());
  EXPECT_TRUE(surface.answered_otherwise.empty());
  const SyscallCounts counts = count_decisions(surface, native_arch());
  EXPECT_GT(counts.allowed, 200U);
  EXPECT_GT(counts.by_errno, 50U);
  EXPECT_EQ(counts.by_argument, 5U);  // clone ioctl personality socket{,pair}
  EXPECT_EQ(count_decisions(surface, syscall_arches()[1]).killed,
            syscall_numbers());
}

TEST(SyscallSurface, ThePresetsFiltersAreWhatTheirRulesSay) {
  for (const CapabilityMask granted : {CapabilityMask{0}, ~CapabilityMask{0}}) {
    for (const Seccomp& asked : {hardened_profile(granted, kSentinel),
                                 oci_profile(granted, kSentinel)}) {
      const BpfFilters filters = compiled(asked);
      const SyscallSurface surface =
          compare_surface(&filters, nullptr, SyscallPolicy(asked), kSentinel);
      EXPECT_TRUE(surface.findings.empty());
      EXPECT_TRUE(surface.stricter.empty());
    }
  }
}

TEST(SyscallSurface, OneCallMoreIsFound) {
  for (const std::string name : {"keyctl", "clone", "ioctl", "personality"}) {
    const BpfFilters filters = compiled(weakened(hardened(), name));
    const InsideSweep inside = honest(filters);
    const SyscallSurface surface = compare_surface(
        &filters, &inside, SyscallPolicy(hardened()), kSentinel);
    EXPECT_EQ(names_found(surface, kLetsThrough), Names{name});
    EXPECT_TRUE(names_found(surface, kOraclesDiffer).empty());
  }
}

TEST(SyscallSurface, AnEntryMoreIsFound) {
  Seccomp wider = hardened();
  wider.architectures.emplace_back("SCMP_ARCH_X86");
  // socketcall hides arguments from every filter: rules on them are refused.
  std::erase_if(wider.rules, [](const SeccompRule& rule) {
    return rule.names.front().starts_with("socket") && !rule.arguments.empty();
  });
  wider.rules.push_back(
      {{"socket", "socketpair"}, SeccompAction::kAllow, std::nullopt, {}});
  const BpfFilters filters = compiled(wider);
  const SyscallSurface surface =
      compare_surface(&filters, nullptr, SyscallPolicy(hardened()), kSentinel);
  const auto found = names_found(surface, kLetsThrough);
  EXPECT_GT(found.size(), 200U);
  EXPECT_NE(std::ranges::find(found, "socketcall"), found.end());
}

TEST(SyscallSurface, AComparisonOfTooManyBitsIsFound) {
  // As CVE-2019-10063: equality on 64 bits where the kernel looks at 32.
  Seccomp wrong = hardened();
  for (SeccompRule& rule : wrong.rules) std::erase(rule.names, "ioctl");
  wrong.rules.push_back({{"ioctl"},
                         SeccompAction::kAllow,
                         std::nullopt,
                         {{1, TIOCSTI, 0, SeccompCompare::kNotEqual}}});
  const BpfFilters filters = compiled(wrong);
  const SyscallSurface surface =
      compare_surface(&filters, nullptr, SyscallPolicy(hardened()), kSentinel);
  EXPECT_EQ(names_found(surface, kLetsThrough), Names{"ioctl"});
}

TEST(SyscallSurface, NoFilterLetsAllThrough) {
  const BpfFilters none;
  const SyscallSurface surface =
      compare_surface(&none, nullptr, SyscallPolicy(hardened()), kSentinel);
  EXPECT_GT(surface.findings.size(), 2 * syscall_numbers());
}

TEST(SyscallSurface, WhatWasMetAgainstTheFilterIsFound) {
  const BpfFilters filters = compiled(hardened());
  InsideSweep inside = honest(filters);
  auto& calls = inside.entries.at("x86_64").calls;
  calls[SYS_keyctl].value = EINVAL;     // Denied, but reached.
  calls[SYS_mount].value = ENOSYS;      // Denied by another errno.
  calls[SYS_getpid].value = kSentinel;  // Allowed, but refused.
  calls[SYS_read] = {.end = CallEnd::kKilled, .value = SIGSYS, .arguments = {}};
  inside.entries.at("i386").calls[20].end = CallEnd::kReturned;
  const SyscallSurface surface =
      compare_surface(&filters, &inside, SyscallPolicy(hardened()), kSentinel);
  EXPECT_EQ(names_found(surface, kOraclesDiffer),
            (Names{"read", "getpid", "mount", "keyctl", "getpid"}));
}

TEST(SyscallSurface, WhatAnAllowedCallAnswersIsItsOwnAffair) {
  const BpfFilters filters = compiled(hardened());
  InsideSweep inside = honest(filters);
  auto& calls = inside.entries.at("x86_64").calls;
  calls[SYS_read].value = ENOSYS;
  calls[SYS_getpid].value = 0;
  calls[SYS_exit].end = CallEnd::kEnded;
  calls[SYS_pause].end = CallEnd::kNotTried;
  calls[SYS_brk] = {.end = CallEnd::kKilled, .value = SIGILL, .arguments = {}};
  const SyscallSurface surface =
      compare_surface(&filters, &inside, SyscallPolicy(hardened()), kSentinel);
  EXPECT_TRUE(surface.findings.empty());
}

TEST(SyscallSurface, TheKernelsOwnExceptionsAreNoFindings) {
  constexpr std::uint32_t kUretprobe = 335;
  const BpfFilters filters = compiled(hardened());
  InsideSweep inside = honest(filters);
  inside.entries.at("x86_64").calls[kUretprobe] = {
      .end = CallEnd::kKilled, .value = SIGILL, .arguments = {}};
  const SyscallSurface surface =
      compare_surface(&filters, &inside, SyscallPolicy(hardened()), kSentinel);
  EXPECT_TRUE(surface.findings.empty());
  ASSERT_EQ(surface.past_every_filter.size(), 1U);
  EXPECT_EQ(surface.rows[surface.past_every_filter[0]].number, kUretprobe);
}

TEST(SyscallSurface, WithoutAFilterTheAttemptAloneCanFind) {
  const BpfFilters filters = compiled(weakened(hardened(), "keyctl"));
  InsideSweep inside = honest(filters);
  inside.entries.at("x86_64").calls[SYS_mount].value = EPERM;  // Whose?
  const SyscallSurface surface =
      compare_surface(nullptr, &inside, SyscallPolicy(hardened()), kSentinel);
  EXPECT_EQ(names_found(surface, kReached), Names{"keyctl"});
}

TEST(SyscallSurface, AStricterFilterIsANote) {
  Seccomp strict = hardened();
  for (SeccompRule& rule : strict.rules) std::erase(rule.names, "kill");
  const BpfFilters filters = compiled(strict);
  const InsideSweep inside = honest(filters);
  const SyscallSurface surface =
      compare_surface(&filters, &inside, SyscallPolicy(hardened()), kSentinel);
  EXPECT_TRUE(surface.findings.empty());
  ASSERT_EQ(surface.stricter.size(), 1U);
  EXPECT_EQ(surface.rows[surface.stricter[0]].name, "kill");
}

// ---- the report ------------------------------------------------------------

SyscallReport report_of(SyscallSurface surface) {
  SyscallReport report{.subject = "it",
                       .version = {},
                       .surface = std::move(surface),
                       .filters = std::vector<std::size_t>{815},
                       .unread = {},
                       .unseen = {},
                       .trouble = {},
                       .absent = {}};
  return report;
}

TEST(SyscallReport, AFindingOutweighsAMissingHalf) {
  SyscallReport report = report_of({});
  EXPECT_EQ(exit_status(report), 0);
  report.unread = "no tracer";
  EXPECT_EQ(exit_status(report), 3);
  report.surface.rows.push_back({.arch = &native_arch(),
                                 .number = 250,
                                 .name = "keyctl",
                                 .decided = {},
                                 .wanted = {},
                                 .named = true,
                                 .seen = {}});
  report.surface.findings.push_back({kReached, 0, "inside it met EINVAL"});
  EXPECT_EQ(exit_status(report), 1);
  EXPECT_EQ(exit_status(report_of({.rows = {},
                                   .findings = {},
                                   .stricter = {},
                                   .answered_otherwise = {},
                                   .past_every_filter = {},
                                   .lost = 1})),
            3);
}

TEST(SyscallReport, TellsWhatWasFoundInTextAndJson) {
  const BpfFilters filters = compiled(weakened(hardened(), "keyctl"));
  const InsideSweep inside = honest(filters);
  const SyscallReport report = report_of(
      compare_surface(&filters, &inside, SyscallPolicy(hardened()), kSentinel));
  const std::string text = to_text(report, false);
  EXPECT_NE(text.find("x86_64:keyctl: the filter says allow, the spec errno "),
            std::string::npos)
      << text.substr(text.size() - 500);
  EXPECT_NE(text.find("argument-conditional 5"), std::string::npos);
  EXPECT_EQ(text.find('\033'), std::string::npos);
  const auto document = to_json(report);
  ASSERT_EQ(document["findings"].size(), 1U);
  EXPECT_EQ(document["findings"][0]["name"], "keyctl");
  EXPECT_EQ(document["findings"][0]["kind"], "lets through");
  EXPECT_EQ(document["calls"].size(), 3 * syscall_numbers());
  EXPECT_EQ(document["exit"], 1);
}

}  // namespace
}  // namespace bulkhead::verify::syscall_surface_test
