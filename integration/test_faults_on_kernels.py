"""`bulkhead verify --faults` where cgroups are v2, on one kernel, or with --all on
every one: the calls that a host with v1 does not make. test_faults.py tries
this host's."""

import json
import re

import pytest

from machine_keys import require
from machine_options import PROGRAM
from machines import kernel, restored, stripped

pytestmark = [pytest.mark.machine, pytest.mark.timeout(900)]

BULKHEAD = "/usr/bin/bulkhead"
FEW = ["6.12"]


def pytest_generate_tests(metafunc):
    every = metafunc.config.getoption("all_kernels")
    metafunc.parametrize("key", kernel.keys() if every else FEW)


@pytest.fixture
def sweep(key):
    """sweep(*arguments) is [(fault, outcome, what was said)]."""
    require(key)
    with restored(key, memory_mib=1024) as machine:
        machine.push(BULKHEAD, stripped(PROGRAM).read_bytes(), 0o755)

        def start(*arguments):
            done = machine.run([BULKHEAD, "verify", "--faults", *arguments,
                                "--format", "json"], timeout=800)
            assert done.returncode in (0, 1), done.stderr
            return [(row["fault"], row["outcome"], row["said"])
                    for row in json.loads(done.stdout)["runs"][0]["rows"]]

        yield start


def test_no_start_goes_on_without_its_device_program(sweep):
    rows = sweep("--fault", "bpf*")
    # Loaded, attached, and both read back: BPF_PROG_LOAD, _ATTACH,
    # BPF_OBJ_GET_INFO_BY_FD, BPF_PROG_QUERY.
    assert {re.split("[#=]", fault)[0] for fault, _, _ in rows} == {
        "bpf(5)", "bpf(8)", "bpf(15)", "bpf(16)", "bpf"}
    # Interrupted by a signal: asked again. Of the rest none is passed over.
    again = {fault: outcome for fault, outcome, _ in rows
             if re.fullmatch(r"bpf\(5\)\S+=EAGAIN", fault)}
    assert set(again.values()) == {"unaffected"}, again
    assert [row for row in rows
            if row[0] not in again and row[1] != "closed"] == []
