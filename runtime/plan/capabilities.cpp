// capabilities, ids and no_new_privs. Order: the bounding set while CAP_SETPCAP
// is there, and before a child is parked, since nothing but exec looks at it;
// securebits, groups, gid, uid, and the three process sets last
// (capabilities(7)).
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <cstdio>

#include "runtime/plan/builder.h"

namespace bulkhead {
namespace {

constexpr std::int64_t kRootNotSpecial = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
                                         SECBIT_NO_SETUID_FIXUP |
                                         SECBIT_NO_SETUID_FIXUP_LOCKED;
constexpr std::int64_t kNoAmbient =
    SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;

/// Which securebits take nothing away that the sets grant: with no capability
/// at all root must not be special; with some, an exec by root must keep them.
/// `keep`: with the flag of PR_SET_KEEPCAPS, which this would clear; exec does.
std::int64_t asked_securebits(const Capabilities& sets, bool keep) {
  std::int64_t bits = SECBIT_KEEP_CAPS_LOCKED;
  if (keep) bits |= SECBIT_KEEP_CAPS;
  if (sets.permitted == 0) bits |= kRootNotSpecial;
  if (sets.ambient == 0) bits |= kNoAmbient;
  return bits;
}

/// No exec, of whatever file, and no call ever gives a capability: then the
/// securebits have nothing left to decide, and locking them breaks nobody.
/// A config.json with a bounding set lets root's exec bring it back; one with
/// permitted capabilities lets root hand them on by keepcaps or as ambient.
bool can_never_have_any(const Process& process, const Capabilities& sets) {
  return (sets.permitted | sets.inheritable | sets.ambient) == 0 &&
         (sets.bounding == 0 || process.no_new_privs);
}

/// For who did not ask: PR_SET_KEEPCAPS goes on to succeed, as everywhere, and
/// what the caller has locked stays (another value would be EPERM).
std::int64_t unasked_securebits(NamespaceMode user_namespace) {
  constexpr std::int64_t kLocks = 0xaaaaaaaa;  // Of later kernels as well.
  // A user namespace begins with none, whoever enters it.
  const std::int64_t inherited = user_namespace == NamespaceMode::kHost
                                     ? prctl(PR_GET_SECUREBITS, 0, 0, 0, 0)
                                     : 0;
  const std::int64_t locks = inherited & kLocks;
  const std::int64_t fixed = locks | locks >> 1;
  return ((kRootNotSpecial | kNoAmbient) & ~fixed) | (inherited & fixed);
}

std::string words_of(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  const auto low = [](std::uint64_t mask) {
    return static_cast<std::uint32_t>(mask & 0xffffffffU);
  };
  const auto high = [](std::uint64_t mask) {
    return static_cast<std::uint32_t>(mask >> 32);
  };
  const std::array<std::uint32_t, 6> words = {low(a),  low(b),  low(c),
                                              high(a), high(b), high(c)};
  return {reinterpret_cast<const char*>(words.data()), sizeof words};
}

std::string status_line(const char* key, std::uint64_t mask) {
  std::array<char, 48> text;
  const int length = snprintf(text.data(), text.size(), "%s:\t%016llx", key,
                              static_cast<unsigned long long>(mask));
  return {text.data(), static_cast<std::size_t>(length)};
}

Argument header(Builder& builder) {
  __user_cap_header_struct head{};
  head.version = _LINUX_CAPABILITY_VERSION_3;
  return builder.record(head);
}

void drop_bounding(Builder& builder, const Capabilities& sets) {
  StepBuilder step = builder.step(
      "capabilities.bounding", Boundary::kCapabilities, Side::kChild,
      "No later exec can bring back what is not in it; up to the last "
      "capability of the running kernel, not of this program.");
  for (int capability = 0; capability <= builder.host.last_capability;
       ++capability) {
    if ((sets.bounding >> capability & 1) != 0) continue;
    step.call(SYS_prctl,
              "prctl(PR_CAPBSET_DROP, " + std::to_string(capability) + ")",
              {value(PR_CAPBSET_DROP), value(capability), value(0), value(0),
               value(0)});
  }
}

void plan_ids(Builder& builder) {
  if (!builder.spec.session.exact_ids) return;
  const Process& process = builder.spec.process;
  StepBuilder step = builder.step(
      "session.ids", Boundary::kSession, Side::kChild,
      "Groups, then gid, then uid: the other way round there would be no right "
      "left to drop the groups.",
      "map the ids in the user namespace, or choose mapped ones");
  if (!builder.plan.deny_setgroups) {
    const std::string groups(
        reinterpret_cast<const char*>(process.additional_gids.data()),
        process.additional_gids.size() * sizeof(std::uint32_t));
    const auto count =
        static_cast<std::int64_t>(process.additional_gids.size());
    step.call(SYS_setgroups, "setgroups()",
              {value(count), builder.text(groups)})
        .call(SYS_getgroups, "getgroups()", {value(4096), scratch()})
        .expect(count)
        .scratch_equals(groups);
  }
  const std::int64_t uid = process.uid;
  const std::int64_t gid = process.gid;
  const std::array<std::uint32_t, 3> uids = {process.uid, process.uid,
                                             process.uid};
  const std::array<std::uint32_t, 3> gids = {process.gid, process.gid,
                                             process.gid};
  step.call(SYS_setresgid, "setresgid(" + std::to_string(gid) + ")",
            {value(gid), value(gid), value(gid)})
      .call(SYS_setresuid, "setresuid(" + std::to_string(uid) + ")",
            {value(uid), value(uid), value(uid)})
      .call(SYS_getresgid, "getresgid()", {scratch(0), scratch(4), scratch(8)})
      .scratch_equals({reinterpret_cast<const char*>(gids.data()), sizeof gids})
      .call(SYS_getresuid, "getresuid()", {scratch(0), scratch(4), scratch(8)})
      .scratch_equals(
          {reinterpret_cast<const char*>(uids.data()), sizeof uids});
}

void plan_sets(Builder& builder, const Capabilities& sets) {
  StepBuilder step =
      builder.step("capabilities.sets", Boundary::kCapabilities, Side::kChild,
                   "Permitted, effective and inheritable as asked for, ambient "
                   "beside them.");
  step.call(SYS_prctl, "prctl(PR_CAP_AMBIENT_CLEAR_ALL)",
            {value(PR_CAP_AMBIENT), value(PR_CAP_AMBIENT_CLEAR_ALL), value(0),
             value(0), value(0)})
      .call(SYS_capset, "capset()",
            {header(builder),
             builder.text(
                 words_of(sets.effective, sets.permitted, sets.inheritable))});
  for (int capability = 0; capability <= builder.host.last_capability;
       ++capability) {
    if ((sets.ambient >> capability & 1) == 0) continue;
    step.call(SYS_prctl,
              "prctl(PR_CAP_AMBIENT_RAISE, " + std::to_string(capability) + ")",
              {value(PR_CAP_AMBIENT), value(PR_CAP_AMBIENT_RAISE),
               value(capability), value(0), value(0)});
  }
  step.read_file(builder.proc_slot, "self/status")
      .scratch_has_line(status_line("CapInh", sets.inheritable))
      .scratch_has_line(status_line("CapPrm", sets.permitted))
      .scratch_has_line(status_line("CapEff", sets.effective))
      .scratch_has_line(status_line("CapBnd", sets.bounding))
      .scratch_has_line(status_line("CapAmb", sets.ambient));
}

/// Whether an id other than root's is to have capabilities.
bool keeps_any(const Process& process, const Capabilities& sets) {
  return process.uid != 0 && sets.permitted != 0;
}

void plan_securebits(Builder& builder, const Capabilities& sets) {
  const Process& process = builder.spec.process;
  if (!process.lock_securebits && !can_never_have_any(process, sets)) return;
  const std::int64_t bits =
      process.lock_securebits
          ? asked_securebits(sets, keeps_any(process, sets))
          : unasked_securebits(builder.spec.ns(NamespaceKind::kUser).mode);
  builder
      .step("capabilities.securebits", Boundary::kCapabilities, Side::kChild,
            "Root is not special, and stays so: the bits are locked.")
      .call(
          SYS_prctl, "prctl(PR_SET_SECUREBITS)",
          {value(PR_SET_SECUREBITS), value(bits), value(0), value(0), value(0)})
      .call(SYS_prctl, "prctl(PR_GET_SECUREBITS)",
            {value(PR_GET_SECUREBITS), value(0), value(0), value(0), value(0)})
      .expect(bits);
}

/// Sabotaged, the container has what its caller has.
bool are_set(const Builder& builder) {
  return builder.spec.process.capabilities &&
         !builder.spec.without.contains(Boundary::kCapabilities);
}

}  // namespace

Status plan_bounding(Builder& builder) {
  if (!are_set(builder)) return {};
  const std::uint64_t known =
      (std::uint64_t{2} << builder.host.last_capability) - 1;
  const Capabilities& sets = *builder.spec.process.capabilities;
  const std::uint64_t asked =
      sets.bounding | sets.permitted | sets.inheritable | sets.ambient;
  if ((asked & ~known) != 0) {
    return fail(
        "capabilities: asked for one that this kernel does not know", 0,
        "the highest is " + std::to_string(builder.host.last_capability));
  }
  if (!builder.is_new(NamespaceKind::kUser) &&
      (asked & ~builder.host.effective_capabilities) != 0) {
    return fail("capabilities: asked for one that the caller lacks", 0,
                "grant no more than the caller has, or use a user namespace");
  }
  drop_bounding(builder, sets);
  return {};
}

void plan_capabilities(Builder& builder) {
  if (!are_set(builder)) {
    plan_ids(builder);
    return;
  }
  const Process& process = builder.spec.process;
  const Capabilities& sets = *process.capabilities;
  if (keeps_any(process, sets)) {
    // Before the securebits, which lock it.
    builder
        .step("capabilities.keep", Boundary::kCapabilities, Side::kChild,
              "The sets survive the change of uid; exec clears the flag.")
        .call(SYS_prctl, "prctl(PR_SET_KEEPCAPS, 1)",
              {value(PR_SET_KEEPCAPS), value(1), value(0), value(0), value(0)});
  }
  plan_securebits(builder, sets);
  plan_ids(builder);
  plan_sets(builder, sets);
}

Status plan_no_new_privs(Builder& builder) {
  if (!builder.spec.process.no_new_privs) return {};
  builder
      .step("no_new_privs.set", Boundary::kNoNewPrivs, Side::kChild,
            "No setuid file and no file capability gives anything.")
      .call(
          SYS_prctl, "prctl(PR_SET_NO_NEW_PRIVS, 1)",
          {value(PR_SET_NO_NEW_PRIVS), value(1), value(0), value(0), value(0)})
      .call(
          SYS_prctl, "prctl(PR_GET_NO_NEW_PRIVS)",
          {value(PR_GET_NO_NEW_PRIVS), value(0), value(0), value(0), value(0)})
      .expect(1);
  return {};
}

}  // namespace bulkhead
