"""ci/repeat: which cells it calls flaky, and how it ends."""

import json
import subprocess
from pathlib import Path

import pytest

from agreement import cells_of, differing

REPEAT = Path(__file__).resolve().parents[1] / "ci/repeat"

pytestmark = pytest.mark.fast


def test_cells_are_read_from_reports(tmp_path):
    (tmp_path / "6.12-crun.json").write_text(json.dumps({"records": [
        {"probe": "pidns/a", "verdict": "contained", "evidence": "EPERM"}]}))
    (tmp_path / "6.12-bookworm.sarif").write_text("{}")
    assert cells_of(tmp_path) == {
        "6.12-crun-pidns/a": ("contained", "EPERM")}


def test_what_differs_is_found_and_what_is_missing_differs():
    good, bad = ("contained", "EPERM"), ("escaped", "it got through")
    runs = [{"a": good, "b": good, "c": good},
            {"a": ("contained", "EACCES"), "b": bad, "c": good},
            {"a": good, "b": good}]
    assert differing(runs) == {
        "b": {"contained": ["EPERM", 2], "escaped": ["it got through", 1]},
        "c": {"contained": ["EPERM", 2], "nothing": ["no record", 1]}}


def test_runs_without_verdicts_are_not_green(tmp_path):
    done = subprocess.run(
        [REPEAT, "2", "--machine", "host", "--output", tmp_path, "--",
         "--collect-only"], text=True, check=False, capture_output=True)
    assert done.returncode == 3, done.stdout
    assert "a run without a verdict" in done.stdout


def test_one_run_is_none(tmp_path):
    done = subprocess.run([REPEAT, "1", "--output", tmp_path], text=True,
                          check=False, capture_output=True)
    assert done.returncode == 2
    assert "at least 2" in done.stderr
