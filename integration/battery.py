"""pytest's view of the matrix: which cells there are, and their records."""

import argparse
import json
import tomllib
from pathlib import Path

import pytest

import groups
import host
from groups import Column, Group
from machine_options import is_infrastructure

MATRIX = Path(__file__).with_name("matrix.toml")
TRIES = 2


def pytest_addoption(parser):
    options = parser.getgroup("battery", "the matrix of test_battery.py")
    options.addoption("--subject", action="append", metavar="NAME",
                      help="only this subject (crun, crun.sid, …); repeatable")
    options.addoption("--shard", metavar="I/N", type=shard, default=(1, 1),
                      help="the I-th of N parts of the matrix, columns whole")
    options.addoption("--reports", metavar="DIR", type=Path,
                      help="leave every report of verify there: JSON by group,"
                           " SARIF by column")


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


# ---- which cells -----------------------------------------------------------


def read_matrix():
    return tomllib.loads(MATRIX.read_text(encoding="utf-8"))


def every_column(matrix):
    """(column, its subjects) of the whole matrix."""
    every = [(Column("host"), matrix["host"]["subjects"])]
    return every + [(Column(kernel, name), userland["subjects"])
                    for name, userland in matrix["userland"].items()
                    for kernel in userland["kernels"]]


def columns(config):
    """(column, its subjects) of the machines that are asked for."""
    matrix = read_matrix()
    every = every_column(matrix)
    asked = config.getoption("--machine")
    if asked:
        every = [one for one in every if one[0].machine in asked]
    elif not config.getoption("all_kernels"):
        fast = matrix["fast"]
        every = [(column, [one for one in subjects
                           if one in fast.get(column.machine, [])])
                 for column, subjects in every]
    part, parts = config.getoption("--shard")
    return every[part - 1::parts]


def cells(config):
    """The groups that are asked for."""
    every = [Group(column, subject) for column, subjects in columns(config)
             for subject in subjects]
    wanted = set(config.getoption("--subject") or [])
    unknown = wanted - {group.label for group in every}
    if unknown:
        raise pytest.UsageError(
            f"no subject {sorted(unknown)[0]!r} here; there are: "
            f"{', '.join(sorted({group.label for group in every}))}")
    return [group for group in every if not wanted or group.label in wanted]


def marks_of(column):
    """Of its cells: one worker's, and whether they take a machine."""
    marks = [pytest.mark.xdist_group(f"{column}")]
    return marks if column.machine == "host" else [*marks, pytest.mark.machine]


def pytest_generate_tests(metafunc):
    if {"group", "probe"} <= set(metafunc.fixturenames):
        metafunc.parametrize("group, probe", [
            pytest.param(group, probe, id=f"{group.name}-{probe}",
                         marks=marks_of(group.column))
            for group in cells(metafunc.config) for probe in groups.probes()])


# ---- their records ---------------------------------------------------------


class Results:
    """The reports of each column, made when the first is asked for."""

    def __init__(self, selected, snapshot, folder):
        self._selected = selected
        self._snapshot = snapshot
        self._folder = folder
        self._found = {}
        self._tries = {}

    def records(self, group):
        """The records of a group by probe; raises what went wrong."""
        column = group.column
        if column not in self._found:
            try:
                self._found[column] = self._verify(column)
            except Exception as error:  # Every cell of the column says so.
                # But the first time a machine fails the test is run again.
                self._tries[column] = self._tries.get(column, 0) + 1
                if is_infrastructure(error) and self._tries[column] < TRIES:
                    raise
                self._found[column] = error
        found = self._found[column]
        if isinstance(found, Exception):
            raise found
        return found[group]

    def _verify(self, column):
        wanted = [group for group in self._selected if group.column == column]
        subjects = [group.subject for group in wanted]
        if column.machine == "host":
            reports, sarif = self._verify_here(subjects)
        else:
            with groups.machine_of(column) as machine:
                reports, sarif = groups.verify_in(machine, subjects)
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)
            for group in wanted:
                (self._folder / f"{group.name}.json").write_text(
                    json.dumps(reports[group.subject]), encoding="utf-8")
            (self._folder / f"{column.name}.sarif").write_bytes(sarif)
        return {group: groups.records_of(reports[group.subject])
                for group in wanted}

    def _verify_here(self, subjects):
        before = self._snapshot()
        found = groups.verify_here(subjects)
        changes = host.differences(before, self._snapshot())
        if changes:
            raise AssertionError("the host changed: " + "; ".join(changes))
        return found


@pytest.fixture(scope="session")
def results(request, host_snapshot):
    """Verifies what this session has selected, a column at a time."""
    selected = {}
    for item in request.session.items:
        parameters = getattr(item, "callspec", None)
        if parameters and "group" in parameters.params:
            selected[parameters.params["group"]] = True
    return Results(list(selected), host_snapshot,
                   request.config.getoption("--reports"))


def seen(half):
    """One half of a record as a few words."""
    if half is None:
        return "not tried"
    return f"{half['outcome']}: {half['evidence']}"


def repeat(group, probe):
    """The one command that does a cell again."""
    return ("/usr/bin/python3 -m pytest integration/test_battery.py "
            f"--machine {group.machine} -k '{group.name}-{probe}'")
