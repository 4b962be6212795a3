"""bulkhead gc: what is left of a supervisor that was killed goes, what belongs
to a living one stays, and neither is ever mixed up."""

import contextlib
import json
import os
import signal
import subprocess
import threading

import pytest

import leftovers
from conftest import need, sentence

pytestmark = pytest.mark.fast
SLEEP = ["sh", "-c", "echo ready; exec sleep 1000"]
# In a mount namespace of its own, what is said before is done at /run.
IN_RUN = "mount -t tmpfs {} none /run && exec \"$@\""


@pytest.fixture
def state(tmp_path):
    """A state directory of the test's own."""
    return {"BULKHEAD_STATE_DIR": str(tmp_path / "state")}


@pytest.fixture
def gc(run, state):
    """What it did, as JSON; `check` is the status that is expected."""

    def collect(check=0, **others):
        done = run("gc", "--format", "json", check=check,
                   **{"env": state, **others})
        document = json.loads(done.stdout)
        assert document["schema"] == "bulkhead.gc/1"
        assert document["complete"] == (check == 0)
        return document

    return collect


@pytest.fixture
def supervisor(bulkhead, rootfs, state, gc):
    """Starts a container that sleeps; its supervisor."""
    with contextlib.ExitStack() as stack:
        def start(*flags):
            running = stack.enter_context(subprocess.Popen(
                [bulkhead, "run", *flags, "--rootfs", rootfs, "--", *SLEEP],
                stdout=subprocess.PIPE, text=True,
                env={"PATH": os.environ["PATH"], **state}))
            stack.callback(kill, running)
            assert running.stdout.readline() == "ready\n"
            return running
        yield start
    gc()


def kill(running):
    """SIGKILL; returns when the workload is gone too."""
    before = leftovers.children() - {running.pid}
    if running.returncode is not None:
        return
    running.kill()
    running.wait()
    leftovers.await_orphans(before)


def test_nothing_is_left_of_a_run_that_ended(in_container, gc, state):
    in_container(command=["true"], check=0, env=state)
    assert os.listdir(state["BULKHEAD_STATE_DIR"]) == []
    assert gc()["records"] == []


def test_without_a_state_directory_there_is_nothing_to_do(gc, state):
    assert gc()["records"] == []
    assert not os.path.exists(state["BULKHEAD_STATE_DIR"])


def test_a_killed_supervisor_is_cleaned_up_after(supervisor, gc):
    running = supervisor()
    made = leftovers.cgroups()
    kill(running)
    assert leftovers.cgroups() == made, "nobody is left to remove them"
    [record] = gc()["records"]
    assert not record["alive"]
    assert record["supervisor"]["pid"] == running.pid
    assert sorted(record["removed"]) == sorted(made)
    assert leftovers.cgroups() == []
    assert gc()["records"] == [], "again there is nothing to do"


def test_a_launcher_that_was_killed_is_cleaned_up_after(supervisor, gc):
    kill(supervisor("--start", "parked"))
    assert leftovers.cgroups()
    gc()
    assert leftovers.cgroups() == []


def test_a_living_supervisor_is_left_alone(supervisor, gc):
    running = supervisor()
    made = leftovers.cgroups()
    [record] = gc()["records"]
    assert record["alive"] and record["removed"] == []
    assert running.poll() is None
    assert leftovers.cgroups() == made


def test_a_living_supervisor_of_another_pid_namespace_is_left_alone(
        supervisor, gc):
    # Its pid is here another process's, or nobody's.
    running = supervisor()
    [record] = gc(prefix=["unshare", "-pf", "--mount-proc"])["records"]
    assert record["alive"]
    assert running.poll() is None


def test_the_next_start_cleans_up_too(supervisor, in_container, state):
    kill(supervisor())
    assert leftovers.cgroups()
    in_container(command=["true"], check=0, env=state)
    assert leftovers.cgroups() == []
    assert os.listdir(state["BULKHEAD_STATE_DIR"]) == []


def test_a_killed_verifier_is_cleaned_up_after(bulkhead, gc, state):
    before = leftovers.children()
    with subprocess.Popen([bulkhead, "verify"], stdout=subprocess.DEVNULL,
                          env={"PATH": os.environ["PATH"], **state}) as running:
        while not leftovers.cgroups():
            assert running.poll() is None
            os.sched_yield()
        # First those that keep its boxes: they would take them apart.
        leftovers.kill_children(running.pid)
        kill(running)
    leftovers.await_orphans(before)
    assert leftovers.cgroups()
    gc()
    assert leftovers.cgroups() == []


def test_parents_that_were_made_go_as_well(
        bulkhead, run, rootfs, tmp_path, gc, state):
    config = json.loads(run("spec", check=0).stdout)
    config["root"]["path"] = str(rootfs)
    config["process"].update(args=SLEEP, terminal=False)
    config["linux"]["cgroupsPath"] = "/bulkhead-above/bulkhead-below/leaf"
    (tmp_path / "config.json").write_text(json.dumps(config))
    before = leftovers.children()
    with subprocess.Popen([bulkhead, "run", "--bundle", tmp_path, "name"],
                          stdout=subprocess.PIPE, text=True,
                          env={"PATH": os.environ["PATH"], **state}) as running:
        assert running.stdout.readline() == "ready\n"
        running.kill()
    leftovers.await_orphans(before)
    assert leftovers.cgroups()
    gc()
    assert leftovers.cgroups() == []


def test_beside_starts_nothing_living_is_hit(in_container, gc, state):
    failed = []

    def start_some():
        for _ in range(10):
            done = in_container(command=["true"], env=state)
            if done.returncode:
                failed.append(done.stderr)

    starters = [threading.Thread(target=start_some) for _ in range(4)]
    for thread in starters:
        thread.start()
    while any(thread.is_alive() for thread in starters):
        gc()
    for thread in starters:
        thread.join()
    assert failed == []
    assert gc()["records"] == []


# ---- what must never pass for success --------------------------------------


def test_an_undo_that_is_skipped_is_caught(supervisor, gc, state):
    """A kernel that says of every rmdir that it worked: gc must look."""
    kill(supervisor())
    lying = ["strace", "-qq", "-o", "/dev/null", "--inject=rmdir:retval=0"]
    [record] = gc(check=1, prefix=lying)["records"]
    assert record["removed"] == []
    assert len(record["remains"]) == len(leftovers.cgroups())
    assert len(os.listdir(state["BULKHEAD_STATE_DIR"])) == 1
    gc()
    assert leftovers.cgroups() == []


def test_a_run_whose_undo_is_skipped_leaves_its_record(
        in_container, gc, state):
    lying = ["strace", "-qq", "-o", "/dev/null", "--inject=rmdir:error=EPERM"]
    sentence(in_container(command=["true"], env=state, prefix=lying,
                          check=125))
    assert leftovers.cgroups()
    gc()
    assert leftovers.cgroups() == []


def test_what_cannot_be_killed_remains_and_is_told(supervisor, gc):
    """Without cgroup.kill nobody ends a process that he does not see."""
    running = supervisor()
    cgroup = leftovers.cgroups()[0]
    kill(running)
    with subprocess.Popen(["sleep", "1000"]) as sleeper, \
            contextlib.ExitStack() as stack:
        stack.callback(sleeper.kill)
        with open(f"{cgroup}/cgroup.procs", "w", encoding="ascii") as procs:
            procs.write(str(sleeper.pid))
        elsewhere = ["unshare", "-pf", "--mount-proc"]
        if os.path.exists(f"{cgroup}/cgroup.kill"):
            gc(prefix=elsewhere)
        else:
            [record] = gc(check=1, prefix=elsewhere)["records"]
            assert "seen from here" in record["remains"][0]
            assert sleeper.poll() is None
            gc()
        assert leftovers.ended_within(sleeper.pid, 1)
    assert sleeper.returncode == -signal.SIGKILL
    assert leftovers.cgroups() == []


def test_what_is_mounted_elsewhere_remains(supervisor, gc, run, state):
    kill(supervisor())
    hidden = ["unshare", "-m", "sh", "-c",
              "mount -t tmpfs none /sys/fs/cgroup && exec \"$@\"", "sh"]
    [record] = gc(check=1, prefix=hidden)["records"]
    assert record["remains"] and record["removed"] == []
    done = run("gc", check=1, prefix=hidden, env=state)
    assert "remains" in done.stdout
    gc()


@pytest.mark.parametrize("text", [b"", b"odd", b"bulkhead.record/1\n",
                                  bytes(range(256))])
def test_a_file_that_is_no_record_is_told_and_kept(gc, state, text):
    place = state["BULKHEAD_STATE_DIR"]
    os.mkdir(place, 0o700)
    with open(f"{place}/1.2.3", "wb") as odd:
        odd.write(text)
    document = gc(check=1)
    assert len(document["unreadable"]) == 1
    assert os.listdir(place) == ["1.2.3"]


# ---- no place for a record -------------------------------------------------


@pytest.mark.parametrize("options", ["-o ro", "-o nr_inodes=1"])
def test_without_a_place_for_a_record_nothing_starts(
        in_container, options):
    done = in_container(
        command=["true"], check=125,
        prefix=["unshare", "-m", "sh", "-c", IN_RUN.format(options), "sh"])
    assert "state directory" in sentence(done)
    assert leftovers.cgroups() == []


def test_on_a_full_disk_nothing_starts(in_container, tmp_path):
    script = ("mount -t tmpfs -o size=4k none \"$0\" && mkdir -m 700 \"$0/a\" "
              "&& echo full >\"$0/full\" && exec \"$@\"")
    done = in_container(
        command=["true"], check=125,
        env={"BULKHEAD_STATE_DIR": f"{tmp_path}/a"},
        prefix=["unshare", "-m", "sh", "-c", script, tmp_path])
    assert "No space left on device" in sentence(done)
    assert leftovers.cgroups() == []


def test_a_state_directory_of_somebody_else_is_refused(
        in_container, run, tmp_path):
    place = tmp_path / "state"
    place.mkdir(mode=0o700)
    os.chown(place, 12345, 12345)
    env = {"BULKHEAD_STATE_DIR": str(place)}
    sentence(in_container(command=["true"], env=env, check=125))
    sentence(run("gc", env=env, check=125))
    assert leftovers.cgroups() == []


def test_a_user_without_cgroups_needs_no_place(in_container):
    need(os.geteuid() == 0, "root, to give it up")
    in_container("--prefer", "cgroup", command=["true"], check=0, prefix=[
        "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"])


def test_a_user_without_a_place_is_told_what_would_be_one(run):
    need(os.geteuid() == 0, "root, to give it up")
    done = run("gc", check=125, prefix=[
        "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"])
    assert "XDG_RUNTIME_DIR" in sentence(done)


def test_it_says_where_it_looks(run):
    assert "/run/bulkhead/state" in run("gc", "--help", check=0).stdout


def test_on_a_full_stdout_it_fails(run, state):
    with open("/dev/full", "wb") as full:
        sentence(run("gc", stdout=full, env=state, check=125))
