"""The matrix itself: every probe, in every subject, on every machine.

    pytest integration/test_battery.py                    this host, one kernel
    pytest integration/test_battery.py --machine 6.12     that kernel
    pytest integration/test_battery.py --all              all of it
    pytest integration/test_battery.py -k 'crun and seccomp'
    pytest integration/test_battery.py --all -n 2 --dist loadgroup

Under -n a column must stay on one worker, which verifies it once: that takes
--dist loadgroup.

A test is a cell, MACHINE-SUBJECT-PROBE. What is expected of it is contained,
unsupported with a reason, or what waivers.toml says; of subjects that are not
ours it may be open, too."""

import pytest

import battery
import expectations
import groups

# The first cell of a column waits for all of it: eight subjects in a
# machine that is emulated.
pytestmark = [pytest.mark.battery, pytest.mark.timeout(3600)]


@pytest.fixture(autouse=True)
def unchanged_host():
    """A cell only reads a record: the watch on the host is around the column's
    run (`results`), not around each of its cells."""


@pytest.fixture(scope="session")
def waivers():
    return expectations.load()


def test_cell(group, probe, results, waivers):
    try:
        record = results.records(group).get(probe)
    except groups.NoVerdicts as error:
        pytest.fail(f"{group.name}: {error}", pytrace=False)
    assert record, f"verify reported nothing about {probe}"
    waiver = expectations.waiver_of(
        waivers, expectations.Cell(group.machine, group.label, probe))
    complaint = expectations.complaint(record, waiver, group.subject)
    if complaint:
        pytest.fail(f"{complaint}: {record['claim']}\n"
                    f"  seen     {record['evidence']}\n"
                    f"  control  {battery.seen(record['control'])}\n"
                    f"  witness  {battery.seen(record['witness'])}\n"
                    f"  repeat   {battery.repeat(group, probe)}",
                    pytrace=False)
    if waiver:
        pytest.xfail(waiver.reason)
