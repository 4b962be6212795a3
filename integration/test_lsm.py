"""Security modules on every kernel: AppArmor with a profile and SELinux with a
policy that are loaded there, and Landlock by what the kernel's ABI has."""

import json
import re
import subprocess

import pytest

from carried import carry
from conftest import sentence
from foreign import unpacked
from machine_keys import pytest_generate_tests, require  # noqa: F401
from machine_options import PROGRAM, ROOT
from machines import Machine, restored, stripped

pytestmark = [pytest.mark.machine, pytest.mark.timeout(900)]

BULKHEAD = "/usr/bin/bulkhead"
# Its owner outside: a tmpfs takes no idmapped mount before 6.3.
MAKE_ROOT = """
mkdir -p /srv/root/bin /srv/root/proc /srv/root/dev /srv/root/sys /srv/root/tmp
cp /bin/busybox /srv/root/bin
chown -R 524288:524288 /srv/root
"""
PROFILE = "bulkhead-verify"
LABEL = "/proc/self/attr/apparmor/current"


class Guest:
    """A machine with the program and a root for it."""

    def __init__(self, machine):
        self.machine = machine
        machine.push(BULKHEAD, stripped(PROGRAM).read_bytes(), 0o755)
        machine.run(["sh", "-ec", MAKE_ROOT], check=0)

    def run(self, *words, flags=()):
        return self.machine.run([BULKHEAD, "run", *flags, "--rootfs",
                                 "/srv/root", "--", "/bin/busybox", *words])

    def verify(self, probes):
        done = self.machine.run([BULKHEAD, "verify", "--probe", probes,
                                 "--format", "json"], timeout=600)
        records = json.loads(done.stdout)["records"]
        return done.returncode, {record["probe"]: record
                                 for record in records}


@pytest.fixture
def guest(key):
    require(key)
    with restored(key, memory_mib=1024) as machine:
        yield Guest(machine)


# ---- AppArmor ---------------------------------------------------------------


@pytest.fixture
def confined(guest):
    """A guest in which the profile of the lsm probes is loaded."""
    parser = carry(guest.machine, unpacked("apparmor", "sbin/apparmor_parser"))
    source = ROOT / f"probes/lsm/{PROFILE}.apparmor"
    guest.machine.run([*parser, "--replace", "--skip-cache"],
                      input=source.read_text(), check=0)
    loaded = guest.machine.run(
        ["cat", "/sys/kernel/security/apparmor/profiles"], check=0).stdout
    assert f"{PROFILE} (enforce)" in loaded
    return guest


def test_a_profile_is_applied_and_denies(confined):
    flags = ["--apparmor", PROFILE]
    # Its twin first: nothing else gives the label, nothing else denies.
    for given, label, status in [([], "unconfined", 0),
                                 (flags, f"{PROFILE} (enforce)", 1)]:
        done = confined.run("cat", LABEL, flags=given)
        assert (done.returncode, done.stdout.strip()) == (0, label), (
            done.stderr)
        done = confined.run("touch", "/tmp/bulkhead-denied", flags=given)
        assert done.returncode == status, done.stderr
        assert ("Permission denied" in done.stderr) == bool(status)
    done = confined.run("touch", "/tmp/bulkhead-allowed", flags=flags)
    assert done.returncode == 0, done.stderr


def test_the_lsm_probes_are_contained_under_it(confined):
    status, records = confined.verify("lsm/*")
    assert {name: record["verdict"] for name, record in records.items()} == {
        "lsm/denied-action": "contained", "lsm/label-applied": "contained"}
    assert status == 0
    control = records["lsm/denied-action"]["control"]
    assert control["outcome"] == "reached"


def test_a_profile_that_is_not_loaded_refuses_the_start(guest):
    done = guest.run("true", flags=["--apparmor", PROFILE])
    assert (done.returncode, done.stdout) == (125, "")
    assert PROFILE in sentence(done)
    status, records = guest.verify("lsm/*")
    assert status == 3, "nothing was verified"
    for record in records.values():
        assert record["verdict"] == "unsupported"
        assert f"no profile {PROFILE} is loaded" in record["evidence"]


# ---- SELinux ----------------------------------------------------------------

CONTEXT = "system_u:system_r:bulkhead_verify_t"
TCP = ("nc", "-w", "1", "127.0.0.1", "9")


@pytest.fixture
def labelled(key, tmp_path):
    """A guest that booted with SELinux, our policy loaded and enforced."""
    require(key)
    policy = tmp_path / "policy"
    subprocess.run(["checkpolicy", "-U", "allow", "-c", "31", "-o", policy,
                    ROOT / "integration/bulkhead-verify.selinux"], check=True)
    with Machine.boot(key, memory_mib=1024, parameters=(
            "security=selinux", "selinux=1")) as machine:
        machine.push("/srv/policy", policy.read_bytes())
        machine.run(["sh", "-ec", """
            mount -t selinuxfs selinuxfs /sys/fs/selinux
            cat /srv/policy >/sys/fs/selinux/load
            echo 1 >/sys/fs/selinux/enforce"""], check=0)
        yield Guest(machine)


def test_a_context_is_applied_and_denies(labelled):
    for flags, context, said in [
            ([], "system_u:system_r:machine_t", "Connection refused"),
            (["--selinux", CONTEXT], CONTEXT, "socket: Permission denied")]:
        done = labelled.run("cat", "/proc/self/attr/current", flags=flags)
        assert (done.returncode, done.stdout.strip(" \n\0")) == (0, context), (
            done.stderr)
        assert said in labelled.run(*TCP, flags=flags).stderr
    # One that the policy does not know.
    done = labelled.run("true", flags=["--selinux", CONTEXT + "x"])
    assert (done.returncode, done.stdout) == (125, "")
    assert "the loaded policy must know the context" in sentence(done)


def test_a_context_without_selinux_refuses_the_start(guest):
    done = guest.run("true", flags=["--selinux", CONTEXT])
    assert (done.returncode, done.stdout) == (125, "")
    assert "boot with security=selinux" in sentence(done)


# ---- Landlock ---------------------------------------------------------------

# The ABI that each probe takes: files, TCP, scope.
NEEDS = {"landlock/foreign-directory": 2, "landlock/not-lifted": 2,
         "landlock/tcp-bind": 4, "landlock/tcp-connect": 4,
         "landlock/abstract-sockets": 6, "landlock/signals": 6}
# At least: a table of its own, so that neither half of the test is skipped
# where a kernel has it.
ABI = {"5.10": 0, "6.1": 2, "6.12": 6, "newest": 6}


def abi_of(guest):
    """As bulkhead's own runtime finds it; its probes try for themselves."""
    said = guest.machine.run([BULKHEAD, "doctor"]).stdout
    line = re.search(r"^(yes|no ) landlock +(.*)$", said, re.MULTILINE)
    number = re.match(r"ABI (\d+)", line[2])
    assert bool(number) == (line[1] == "yes"), line[0]
    return int(number[1]) if number else 0


def test_landlock_holds_as_far_as_the_abi_goes(guest, key):
    abi = abi_of(guest)
    assert abi == ABI[key] or key == "newest" and abi > ABI[key]
    status, records = guest.verify("landlock/*")
    assert {name: record["verdict"] for name, record in records.items()} == {
        name: "contained" if need <= abi else "unsupported"
        for name, need in NEEDS.items()}
    for name, record in records.items():
        if record["verdict"] == "unsupported":
            assert record["evidence"] == (
                f"this takes Landlock ABI {NEEDS[name]}, and this kernel has "
                f"{abi or 'none'}")
        else:
            assert record["control"]["outcome"] == "reached"
    assert status == (0 if abi else 3)
