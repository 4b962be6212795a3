"""The matrix as tests: machines x subjects x probes. A group is one subject on
one machine; it is verified once, when its first cell is asked for, and every
cell is one record of that report."""

import argparse
import json
import os
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import host

ROOT = Path(__file__).resolve().parents[1]
HOST_SUBJECTS = ("bulkhead", "crun", "runc", "bwrap")
VERIFY_TIMEOUT = 240


class NoVerdicts(Exception):
    """verify did not judge: an error of the harness, in no probe's name."""


@dataclass(frozen=True)
class Group:
    """A subject on a machine. `userland` names the guest image the subject
    comes from; empty on the host."""
    machine: str
    subject: str
    userland: str = ""

    @property
    def label(self):
        """The subject as the ids of tests and the waivers call it."""
        default = self.userland in ("", "bookworm")
        return self.subject if default else f"{self.subject}.{self.userland}"


def program():
    return Path(os.environ.get("BULKHEAD", ROOT / "build/dev/cli/bulkhead"))


@cache
def probes():
    """Ids of all probes of the program under test."""
    done = subprocess.run([program(), "probes", "--format", "json"],
                          capture_output=True, text=True, check=True)
    return [probe["id"] for probe in json.loads(done.stdout)["probes"]]


def report_of(done):
    """The report a finished `verify` printed. Statuses of verdicts (0, 1, 3)
    pass; anything else, or no report, is an error of the harness."""
    if done.returncode not in (0, 1, 3) or not done.stdout.strip():
        raise NoVerdicts(f"verify ended with {done.returncode}: "
                         f"{done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout)


def records_of(report):
    """Records by probe; every probe of the program has exactly one."""
    records = {record["probe"]: record for record in report["records"]}
    if len(records) != len(report["records"]):
        raise NoVerdicts("a probe has two records")
    return records


def verify_arguments(group):
    return ["verify", "--subject", group.subject, "--format", "json"]


def verify_here(group):
    """The report about a subject on this host."""
    return report_of(subprocess.run(
        [program(), *verify_arguments(group)], capture_output=True, text=True,
        timeout=VERIFY_TIMEOUT, check=False))



def seen(half):
    """One half of a record as a few words."""
    if half is None:
        return "not tried"
    return f"{half['outcome']}: {half['evidence']}"


def repeat(group, probe):
    """The one command that does a cell again."""
    return ("/usr/bin/python3 -m pytest integration/test_battery.py "
            f"--machine {group.machine} -k "
            f"'{group.machine}-{group.label}-{probe}'")


# ---- pytest ----------------------------------------------------------------


def pytest_addoption(parser):
    options = parser.getgroup("battery", "the matrix of test_battery.py")
    options.addoption("--subject", action="append", metavar="NAME",
                      help="only this subject (crun, crun.sid, …); repeatable")
    options.addoption("--shard", metavar="I/N", type=shard, default=(1, 1),
                      help="the I-th of N parts of the matrix, groups whole")
    options.addoption("--reports", metavar="DIR", type=Path,
                      help="leave every report of verify there, as JSON")


def shard(text):
    """(i, n) of "i/n", 1 <= i <= n."""
    try:
        part, parts = map(int, text.split("/"))
    except ValueError:
        part, parts = 0, 0
    if not 1 <= part <= parts:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no shard; 2/3 is the second of three")
    return part, parts


def groups(config):
    """The groups that are asked for, in order."""
    wanted = config.getoption("--subject") or []
    every = [Group("host", subject) for subject in HOST_SUBJECTS]
    labels = {group.label for group in every}
    unknown = set(wanted) - labels
    if unknown:
        raise pytest.UsageError(
            f"no subject {sorted(unknown)[0]!r}; there are: "
            f"{', '.join(sorted(labels))}")
    part, parts = config.getoption("--shard")
    every = [group for group in every
             if not wanted or group.label in wanted]
    return every[part - 1::parts]


def pytest_generate_tests(metafunc):
    if {"group", "probe"} <= set(metafunc.fixturenames):
        metafunc.parametrize("group, probe", [
            pytest.param(
                group, probe, id=f"{group.machine}-{group.label}-{probe}",
                marks=pytest.mark.xdist_group(f"{group}"))
            for group in groups(metafunc.config) for probe in probes()])


@pytest.fixture(scope="session")
def records(request, host_snapshot):
    """records(group): the group's records by probe; it is verified once, with
    a watch on the host around it."""
    folder = request.config.getoption("--reports")

    @cache
    def attempt(group):
        before = host_snapshot()
        try:
            report = verify_here(group)
        except Exception as error:  # Every cell of the group says so.
            return error
        changes = host.differences(before, host_snapshot())
        if changes:
            return AssertionError("the host changed: " + "; ".join(changes))
        if folder:
            keep(report, group, folder)
        return records_of(report)

    def get(group):
        found = attempt(group)
        if isinstance(found, Exception):
            pytest.fail(f"{group.machine}-{group.label}: {found}",
                        pytrace=False)
        return found

    return get


def keep(report, group, folder):
    """Leaves a report in `folder`, for the page."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{group.machine}-{group.label}.json"
    (folder / name).write_text(json.dumps(report), encoding="utf-8")
