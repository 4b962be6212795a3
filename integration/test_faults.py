"""`bulkhead verify --faults`: every call of a start fails, or lies, one at a
time. Bulkhead fails closed; a runtime with a planted bug is told so."""

import json
import shutil
import tempfile
from pathlib import Path

import pytest

from careless import PLANTS, write_runtime
from conftest import ROOT, need

OUTCOMES = {"closed", "unaffected", "open", "hang", "residue", "silent", "cut",
            "not-reached"}
BAD = {"open", "hang", "residue", "silent", "cut"}


@pytest.fixture(scope="module")
def sweep(run):
    """sweep("crun", "--sample", 9, check=1) is the report about one subject."""

    def start(subject, *arguments, check):
        done = run("verify", "--faults", "--subject", subject, *arguments,
                   "--format", "json", check=check, timeout=280)
        document = json.loads(done.stdout)
        assert document["schema"] == "bulkhead.verify.faults/1"
        return document["runs"][0]

    return start


@pytest.fixture
def folder():
    """Outside of what a crash box replaces."""
    with tempfile.TemporaryDirectory(prefix="faults-", dir=ROOT / "build") as name:
        yield Path(name)


def rows(report, *outcomes):
    return [row for row in report["rows"] if row["outcome"] in outcomes]


def test_bulkhead_fails_closed(sweep):
    # ci/faults draws more of them.
    report = sweep("bulkhead", "--sample", 20, "--seed", 7, check=0)
    assert not rows(report, *BAD)
    assert len(rows(report, "closed")) > 10
    assert report["battery"], "no probe held undisturbed"


def test_lies_are_refused_or_change_nothing(sweep):
    report = sweep("bulkhead", "--fault", "*=lie", "--sample", 20, check=0)
    assert len(report["rows"]) == 20
    assert not rows(report, *BAD)


@pytest.mark.parametrize("fault", ["kill(9)*=lie", "kill(9)*=EAGAIN",
                                   "mount(/,,0x44000)*=lie",
                                   "mount_setattr(cwd,/,0x8000)*=lie"])
def test_what_two_calls_do_one_of_them_may_lie_about(sweep, fault):
    """Without a user namespace, whose mounts would not pass on to the host
    anyway."""
    report = sweep("bulkhead", "--without", "userns", "--fault", fault, check=0)
    assert report["rows"], "no such call"
    assert not rows(report, *BAD), report["rows"]


@pytest.mark.parametrize("subject, faults, outcome", [
    ("bulkhead", ["read(pipe)#1.1=*"], "closed"),
    # The pool makes another. One error stands for all: each is followed by many
    # pairs, of which ci/faults draws.
    ("bulkhead-parked", ["read(socket)#1.1=EIO", "read(socket)#1.1=EINTR",
                         "read(socket)#1.1=lie"], "unaffected"),
    ("bulkhead-parked", ["write(socket)#*=lie"], "unaffected")])
def test_a_child_that_is_no_longer_heard_is_killed(sweep, subject, faults,
                                                   outcome):
    flags = [word for fault in faults for word in ("--fault", fault)]
    report = sweep(subject, *flags, check=0)
    ends = {row["fault"].rsplit("=", 1)[1]: row["outcome"]
            for row in report["rows"] if row["kind"] != "pair"}
    assert "lie" in ends
    assert ends.pop("EINTR", "unaffected") == "unaffected"
    assert set(ends.values()) == {outcome}, ends
    assert not rows(report, *BAD)


def test_every_error_of_bulkhead_is_a_sentence(sweep):
    report = sweep("bulkhead", "--fault", "mount_setattr(*=EPERM", check=0)
    told = rows(report, "closed")
    assert told
    for row in told:
        assert row["said"].startswith("bulkhead: "), row
        assert "Operation not permitted" in row["said"], row


def test_the_same_seed_draws_the_same_faults(sweep):
    # Two starts are not alike to the last call: one fault may be another.
    first, second = (
        {row["fault"] for row in sweep("bulkhead", "--sample", 8, "--seed", 3,
                                       check=0)["rows"][:8]}
        for _ in range(2))
    assert len(first & second) >= 7


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_bug_is_told(sweep, bulkhead, folder, plant):
    program = shutil.copy(bulkhead, folder / "bulkhead")
    runtime = write_runtime(folder / plant, program, plant)
    _, fault, outcome = PLANTS[plant]
    report = sweep(runtime, "--fault", fault, check=1)
    assert rows(report, outcome), report["rows"]


def test_another_runtime_is_swept_alike(sweep):
    need(shutil.which("crun"), "crun")
    report = sweep("crun", "--fault", "prctl(24,*=EPERM", "--sample", 10,
                   check=0)
    assert {row["outcome"] for row in report["rows"]} <= OUTCOMES
    assert rows(report, "closed")


@pytest.mark.fast
@pytest.mark.parametrize("arguments, complaint", [
    (("--sample", "3"), "--faults"),
    (("--faults", "--probe", "pidns/*"), "--faults goes with"),
    (("--faults", "--format", "sarif"), "tty or json"),
    (("--faults", "--subject", "no-such"), "no name, template or program"),
])
def test_what_cannot_be_asked_is_said(run, arguments, complaint):
    done = run("verify", *arguments)
    assert done.returncode == 4
    assert complaint in done.stderr
