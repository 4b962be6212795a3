"""Profiles of engines: moby's and Podman's seccomp.json have conditions that
OCI's seccomp object has not, rules on arguments for x32, and, of some calls,
two rules."""

import json

import pytest

from conftest import sentence

pytestmark = pytest.mark.fast

PER_LINUX32 = 8
QUERY = 0xffffffff


def rule(*names, action="SCMP_ACT_ALLOW", args=(), **conditions):
    return {"names": list(names), "action": action, "args": list(args),
            "comment": "", "includes": {}, "excludes": {}, **conditions}


def profile(*rules):
    """All is allowed that has no rule, so that the program always starts; the
    rest as engines write it."""
    return {"defaultAction": "SCMP_ACT_ALLOW",
            "archMap": [{"architecture": "SCMP_ARCH_X86_64",
                         "subArchitectures": ["SCMP_ARCH_X86",
                                              "SCMP_ARCH_X32"]}],
            "syscalls": list(rules)}


def denied(*names, error, number, **conditions):
    return rule(*names, action="SCMP_ACT_ERRNO", errno=error, errnoRet=number,
                **conditions)


@pytest.fixture
def under(in_container, tmp_path):
    """under(rules, flags, command, check): the command with that profile."""

    def start(rules, *flags, command, check=0):
        path = tmp_path / "seccomp.json"
        path.write_text(json.dumps(profile(*rules)))
        return in_container("--seccomp", path, *flags, command=command,
                            check=check)

    return start


def personality_denied(value):
    return denied("personality", error="EDOM", number=33, args=[
        {"index": 0, "value": value, "valueTwo": 0, "op": "SCMP_CMP_EQ"}])


CHROOT = ["busybox", "chroot", "/", "/bin/true"]
LINUX32 = ["busybox", "linux32", "/bin/true"]


def test_a_rule_counts_where_its_conditions_hold(under):
    rules = [denied("chroot", error="EDOM", number=33,
                    excludes={"caps": ["CAP_SYS_CHROOT"]}),
             denied("unshare", error="EDOM", number=33,
                    includes={"arches": ["s390x"]})]
    said = under(rules, command=CHROOT, check=1)
    assert "out of domain" in said.stderr
    under(rules, "--cap-add", "SYS_CHROOT", command=CHROOT)
    said = under(rules, command=["busybox", "unshare", "-m", "true"], check=1)
    assert "out of domain" not in said.stderr


def test_rules_on_arguments_go_with_i386_and_x32(under):
    said = under([personality_denied(PER_LINUX32), personality_denied(QUERY)],
                 command=LINUX32, check=1)
    assert "out of domain" in said.stderr
    under([personality_denied(0)], command=LINUX32)


def test_of_two_rules_the_first_holds_and_explain_says_so(run, under, rootfs,
                                                          tmp_path):
    rules = [denied("chroot", error="EDOM", number=33),
             denied("chroot", error="EPERM", number=1)]
    said = under(rules, "--cap-add", "SYS_CHROOT", command=CHROOT, check=1)
    assert "out of domain" in said.stderr
    plan = run("explain", "--seccomp", tmp_path / "seccomp.json", "--rootfs",
               rootfs, "--", "true").stdout
    assert "of two rules for chroot the first holds" in plan


def test_what_is_wrong_in_a_profile_is_said_with_its_place(under):
    said = sentence(under([rule("bpf", includes={"caps": ["CAP_SYSADMIN"]})],
                          command=["true"], check=125))
    assert "/syscalls/0/includes/caps/0" in said
    assert "CAP_SYSADMIN" in said
