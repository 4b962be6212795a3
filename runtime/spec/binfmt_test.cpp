// Which files are of which architecture, and what may be asked of them.
#include "runtime/spec/binfmt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/spec/flags.h"
#include "runtime/spec/oci.h"
#include "runtime/spec/presets.h"
#include "runtime/spec/validate.h"
#include "runtime/spec/without.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;

constexpr const char* kQemu = "/usr/bin/qemu-aarch64-static";

/// Every complaint about `spec` in one text.
std::string complaints(const Spec& spec) {
  std::string text;
  for (const Complaint& complaint : validate(spec)) {
    text += to_string(complaint) + "\n";
  }
  return text;
}

Spec with_interpreter() {
  Spec spec = make_preset(Preset::kHardened);
  spec.process.argv = {"/bin/true"};
  spec.rootfs.path = "/srv";
  spec.binfmt["aarch64"] = kQemu;
  return spec;
}

/// The first bytes of a program: `ident` is class and byte order.
std::string header(char elf_class, char data, std::string type_and_machine) {
  std::string bytes =
      "\x7f"
      "ELF";
  bytes += {elf_class, data, 1};
  bytes.resize(16, '\0');
  return bytes + std::move(type_and_machine);
}

TEST(ElfFormat, TellsArchitecturesApart) {
  using namespace std::string_literals;
  const auto arch = [](const std::string& bytes) -> std::string_view {
    const ElfFormat* format = elf_format_of(bytes);
    return format == nullptr ? "" : format->arch;
  };
  EXPECT_EQ("aarch64", arch(header(2, 1, "\x02\x00\xb7\x00"s)));
  EXPECT_EQ("aarch64", arch(header(2, 1, "\x03\x00\xb7\x00"s)));  // PIE
  EXPECT_EQ("i386", arch(header(1, 1, "\x03\x00\x03\x00"s)));
  EXPECT_EQ("s390x", arch(header(2, 2, "\x00\x02\x00\x16"s)));
  EXPECT_EQ("", arch(header(2, 1, "\x01\x00\xb7\x00"s))) << "an object file";
  EXPECT_EQ("", arch(header(2, 1, "\x02\x00\x3e\x00"s))) << "x86_64 is native";
  EXPECT_EQ("", arch("#!/bin/sh\n")) << "too short to be one";
}

TEST(ElfFormat, IgnoresTheOperatingSystemsByte) {
  using namespace std::string_literals;
  std::string linux_abi = header(2, 1, "\x02\x00\xb7\x00"s);
  linux_abi[7] = 3;
  ASSERT_NE(nullptr, elf_format_of(linux_abi));
}

TEST(BinfmtFlag, NamesArchitectureAndInterpreter) {
  SpecFlags flags;
  flags.command = {"/bin/true"};
  flags.binfmts = {"aarch64=/q", "arm=/usr//bin/./a"};
  const Result<Spec> spec = spec_from_flags(flags);
  ASSERT_TRUE(spec) << spec.error().message();
  EXPECT_EQ((Binfmt{{"aarch64", "/q"}, {"arm", "/usr/bin/a"}}), spec->binfmt);
}

TEST(BinfmtFlag, SaysWhatWouldBeRight) {
  SpecFlags flags;
  flags.command = {"/bin/true"};
  flags.binfmts = {"aarch64", "x86_64=/q", "arm=/a", "arm=/b", "arm="};
  const Result<Spec> spec = spec_from_flags(flags);
  ASSERT_FALSE(spec);
  const std::string text = spec.error().message();
  EXPECT_THAT(text, HasSubstr("--binfmt \"aarch64\": ARCH=FILE is wanted"));
  EXPECT_THAT(text, HasSubstr("--binfmt \"x86_64=/q\": one of aarch64, "));
  EXPECT_THAT(text, HasSubstr("\"arm=/b\": arm has an interpreter already"));
  EXPECT_THAT(text, HasSubstr("--binfmt \"arm=\": ARCH=FILE is wanted"));
}

TEST(BinfmtAnnotation, GoesThroughConfigJson) {
  const Spec spec = with_interpreter();
  const auto parsed = parse_oci(emit_oci(spec), "/");
  ASSERT_TRUE(parsed) << to_string(parsed.error().front());
  EXPECT_EQ(spec.binfmt, parsed->binfmt);
}

TEST(BinfmtAnnotation, IsComplainedAboutAtItsPlace) {
  std::string config = emit_oci(with_interpreter());
  const std::string good = R"({\"aarch64\":\")" + std::string(kQemu) + R"(\"})";
  const std::size_t at = config.find(good);
  ASSERT_NE(std::string::npos, at) << config;
  config.replace(at, good.size(), R"({\"aarch64\":7})");
  const auto parsed = parse_oci(config, "/");
  ASSERT_FALSE(parsed);
  const std::string text = to_string(parsed.error().front());
  EXPECT_THAT(text, HasSubstr("/annotations/bulkhead.binfmt"));
  EXPECT_THAT(text, HasSubstr("/aarch64"));
}

TEST(BinfmtValidation, HasNothingAgainstASoundOne) {
  EXPECT_EQ("", complaints(with_interpreter()));
}

TEST(BinfmtValidation, NeverTouchesTheHostsRegister) {
  for (const NamespaceKind kind :
       {NamespaceKind::kUser, NamespaceKind::kMount}) {
    for (const Namespace& other :
         {Namespace{}, Namespace{NamespaceMode::kJoin, "/proc/1/ns/user"}}) {
      Spec spec = with_interpreter();
      spec.ns(kind) = other;
      EXPECT_THAT(complaints(spec), HasSubstr("which is never touched"));
    }
  }
}

TEST(BinfmtValidation, IsNotSabotagedAtTheHostsExpense) {
  for (const char* step : {"userns.new", "mountns.new"}) {
    Spec spec = with_interpreter();
    spec.unsafe = true;
    spec.skipped_steps = {step};
    EXPECT_THAT(complaints(spec), HasSubstr("would be the host's")) << step;
  }
}

TEST(BinfmtValidation, NeedsAWholeProc) {
  Spec without = with_interpreter();
  std::erase_if(without.mounts, [](const Mount& mount) {
    return mount.kind == MountKind::kProc;
  });
  EXPECT_THAT(complaints(without), HasSubstr("needs a proc at /proc"));
  Spec part = with_interpreter();
  for (Mount& mount : part.mounts) mount.subset_pid = true;
  EXPECT_THAT(complaints(part), HasSubstr("needs a proc at /proc"));
}

TEST(BinfmtValidation, WantsAnAbsolutePathAndAKnownArchitecture) {
  Spec spec = with_interpreter();
  spec.binfmt = {{"vax", "qemu-vax"}};
  EXPECT_THAT(complaints(spec), HasSubstr("vax=qemu-vax: none of aarch64"));
  EXPECT_THAT(complaints(spec), HasSubstr("not an absolute host path"));
}

TEST(BinfmtSabotage, LeavesNoneForTheHost) {
  for (const Boundary boundary :
       {Boundary::kUserns, Boundary::kMountns, Boundary::kRootfs}) {
    Spec spec = with_interpreter();
    spec.unsafe = true;
    remove_boundary(spec, boundary);
    EXPECT_TRUE(spec.binfmt.empty()) << name_of(boundary);
    EXPECT_EQ("", complaints(spec)) << name_of(boundary);
  }
}

TEST(SeccompArchFlag, AddsI386ToTheDefaultProfileOnly) {
  SpecFlags flags;
  flags.command = {"/bin/true"};
  flags.seccomp_architectures = {"x86"};
  const Result<Spec> spec = spec_from_flags(flags);
  ASSERT_TRUE(spec) << spec.error().message();
  EXPECT_THAT(spec->seccomp->architectures,
              ::testing::ElementsAre("SCMP_ARCH_X86_64", "SCMP_ARCH_X86"));
  for (const SeccompRule& rule : spec->seccomp->rules) {
    EXPECT_THAT(rule.names, ::testing::Not(::testing::Contains("socketcall")));
  }
  flags.seccomp = "none";
  const Result<Spec> none = spec_from_flags(flags);
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message(), HasSubstr("default profile only"));
  flags.seccomp.reset();
  flags.seccomp_architectures = {"sparc"};
  const Result<Spec> other = spec_from_flags(flags);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message(), HasSubstr("x86, for i386 programs"));
}

}  // namespace
}  // namespace bulkhead
