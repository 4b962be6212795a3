"""Stop means stop: eight workloads that do not want to end are gone within a
second, whether their supervisor is asked to stop or was killed and gc comes.
BULKHEAD_STOPS is how often each is tried."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

import leftovers
from conftest import need

STOPS = max(1, int(os.environ.get("BULKHEAD_STOPS", "1")))
LIMIT_S = 1.0
pytestmark = pytest.mark.timeout(120 + 60 * STOPS)

# What it is, and the words that make it.
KINDS = {
    "ignores TERM": ["ignore"],
    "fork bomb": ["bomb"],
    "stopped": ["stop"],
    "frozen": ["ignore"],
    "vfork parent": ["vfork"],
    "daemons": ["daemons"],
    "ptrace-stopped": ["traced"],
    "much memory": ["memory", "384"],
}
# The preset's filter knows no ptrace.
MORE_FLAGS = {"ptrace-stopped": ["--unsafe", "--without", "seccomp"]}
SHAPES = {"pid namespace": [], "none": ["--unsafe", "--without", "pidns"]}


@pytest.fixture
def state(tmp_path):
    """A state directory of the test's own."""
    return {"BULKHEAD_STATE_DIR": str(tmp_path / "state")}


@pytest.fixture(scope="session")
def hostile(bulkhead):
    """The program that does not want to end."""
    path = (Path(bulkhead).resolve().parents[1] /
            "integration/hostile/bulkhead-hostile")
    need(path.exists(), f"{path}: build it")
    return path


@pytest.fixture
def start(bulkhead, rootfs, hostile, state):
    """Starts a workload and waits until it does what it is for."""
    shutil.copy(hostile, rootfs / "bin/hostile")

    def run(kind, flags):
        running = subprocess.Popen(
            [bulkhead, "run", *flags, *MORE_FLAGS.get(kind, []), "--pids",
             "128", "--memory", "512M", "--rootfs", rootfs, "--", "/bin/hostile", *KINDS[kind]],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], **state})
        assert running.stdout.readline() == b"ready\n", running.stderr.read()
        return running

    return run


def processes_in(cgroup):
    return Path(cgroup, "cgroup.procs").read_text(encoding="ascii").split()


@contextlib.contextmanager
def frozen(is_frozen):
    """Freezes what runs in the container: by v1's freezer, which is a hierarchy
    of its own, or by a file of its v2 cgroup."""
    place = Path("/sys/fs/cgroup/freezer/bulkhead-test-frozen")
    if not is_frozen:
        yield
        return
    if not place.parent.exists():
        [cgroup] = leftovers.cgroups()
        Path(cgroup, "cgroup.freeze").write_text("1", encoding="ascii")
        yield
        return
    container = leftovers.cgroups()
    place.mkdir()
    try:
        for pid in processes_in(container[0]):
            (place / "cgroup.procs").write_text(pid, encoding="ascii")
        (place / "freezer.state").write_text("FROZEN", encoding="ascii")
        yield
    finally:
        (place / "freezer.state").write_text("THAWED", encoding="ascii")
        place.rmdir()


def asked(running, run, state):
    """Asked twice: once as the workload would be, then to end it."""
    del run, state
    running.send_signal(signal.SIGTERM)
    running.send_signal(signal.SIGINT)
    return running.wait(timeout=30) in (128 + signal.SIGKILL,
                                        128 + signal.SIGTERM,
                                        128 + signal.SIGINT)


def killed(running, run, state):
    """Its supervisor is gone: gc has to do it."""
    running.kill()
    running.wait()
    run("gc", check=0, env=state)
    return True


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("how", [asked, killed], ids=["asked", "killed"])
def test_every_workload_is_gone_within_a_second(start, run, state, how, shape):
    times = {}
    for kind in KINDS:
        for _ in range(STOPS):
            before = leftovers.children()
            running = start(kind, SHAPES[shape])
            with frozen(kind == "frozen"):
                begin = time.monotonic()
                assert how(running, run, state), (kind, running.returncode)
                # Every process of it has this pipe open.
                assert running.stdout.read() == b"", kind
                took = time.monotonic() - begin
            running.stdout.close()
            running.stderr.close()
            leftovers.await_orphans(before)
            assert leftovers.cgroups() == [], kind
            assert os.listdir(state["BULKHEAD_STATE_DIR"]) == [], kind
            times.setdefault(kind, []).append(took)
    print()
    for kind, seconds in times.items():
        print(leftovers.times_of(kind, seconds))
    every = [one for seconds in times.values() for one in seconds]
    print(leftovers.times_of("all", every))
    late = {kind: seconds for kind, seconds in times.items()
            if max(seconds) > LIMIT_S}
    assert not late
