"""The whole verify, run again and again, leaves the host as it was."""

import os

import pytest

import host

RUNS = max(1, int(os.environ.get("BULKHEAD_SOAK_RUNS", "3")))
SUBJECTS = ("bulkhead", "crun", "runc", "bwrap")


@pytest.mark.timeout(300 * RUNS)
def test_verify_leaves_nothing_behind(run, host_snapshot):
    flags = [word for name in SUBJECTS for word in ("--subject", name)]
    for number in range(RUNS):
        before = host_snapshot()
        done = run("verify", *flags, timeout=240)
        assert done.returncode in (0, 1), done.stderr
        host.wait_for_end(host.processes().keys() - before["processes"].keys())
        changes = host.differences(before, host_snapshot())
        assert not changes, f"run {number + 1}: " + "\n".join(changes)
