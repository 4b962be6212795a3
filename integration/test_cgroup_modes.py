"""bulkhead in the other two worlds of cgroups, v1 and hybrid: where a kernel
still has them it holds as in v2, and where it has not it says what is missing
instead of going on without a limit.

By default one kernel for each mode and a few probes; --all is every kernel, in
both modes, with every probe that there is."""

import json

import pytest

from conftest import sentence
from machine_keys import require
from machine_options import PROGRAM
from machines import kernel, restored, stripped

pytestmark = [pytest.mark.machine, pytest.mark.timeout(1800)]

BULKHEAD = "/usr/bin/bulkhead"
MEMORY = "no cgroup hierarchy carries the controller memory"
# Debian's kernels from 6.12 on are built without memory's v1 half. Which are,
# is tried below; the names are here so that no branch of a test can be taken
# for the wrong reason.
WITH_V1 = {"5.10", "6.1"}
MODES = ("v1", "hybrid")
FEW = [("5.10", "v1"), ("6.1", "hybrid")]
FEW_WITHOUT = [("6.12", "hybrid"), ("newest", "v1")]
FEW_PROBES = ["cgroup/pids-max", "cgroup/memory-anon",
              "cgroup/no-new-hierarchy", "cgroupns/own-namespace"]


def pytest_generate_tests(metafunc):
    every = metafunc.config.getoption("all_kernels")
    keys = kernel.keys()
    if "probes" in metafunc.fixturenames:
        cells = [(key, mode) for key in keys if key in WITH_V1
                 for mode in MODES] if every else FEW
        metafunc.parametrize("key, mode, probes", [
            pytest.param(*cell, ["*"] if every else FEW_PROBES,
                         id="-".join(cell)) for cell in cells])
    elif metafunc.function is test_a_kernel_without_it_says_so:
        metafunc.parametrize("key, mode", [
            (key, mode) for key in keys for mode in MODES
        ] if every else FEW + FEW_WITHOUT)


@pytest.fixture
def guest(key, mode):
    require(key)
    with restored(key, cgroup=mode, memory_mib=1024) as machine:
        assert machine.facts["cgroup"] == mode
        machine.push(BULKHEAD, stripped(PROGRAM).read_bytes(), 0o755)
        yield machine


def verify(guest, probes):
    words = [word for probe in probes for word in ("--probe", probe)]
    done = guest.run([BULKHEAD, "verify", *words, "--format", "json"],
                     timeout=1500)
    return done.returncode, json.loads(done.stdout)


def test_bulkhead_holds_where_the_kernel_has_it(guest, probes):
    status, report = verify(guest, probes)
    records = report["records"]
    wrong = [(record["probe"], record["verdict"], record["evidence"])
             for record in records
             if record["verdict"] not in ("contained", "unsupported")
             or not record["evidence"].strip()]
    assert (status, wrong) == (0, [])
    assert report["machine"]["cgroups"] == "v1"
    contained = {record["probe"] for record in records
                 if record["verdict"] == "contained"}
    assert set(FEW_PROBES) <= contained


def mount_of_memory(guest):
    """What the kernel says when memory's v1 hierarchy is asked for."""
    return guest.run(["sh", "-c", "mkdir /tmp/tried && "
                      "mount -t cgroup -o memory tried /tmp/tried"])


def test_a_kernel_without_it_says_so(guest, key):
    tried = mount_of_memory(guest)
    assert (tried.returncode == 0) == (key in WITH_V1), tried.stderr
    # Its owner outside: a tmpfs takes no idmapped mount before 6.3.
    guest.run(["sh", "-ec", "mkdir -p /srv/root/bin; cp /bin/busybox "
               "/srv/root/bin; chown -R 524288:524288 /srv/root"], check=0)
    run = [BULKHEAD, "run", "--memory", "32M", "--rootfs", "/srv/root"]
    words = ["--", "/bin/busybox", "echo", "ran"]
    done = guest.run([*run, *words])
    if key in WITH_V1:
        assert (done.returncode, done.stdout) == (0, "ran\n"), done.stderr
        return
    assert "Invalid argument" in tried.stderr
    assert (done.returncode, done.stdout) == (125, "")
    assert MEMORY in sentence(done)
    # Only who allows it goes without, and the result says so.
    done = guest.run([*run, "--prefer", "cgroup", "--result", "/tmp/result",
                      *words])
    assert (done.returncode, done.stdout) == (0, "ran\n"), done.stderr
    lacks = json.loads(guest.pull("/tmp/result"))["degradations"]
    assert {"feature": "cgroup.memory.max", "reason": MEMORY} in lacks


@pytest.mark.parametrize("key, mode", [("newest", "v1")])
def test_no_verdict_is_given_where_the_limits_cannot_be_had(guest):
    status, report = verify(guest, FEW_PROBES[:1])
    summary = report["summary"]
    assert (status, summary["contained"]) == (3, 0)
    assert MEMORY in report["records"][0]["evidence"]
