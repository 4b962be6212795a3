"""The file of waivers is read strictly."""

import fnmatch

import pytest

import battery
import expectations
import groups
from expectations import BadWaivers, Cell

pytestmark = pytest.mark.fast

GOOD = """
[[waiver]]
machine = "5.*"
subject = "crun"
verdict = "escaped"
probes = ["seccomp/bpf"]
reason = "the profile says so"
"""


def test_the_file_of_the_project_is_sound():
    assert expectations.load() is not None


def test_a_waiver_covers_its_cells_and_no_other():
    waivers = expectations.parse(GOOD)
    cell = Cell("5.10", "crun", "seccomp/bpf")
    assert expectations.waiver_of(waivers, cell) is waivers[0]
    for other in (Cell("6.1", "crun", "seccomp/bpf"),
                  Cell("5.10", "crun.sid", "seccomp/bpf"),
                  Cell("5.10", "crun", "seccomp/kcmp")):
        assert expectations.waiver_of(waivers, other) is None


@pytest.mark.parametrize("change, says", [
    (("[[waiver]]", "[[waver]]"), "unknown table 'waver'"),
    (('reason = "the profile says so"', ""), "needs exactly"),
    (("reason =", 'because = "x"\nreason ='), "needs exactly"),
    (('"escaped"', '"leaked"'), "verdict 'leaked'; one of"),
    (("the profile says so", "known"), "explains nothing"),
    (('["seccomp/bpf"]', "[]"), "at least one"),
    (('["seccomp/bpf"]', '["a/b", "a/b"]'), "each once"),
    (('"crun"', '"*"'), "bulkhead itself is never"),
    (('"crun"', '"crun'), "waivers.toml: "),
])
def test_a_wrong_waiver_is_refused_with_its_place(change, says):
    assert change[0] in GOOD
    with pytest.raises(BadWaivers, match=".*") as caught:
        expectations.parse(GOOD.replace(*change))
    assert says in str(caught.value)


def test_two_waivers_of_one_cell_are_an_error():
    with pytest.raises(BadWaivers, match="waivers 1 and 2 both cover"):
        expectations.waiver_of(expectations.parse(GOOD + GOOD),
                               Cell("5.10", "crun", "seccomp/bpf"))


def record(verdict, evidence="seen"):
    return {"verdict": verdict, "evidence": evidence}


@pytest.mark.parametrize("verdict, waived, says", [
    ("contained", False, None),
    ("unsupported", False, None),
    ("escaped", False, "escaped"),
    ("inconclusive", False, "inconclusive"),
    ("open", False, None),
    ("green", False, "green"),
    ("escaped", True, None),
    ("contained", True, "contained, but waiver 1 expects escaped"),
    ("inconclusive", True, "inconclusive, but waiver 1 expects escaped"),
])
def test_a_cell_is_what_is_expected_or_says_why_not(verdict, waived, says):
    waiver = expectations.parse(GOOD)[0] if waived else None
    found = expectations.complaint(record(verdict), waiver, "crun")
    assert found is None if says is None else found.startswith(says)


def test_unsupported_needs_a_reason():
    for verdict in ("unsupported", "open"):
        assert expectations.complaint(record(verdict, " "), None, "crun")


def test_bulkhead_itself_is_never_open():
    assert expectations.complaint(record("open"), None, "bulkhead") == "open"


def test_every_waiver_is_of_probes_and_cells_that_exist():
    cells = [groups.Group(column, subject)
             for column, subjects in battery.every_column(battery.read_matrix())
             for subject in subjects]
    for waiver in expectations.load():
        assert set(waiver.probes) <= set(groups.probes()), waiver
        assert any(fnmatch.fnmatchcase(cell.machine, waiver.machine)
                   and fnmatch.fnmatchcase(cell.label, waiver.subject)
                   for cell in cells), waiver
