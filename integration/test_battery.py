"""The matrix itself: every probe, in every subject, on every machine.

    pytest integration/test_battery.py                    this host, one kernel
    pytest integration/test_battery.py --machine 6.12     that kernel
    pytest integration/test_battery.py --all              all of it
    pytest integration/test_battery.py -k 'crun and seccomp' -n 2

A test is a cell, MACHINE-SUBJECT-PROBE. What is expected of it is contained,
unsupported with a reason, or what waivers.toml says."""

import pytest

import battery
import expectations

pytestmark = pytest.mark.battery


@pytest.fixture(autouse=True)
def unchanged_host():
    """A cell only reads a record: the watch on the host is around the column's
    run (`results`), not around each of its cells."""


@pytest.fixture(scope="session")
def waivers():
    return expectations.load()


def test_cell(group, probe, results, waivers):
    record = results.records(group).get(probe)
    assert record, f"verify reported nothing about {probe}"
    waiver = expectations.waiver_of(
        waivers, expectations.Cell(group.machine, group.label, probe))
    complaint = expectations.complaint(record, waiver)
    if complaint:
        pytest.fail(f"{complaint}: {record['claim']}\n"
                    f"  seen     {record['evidence']}\n"
                    f"  control  {battery.seen(record['control'])}\n"
                    f"  witness  {battery.seen(record['witness'])}\n"
                    f"  repeat   {battery.repeat(group, probe)}",
                    pytrace=False)
    if waiver:
        pytest.xfail(waiver.reason)
