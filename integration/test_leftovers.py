"""The whole verify leaves the host as it was, and finds that the reference
holds: BULKHEAD_SOAK_RUNS times, 1 unless it is given."""

import json
import os

import pytest

import host

RUNS = max(1, int(os.environ.get("BULKHEAD_SOAK_RUNS", "1")))
SUBJECTS = ("bulkhead", "crun", "runc", "bwrap")


@pytest.mark.timeout(300 * RUNS)
def test_verify_leaves_nothing_behind(run, host_snapshot):
    flags = [word for name in SUBJECTS for word in ("--subject", name)]
    for number in range(1, RUNS + 1):
        before = host_snapshot()
        done = run("verify", *flags, "--format", "json", timeout=240)
        assert done.returncode in (0, 1), done.stderr
        own = next(one for one in json.loads(done.stdout)["runs"]
                   if one["subject"]["name"] == "bulkhead")
        wrong = [(one["probe"], one["verdict"], one["evidence"])
                 for one in own["records"]
                 if one["verdict"] in ("escaped", "inconclusive")]
        assert not wrong, f"run {number}: {wrong}"
        host.wait_for_end(host.processes().keys() - before["processes"].keys())
        changes = host.differences(before, host_snapshot())
        assert not changes, f"run {number}: " + "\n".join(changes)
        print(f"run {number}: {own['summary']['contained']} contained",
              flush=True)
