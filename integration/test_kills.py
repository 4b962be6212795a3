"""SIGKILL at random moments and at every system call, out of memory, no
descriptors, no processes: what was started ends with its supervisor, and one gc
leaves nothing. BULKHEAD_KILLS is the number of random moments; `all` system
calls are tried where it is 1000 or more."""

import itertools
import json
import os
import random
import signal
import subprocess
import time

import pytest

import host
import leftovers
from conftest import need, sentence

KILLS = max(1, int(os.environ.get("BULKHEAD_KILLS", "60")))
WHOLE = 1000
# Few enough that a test without BULKHEAD_KILLS takes seconds.
SAMPLE_OF_CALLS = 40
WAYS = ("cold", "tree", "parked")
WORKLOAD = ["sh", "-c", "sleep 1000 & sleep 1000 & echo ready; exec sleep 1000"]
pytestmark = pytest.mark.timeout(300 + KILLS)


@pytest.fixture
def state(tmp_path):
    """A state directory of the test's own."""
    return {"BULKHEAD_STATE_DIR": str(tmp_path / "state")}


@pytest.fixture
def one_gc(run, state):
    """Runs one gc, after which nothing may be left; how many seconds it
    took."""

    def collect():
        begin = time.monotonic()
        done = run("gc", "--format", "json", env=state, check=0)
        took = time.monotonic() - begin
        assert json.loads(done.stdout)["complete"]
        place = state["BULKHEAD_STATE_DIR"]
        left = os.listdir(place) if os.path.exists(place) else []
        assert leftovers.cgroups() + left == []
        return took

    return collect


@pytest.fixture
def launch(bulkhead, rootfs, state):
    """Starts the workload in a way; the supervisor, whose stdout says when it
    runs."""

    def start(way, prefix=()):
        return subprocess.Popen(
            [*prefix, bulkhead, "run", "--start", way, "--rootfs", rootfs,
             "--", *WORKLOAD], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], **state})

    return start


def kill_and_await(running, before):
    """The seconds from the supervisor's end to that of its last child."""
    running.kill()
    running.wait()
    if running.stdout:
        running.stdout.close()
    return leftovers.await_orphans(before)


def time_to_ready(launch, way):
    """How long such a start takes here and now, at most of a few."""
    longest = 0
    for _ in range(5):
        before = leftovers.children()
        begin = time.monotonic()
        running = launch(way)
        assert running.stdout.readline() == b"ready\n"
        longest = max(longest, time.monotonic() - begin)
        kill_and_await(running, before)
    return longest


def test_a_supervisor_may_be_killed_at_any_moment(launch, one_gc):
    moment = random.Random(KILLS)
    longest = {way: time_to_ready(launch, way) for way in WAYS}
    one_gc()
    orphans, gcs, early = [], [], 0
    for way in itertools.islice(itertools.cycle(WAYS), KILLS):
        before = leftovers.children()
        running = launch(way)
        leftovers.ended_within(running.pid,
                               moment.uniform(0, 1.2 * longest[way]))
        early += not leftovers.readable(running.stdout)
        orphans.append(kill_and_await(running, before))
        gcs.append(one_gc())
    print(leftovers.times_of("\norphans gone", orphans))
    print(leftovers.times_of("one gc", gcs))
    print(f"{early} of {KILLS} before the workload ran")
    # Not the longest: on a machine that does much else, that is its own time.
    assert leftovers.percentile(orphans, 0.9) <= leftovers.ORPHAN_LIMIT_S


def calls_of(launch, log, way):
    """How many system calls a supervisor makes until its workload runs."""
    before = leftovers.children()
    running = launch(way, ["strace", "-qq", "-o", log])
    assert running.stdout.readline() == b"ready\n"
    leftovers.kill_children(running.pid)
    running.wait()
    running.stdout.close()
    leftovers.await_orphans(before)
    with open(log, encoding="utf-8", errors="replace") as lines:
        return sum(1 for line in lines if "(" in line)


@pytest.mark.parametrize("way", ["cold", "parked"])
def test_a_supervisor_may_be_killed_at_every_system_call(
        launch, one_gc, tmp_path, way):
    """Its own only: a start's calls in the child are tried one by one in
    runtime/parent/start_death_test.cpp."""
    calls = calls_of(launch, tmp_path / "log", way)
    one_gc()
    step = 1 if KILLS >= WHOLE else max(1, calls // SAMPLE_OF_CALLS)
    orphans = []
    for number in range(1, calls + 1, step):
        before = leftovers.children()
        running = launch(way, ["strace", "-qq", "-o", "/dev/null",
                               f"--inject=all:signal=KILL:when={number}"])
        if running.stdout.readline():
            # It made fewer calls than the one that was counted.
            leftovers.kill_children(running.pid)
        running.stdout.read()  # Its end: nobody has it open any more.
        assert running.wait() == -signal.SIGKILL
        running.stdout.close()
        orphans.append(leftovers.await_orphans(before))
        one_gc()
    print(leftovers.times_of(f"\n{way}: {calls} calls, orphans", orphans))
    assert leftovers.percentile(orphans, 0.9) <= leftovers.ORPHAN_LIMIT_S


def test_a_verifier_may_be_killed_at_any_moment(bulkhead, one_gc, state):
    command = [bulkhead, "verify", "--probe", "utsns/*"]
    env = {"PATH": os.environ["PATH"], **state}
    begin = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, env=env, check=True)
    longest = time.monotonic() - begin
    moment = random.Random(KILLS)
    ends = []
    for _ in range(max(5, KILLS // 20)):
        before = leftovers.children()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL,
                              env=env) as running:
            leftovers.ended_within(running.pid, moment.uniform(0, longest))
            ends.append(kill_and_await(running, before))
        one_gc()
    print(leftovers.times_of("\nboxes gone", ends))


def test_the_container_may_be_killed_at_any_moment(launch, one_gc, state):
    """The supervisor says so and cleans up itself: no gc is needed."""
    longest = time_to_ready(launch, "cold")
    one_gc()
    moment = random.Random(KILLS)
    for _ in range(max(5, KILLS // 4)):
        before = leftovers.children()
        running = launch("cold")
        leftovers.ended_within(running.pid, moment.uniform(0, 1.2 * longest))
        while running.poll() is None:
            leftovers.kill_children(running.pid)
            os.sched_yield()
        assert running.returncode in (125, 128 + signal.SIGKILL)
        running.stdout.close()
        leftovers.await_orphans(before)
        assert leftovers.cgroups() == []
        assert os.listdir(state["BULKHEAD_STATE_DIR"]) == []


# ---- what runs out ---------------------------------------------------------


@pytest.fixture
def clean(state):
    """Nothing may be left without any gc."""
    yield
    place = state["BULKHEAD_STATE_DIR"]
    left = os.listdir(place) if os.path.exists(place) else []
    assert leftovers.cgroups() + left == []


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("way", WAYS)
def test_each_number_of_descriptors_is_enough_or_an_error(
        in_container, state, way):
    seen = set()
    for number in range(3, 64):
        done = in_container(
            "--start", way, command=["true"], env=state,
            prefix=["prlimit", f"--nofile={number}"])
        assert done.returncode in (0, 125), done.stderr
        if done.returncode:
            sentence(done)
        seen.add(done.returncode)
        if done.returncode == 0:
            break
    assert seen == {0, 125}


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("way", WAYS)
def test_a_limit_of_processes_is_an_error(in_container, state, way):
    need(os.geteuid() == 0, "root, to give it up")
    os.chmod(os.path.dirname(state["BULKHEAD_STATE_DIR"]), 0o777)
    done = in_container(
        "--start", way, "--prefer", "cgroup", command=["true"], env=state,
        check=125, prefix=["setpriv", "--reuid", "65534", "--regid", "65534",
                           "--clear-groups", "prlimit", "--nproc=0"])
    sentence(done)


def memory_cgroup():
    """Where memory can be limited here: (folder, file of the limit)."""
    for top, name in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
                      ("/sys/fs/cgroup", "memory.max")):
        if os.path.exists(f"{top}/memory.limit_in_bytes") or (
                os.path.exists(f"{top}/cgroup.controllers")):
            return top, name
    return None


def test_a_supervisor_without_memory_leaves_nothing(
        in_container, one_gc, state):
    """From too little to load the program to enough, in its own cgroup."""
    place = memory_cgroup()
    need(place, "a memory controller")
    folder = f"{place[0]}/limited"
    os.mkdir(folder)
    ends = set()
    try:
        for kib in (128, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096,
                    8192, 32768):
            with open(f"{folder}/{place[1]}", "w", encoding="ascii") as limit:
                limit.write(str(kib << 10))
            join = f"echo $$ >{folder}/cgroup.procs && exec \"$@\""
            before = leftovers.children()
            done = in_container(command=["true"], env=state,
                                prefix=["sh", "-c", join, "sh"])
            ends.add(done.returncode)
            leftovers.await_orphans(before)
            one_gc()
    finally:
        os.rmdir(folder)
    assert 0 in ends and -signal.SIGKILL in ends, ends


def test_a_container_without_memory_leaves_nothing(
        in_container, one_gc, state):
    """From too little for its child to start to enough. Until exec the child
    has its supervisor's memory: the kernel may kill both for it."""
    ends = {}
    for kib in (4, 16, 64, 128, 256, 384, 512, 768, 1024, 2048, 4096, 16384):
        before = leftovers.children()
        done = in_container("--memory", f"{kib}K", command=["true"], env=state)
        if done.returncode == 125:
            sentence(done)
        ends[kib] = done.returncode
        leftovers.await_orphans(before)
        one_gc()
    print(f"\nends by KiB: {ends}")
    assert set(ends.values()) <= {0, 125, 128 + signal.SIGKILL,
                                  -signal.SIGKILL}
    assert ends[4] != 0 and ends[16384] == 0


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_descriptors_are_no_trouble(in_container, state, closed):
    in_container(command=["true"], env=state, check=0,
                 prefix=["sh", "-c", f'exec "$@" {closed}', "sh"])
