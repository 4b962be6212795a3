"""Subjects that do not isolate, or claim to: on every kernel no verdict about
them is "contained" for what they do not do, and the exit status says so.

By default crun loses one property, the liars are asked little, and who does
nothing is asked everything on one kernel only; --all takes every property of
test_stripped.py in turn, and a probe of each boundary."""

import itertools
import json
import re
import shlex
import subprocess

import pytest

import groups
import test_stripped
from conftest import need
from machine_keys import require
from machine_options import PROGRAM
from machines import kernel, restored, stripped
from test_stripped import PROPERTIES, SAME_WITHOUT

pytestmark = [pytest.mark.machine, pytest.mark.timeout(1800)]

BULKHEAD = "/usr/local/bin/bulkhead"
PLACE = "/srv/saboteurs"
STRIPPER = PROGRAM.parents[1] / "integration/saboteur/bulkhead-stripper"

FEW_PROBES = ["pidns/own-namespace", "rootfs/read-only", "seccomp/kcmp",
              "session/groups-exact"]
# Of each boundary that every kernel has.
PROBES = [
    *FEW_PROBES, "mountns/old-root-gone", "netns/own-namespace",
    "ipcns/posix-mq-canary", "utsns/hostname-private", "userns/own-namespace",
    "cgroupns/own-namespace", "timens/own-namespace", "devices/mknod-refused",
    "cgroup/pids-max", "capabilities/net-raw", "no_new_privs/set",
    "rlimits/nofile-enforced", "fds/table-clean"]

FORGER = """#!/bin/sh
mac=0123456789abcdef
frame() { echo "bhp1 ${#1} $mac $1"; }
frame '{"kind":"plan","version":2,"nonce":"0","probes":[PROBES]}'
for probe in WORDS; do
  frame '{"kind":"record","nonce":"0","probe":"'$probe'","half":"witness",'\\
'"outcome":"reached","errno":0,"signal":0,"evidence":"it works"}'
  frame '{"kind":"record","nonce":"0","probe":"'$probe'","half":"attempt",'\\
'"outcome":"refused","errno":1,"signal":0,"evidence":"refused"}'
done
frame '{"kind":"end","nonce":"0","records":COUNT}'
""".replace("WORDS", " ".join(PROBES)).replace(
    "PROBES", ",".join(f'"{probe}"' for probe in PROBES)).replace(
        "COUNT", str(2 * len(PROBES)))
# Isolates nothing but the root, and touches up what the probes say of it.
RETOUCHER = """#!/bin/sh
root=$1
shift
chroot "$root" "$@" | busybox sed '/"half":"attempt"/s/"reached"/"refused"/'
"""
BOASTER = """#!/bin/sh
echo "1..1"
echo "ok 1 - everything is contained"
"""
SABOTEURS = {
    "/bin/true": None,
    "/bin/false": None,
    f"{PLACE}/boaster": BOASTER,
    f"{PLACE}/forger": FORGER,
    f"{PLACE}/retoucher {{rootfs}} {{argv}}": RETOUCHER,
}
FEW_SABOTEURS = [name for name in SABOTEURS
                 if name not in ("/bin/false", f"{PLACE}/boaster")]

# Who does nothing is asked all probes on this kernel, elsewhere those that did
# hold once: before 6.3 a tmpfs belongs to the root of another user namespace,
# and the /proc of the crash box is of its own PID namespace.
LEAST = "6.1"
BY_LUCK = ["no_new_privs/*", "rootfs/proc-belongs-to-ns"]

# What crun loses by default, a kernel each in turn, and how many of all
# properties at a time.
FEW_LOST = ["seccomp", "pids", "no_new_privs", "hostname"]
AT_ONCE = 8
# Limits that may be as low as they can be without being asked for.
OWN_LIMITS = {"rlimit-NICE": "Max nice priority",
              "rlimit-RTPRIO": "Max realtime priority"}


def pytest_generate_tests(metafunc):
    every = metafunc.config.getoption("all_kernels")
    if "lost" in metafunc.fixturenames:
        names = list(PROPERTIES)
        parts = [names[begin:begin + AT_ONCE]
                 for begin in range(0, len(names), AT_ONCE)]
        cells = ([(key, part) for key in kernel.keys() for part in parts]
                 if every else
                 [(key, [name]) for key, name in
                  zip(kernel.keys(), itertools.cycle(FEW_LOST))])
        metafunc.parametrize("key, lost", cells, ids=[
            f"{key}-{'+'.join(part)}" for key, part in cells])
    else:
        metafunc.parametrize("key", kernel.keys())
    if "probes" in metafunc.fixturenames:
        metafunc.parametrize(
            "probes, saboteurs",
            [(PROBES, SABOTEURS) if every else (FEW_PROBES, FEW_SABOTEURS)],
            ids=["all" if every else "few"])


@pytest.fixture
def guest(key):
    """A machine with crun, and the program under test."""
    image = subprocess.run([groups.ROOT / "ci/guest", "path", "bookworm"],
                           capture_output=True, text=True, check=False)
    need(image.returncode == 0, f"a guest: {image.stderr.strip()}")
    require(key)
    with restored(key, image=image.stdout.strip(),
                  memory_mib=groups.MACHINE_MIB) as machine:
        machine.push(BULKHEAD, stripped(PROGRAM).read_bytes(), 0o755)
        yield machine


def verify(machine, subjects, probes):
    """(exit status, {subject: report})"""
    words = [word for flag, values in (("--subject", subjects),
                                       ("--probe", probes))
             for value in values for word in (flag, value)]
    done = machine.run([BULKHEAD, "verify", *words, "--format", "json"],
                       timeout=1500)
    return done.returncode, groups.reports_of(done, subjects)


# ---- who runs nothing, or lies ----------------------------------------------


def test_without_a_container_nothing_is_contained(guest, key, pytestconfig):
    # Any probe may hold by what the machine happens to be.
    everything = pytestconfig.getoption("all_kernels") or key == LEAST
    status, reports = verify(guest, ["none"], ["*"] if everything else BY_LUCK)
    assert [record["probe"] for record in reports["none"]["records"]
            if record["verdict"] == "contained"] == []
    assert status == 1


def test_nothing_is_contained_by_who_runs_nothing_or_lies(
        guest, probes, saboteurs):
    for subject in saboteurs:
        if SABOTEURS[subject]:
            guest.push(subject.split()[0], SABOTEURS[subject], 0o755)
    status, reports = verify(guest, saboteurs, probes)
    seen = {subject: {record["probe"]: record["verdict"]
                      for record in report["records"]}
            for subject, report in reports.items()}
    # No record that could be believed, so no escape either.
    assert seen == {subject: dict.fromkeys(sorted(probes), "inconclusive")
                    for subject in saboteurs}
    assert status == 3


# ---- crun, which does all but one thing -------------------------------------


def stripper(name, edits):
    """A runtime's path, and the script that it is."""
    return f"{PLACE}/{name.replace('/', '_')}/crun", (
        f"#!/bin/sh\nexec {PLACE}/stripper {shlex.quote(json.dumps(edits))} "
        'crun "$@"\n')


def lacking(guest, name, baseline):
    """Why the property cannot be stripped on this machine; empty if it can."""
    kind, _, path = name.partition("-/")
    if kind in ("masked", "read-only"):
        there = guest.run(["test", "-e", f"/{path}"]).returncode == 0
        return "" if there else f"this kernel has no /{path}"
    if name in OWN_LIMITS:
        limits = guest.run(["cat", "/proc/self/limits"], check=0).stdout
        lowest = re.search(rf"^{OWN_LIMITS[name]} +0 +0 ", limits,
                           re.MULTILINE)
        return "the caller's own limit is no higher" if lowest else ""
    if kind.startswith("rlimit"):
        return ""
    return test_stripped.lacking(name, baseline)


def escapes(report):
    """What got through, each way of it."""
    found = set()
    for record in report["records"]:
        if record["verdict"] == "escaped":
            found |= (test_stripped.ways(record) if record["attempt"]
                      else {record["probe"]})
    return found


def test_a_property_that_crun_loses_is_missed(guest, lost):
    guest.push(f"{PLACE}/stripper", STRIPPER.read_bytes(), 0o755)
    globs = sorted({glob for name in lost for glob in PROPERTIES[name][1]})
    whole, script = stripper("whole", [])
    guest.push(whole, script, 0o755)
    runtimes = {}
    for name in lost:
        runtimes[name], script = stripper(name, PROPERTIES[name][0])
        guest.push(runtimes[name], script, 0o755)
    status, reports = verify(guest, [whole, *runtimes.values()], globs)
    baseline = {"runtime": "crun", "escapes": escapes(reports[whole]),
                "report": reports[whole]}
    absent = {name for name in lost if lacking(guest, name, baseline)}
    unnoticed = {}
    for name in set(lost) - absent:
        subject = runtimes[name]
        noticed = escapes(reports[subject]) - baseline["escapes"]
        expected = ("crun", name) not in SAME_WITHOUT and (
            not test_stripped.lost_anyway(name, baseline))
        if expected and not noticed:
            unnoticed[name] = reports[subject]["summary"]
    assert not unnoticed, baseline["escapes"]
    # Where there is nothing to strip the runtime does not start, or does the
    # same.
    assert status in ({1, 3} if absent else {1})
