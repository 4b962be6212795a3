"""The files of the CI services run what people run, on every kernel."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.fast

ROOT = Path(__file__).resolve().parents[1]
GITHUB = ROOT / ".github/workflows/ci.yml"
GITLAB = ROOT / ".gitlab-ci.yml"


def scripts(text):
    """The scripts of ci/ that a command names."""
    return re.findall(r"(?<![\w./-])ci/[\w/]+", text)


def github():
    """{job: (its commands, the kernels of its matrix)}"""
    jobs = yaml.safe_load(GITHUB.read_text())["jobs"]
    return {name: ([step["run"] for step in job["steps"] if "run" in step],
                   job.get("strategy", {}).get("matrix", {}).get("kernel"))
            for name, job in jobs.items()}


def gitlab():
    document = yaml.safe_load(GITLAB.read_text())
    return {name: (job["script"],
                   job.get("parallel", {}).get("matrix", [{}])[0].get(
                       "KERNEL"))
            for name, job in document.items()
            if isinstance(job, dict) and "script" in job}


@pytest.mark.parametrize("jobs", [github, gitlab])
def test_there_is_a_job_for_each_kernel_and_one_for_the_program(jobs):
    kernels = tomllib.loads((ROOT / "ci/kernels.toml").read_text())["kernel"]
    tests, of_tests = jobs()["test"]
    assert of_tests is None
    assert [script for run in tests for script in scripts(run)] == ["ci/test"]
    matrix, of_matrix = jobs()["matrix"]
    assert of_matrix == list(kernels)
    assert [script for run in matrix for script in scripts(run)] == [
        "ci/matrix"]


@pytest.mark.parametrize("jobs", [github, gitlab])
def test_every_script_that_is_called_exists(jobs):
    for runs, _ in jobs().values():
        for script in scripts("\n".join(runs)):
            path = ROOT / script
            assert path.is_file() and path.stat().st_mode & 0o111, script
