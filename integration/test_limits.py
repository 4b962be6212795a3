"""Limits hold exactly, hit the container only, and are counted."""

import json
import subprocess

import pytest

pytestmark = pytest.mark.fast

# Forks idle processes until one is refused; prints how many there are.
FORK_UNTIL_REFUSED = "n=0; while sleep 1000 & do n=$((n+1)); echo $n; done"
# One process that needs 64 MB at once.
NEED_64_MB = ["dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1"]


@pytest.mark.parametrize("limit", [2, 10, 33])
def test_the_limit_of_processes_is_exact(in_container, limit):
    done = in_container("--pids", limit,
                        command=["sh", "-c", FORK_UNTIL_REFUSED])
    # The shell itself is one of them.
    assert done.stdout.split()[-1] == str(limit - 1)
    assert "can't fork" in done.stderr
    assert done.returncode != 0


def test_a_refused_fork_is_counted(in_container, tmp_path):
    result = tmp_path / "result.json"
    in_container("--pids", "4", "--result", result,
                 command=["sh", "-c", FORK_UNTIL_REFUSED])
    assert json.loads(result.read_text())["counters"]["pids_refused"] >= 1


def test_a_container_within_its_memory_is_left_alone(in_container):
    in_container("--memory", "256M", command=NEED_64_MB, check=0)


def test_too_much_memory_ends_the_container_with_137(in_container, tmp_path):
    result = tmp_path / "result.json"
    in_container("--memory", "16M", "--result", result, command=NEED_64_MB,
                 check=137)
    content = json.loads(result.read_text())
    assert content["exit"]["signal"] == 9
    assert content["counters"]["oom_kills"] >= 1


def test_a_container_out_of_memory_takes_no_other_with_it(
        bulkhead, in_container, rootfs):
    with subprocess.Popen(
            [bulkhead, "run", "--memory", "16M", "--rootfs", rootfs, "--",
             "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True) as neighbour:
        neighbour.stdin.write("before\n")
        neighbour.stdin.flush()
        assert neighbour.stdout.readline() == "before\n"
        in_container("--memory", "16M", command=NEED_64_MB, check=137)
        rest, _ = neighbour.communicate("after\n", timeout=30)
    assert (rest, neighbour.returncode) == ("after\n", 0)


def test_a_limit_too_low_to_start_in_is_told_by_a_caller_that_lives(
        in_container):
    # Kernel memory: what is set up before exec counts as the container's.
    tmpfs = [word for number in range(300)
             for word in ("--tmpfs", f"/mnt/{number}")]
    done = in_container("--memory", "256K", *tmpfs, command=["true"],
                        check=125)
    assert "memory.max may be too small" in done.stderr
