"""The page of what the matrix found, and which part of the matrix is run."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

import battery

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.fast


# ---- ci/findings ------------------------------------------------------------


def record(probe, verdict, evidence=""):
    return {"probe": probe, "verdict": verdict, "evidence": evidence,
            "claim": f"{probe} is kept in."}


def write_report(folder, name, *records, lacks=()):
    words = ("contained", "escaped", "unsupported", "inconclusive")
    (folder / f"{name}.json").write_text(json.dumps({
        "machine": {"kernel": f"{name.partition('-')[0]}.7-cloud"},
        "subject": {"name": "crun", "version": "crun 1",
                    "not_offered": list(lacks)},
        "summary": {word: sum(one["verdict"] == word for one in records)
                    for word in words},
        "records": list(records)}), encoding="utf-8")


def findings(folder, *flags):
    return subprocess.run(
        [ROOT / "ci/findings", *flags, *sorted(folder.glob("*.json"))],
        capture_output=True, text=True, check=False)


@pytest.fixture
def reports(tmp_path):
    fds = record("fds/table-clean", "escaped",
                 "the attempt got through: 3 (a|b) (not offered by crun: x)")
    both = record("rootfs/nodev", "escaped", "the attempt got through: null")
    write_report(tmp_path, "6.12-crun", fds, both,
                 record("seccomp/ptrace", "inconclusive",
                        "over-blocked: the witness: EPERM"),
                 lacks=["fds: x"])
    write_report(tmp_path, "5.10-crun", both,
                 record("fds/table-clean", "contained"))
    write_report(tmp_path, "newest-crun.sid",
                 record("rootfs/nodev", "contained"))
    return tmp_path


PAGE = """\
| machine | subject | version | contained | escaped | unsupported \
| inconclusive |
|---|---|---|---:|---:|---:|---:|
| 5.10 (5.10.7-cloud) | crun | crun 1 | 1 | 1 | 0 | 0 |
| 6.12 (6.12.7-cloud) | crun | crun 1 | 0 | 2 | 0 | 1 |
| newest (newest.7-cloud) | crun.sid | crun 1 | 1 | 0 | 0 | 0 |

## crun

crun 1, on 5.10, 6.12.

It has no word for fds: x.

### Asked for, and not kept in

| probe | where | claim | seen | repeat |
|---|---|---|---|---|
| `rootfs/nodev` | everywhere | rootfs/nodev is kept in. | the attempt got \
through: null | `ci/matrix --machine 5.10 -- --subject crun -k \
'5.10-crun-rootfs/nodev'` |

### Kept in by nothing: it has no word for it

| probe | where | claim | seen | repeat |
|---|---|---|---|---|
| `fds/table-clean` | 6.12 | fds/table-clean is kept in. | the attempt got \
through: 3 (a\\|b) | `ci/matrix --machine 6.12 -- --subject crun -k \
'6.12-crun-fds/table-clean'` |

### Blocked too much

| probe | where | claim | seen | repeat |
|---|---|---|---|---|
| `seccomp/ptrace` | 6.12 | seccomp/ptrace is kept in. | the witness: EPERM \
| `ci/matrix --machine 6.12 -- --subject crun -k \
'6.12-crun-seccomp/ptrace'` |

## crun.sid

crun 1, on newest.

Nothing escaped, and nothing was blocked that is permitted.
"""


def test_the_page_is_what_the_reports_say(reports):
    done = findings(reports)
    assert done.returncode == 0, done.stderr
    assert done.stdout.partition("not listed.\n\n")[2] == PAGE


def test_a_finding_can_be_left_out(reports):
    done = findings(reports, "--without", "crun:fds/*")
    assert "fds/table-clean" not in done.stdout
    assert "| 6.12 (6.12.7-cloud) | crun | crun 1 | 0 | 1 |" in done.stdout


def test_leaving_out_what_was_not_found_is_an_error(reports):
    done = findings(reports, "--without", "crun:pidns/*")
    assert done.returncode == 4 and not done.stdout
    assert "crun:pidns/*: nothing was found there" in done.stderr


@pytest.mark.parametrize("name, text, says", [
    ("crun.json", None, "is not named MACHINE-SUBJECT.json"),
    ("6.1-crun.json", "{}", "no report of verify"),
    ("6.1-crun.json", "no", "no report of verify"),
])
def test_what_is_no_report_is_named(reports, name, text, says):
    good = (reports / "6.12-crun.json").read_text(encoding="utf-8")
    (reports / name).write_text(text or good, encoding="utf-8")
    done = findings(reports)
    assert done.returncode == 4
    assert name in done.stderr and says in done.stderr


def test_a_summary_that_does_not_match_is_an_error(reports):
    path = reports / "5.10-crun.json"
    path.write_text(path.read_text(encoding="utf-8").replace(
        '"escaped": 1', '"escaped": 0'), encoding="utf-8")
    assert "is not that of its 2 records" in findings(reports).stderr


def test_the_pages_commands_are_the_matrix_own(reports):
    """The ids in them are what pytest calls a cell."""
    group = battery.Group(battery.Column("6.12", "bookworm"), "crun")
    assert (f"-k '{group.name}-fds/table-clean'" in findings(reports).stdout)


# ---- --shard, --subject and --machine ---------------------------------------


class Config:
    """Options as pytest has them."""

    def __init__(self, machine=(), all_kernels=True, shard=(1, 1),
                 subject=None):
        self._options = {"--machine": list(machine), "--shard": shard,
                         "all_kernels": all_kernels, "--subject": subject}

    def getoption(self, name):
        return self._options[name]


def names(**options):
    return [group.name for group in battery.cells(Config(**options))]


@pytest.mark.parametrize("parts", [1, 2, 3, 5, 100])
def test_the_shards_are_the_matrix_each_cell_once(parts):
    whole = names()
    pieces = [name for part in range(1, parts + 1)
              for name in names(shard=(part, parts))]
    assert sorted(pieces) == sorted(whole)
    assert len(set(whole)) == len(whole)


def test_a_shard_has_columns_whole():
    first, second = (
        {group.column for group in battery.cells(Config(shard=(part, 2)))}
        for part in (1, 2))
    assert first and second and not first & second


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b", "1/0", ""])
def test_what_is_no_shard_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is no shard; 2/3"):
        battery.shard(text)


def test_a_subject_is_taken_on_every_machine_that_has_it():
    found = names(subject=["crun"])
    assert {"5.10-crun", "6.1-crun", "6.12-crun", "newest-crun"} == set(found)
    assert names(subject=["crun.sid"], machine=["newest"]) == [
        "newest-crun.sid"]


def test_a_subject_that_is_not_there_is_an_error_that_lists_them():
    with pytest.raises(pytest.UsageError,
                       match="no subject 'none' here; there are: .*bwrap"):
        battery.cells(Config(subject=["crun", "none"]))


def test_without_all_a_person_gets_the_fast_part():
    assert names(all_kernels=False) == ["host-bulkhead", "6.12-bulkhead"]


def test_the_matrix_is_as_large_as_it_is_meant_to_be():
    groups = battery.cells(Config())
    kernels = {group.machine for group in groups} - {"host"}
    everywhere = [
        {group.label for group in groups if group.machine == kernel}
        for kernel in kernels]
    assert len(kernels) >= 4
    assert len(set.intersection(*everywhere)) >= 8


def test_pytest_itself_takes_a_shard(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
         "--collect-only", "--shard", "5/4", "integration/test_battery.py"],
        cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 4 and "'5/4' is no shard" in done.stderr
