"""The two matrices that prove the suite itself. The whole kill matrix is a
stage of ci/test; here, that it can fail, and what it says."""

import json

import pytest


@pytest.fixture(scope="module")
def one_probe(run):
    """The kill matrix as if seccomp/bpf were the only probe there is."""
    steps = ("clone", "*ns.new", "timens.offsets", "*ns.verify",
             "utsns.hostname", "session.exec", "seccomp.load",
             "devices.nodes")
    flags = [word for step in steps for word in ("--step", step)]
    return run("matrix", "kill", "--probe", "seccomp/bpf", *flags, "--format",
               "json", timeout=280, check=1)


def rows(document, name):
    return {row[name[:-1]]: row for row in document[name]}


def test_a_step_that_nobody_notices_fails(one_probe):
    document = json.loads(one_probe.stdout)
    steps = rows(document, "steps")
    assert document["summary"]["unnoticed"] == 1
    assert not document["whole"]
    # Nobody is left who would look for the host name.
    assert steps["utsns.hostname"]["noticed_by"] == []
    assert steps["utsns.hostname"]["refused_at"] == ""


def test_a_step_that_a_probe_notices_names_it(one_probe):
    document = json.loads(one_probe.stdout)
    assert rows(document, "steps")["seccomp.load"]["noticed_by"] == [
        "seccomp/bpf"]
    assert rows(document, "probes")["seccomp/bpf"]["steps"] == ["seccomp.load"]


def test_a_namespace_left_out_is_refused_by_the_read_back(one_probe):
    steps = rows(json.loads(one_probe.stdout), "steps")
    for name in ("pidns", "netns", "ipcns", "utsns", "userns", "mountns"):
        assert steps[f"{name}.new"]["refused_at"] == f"{name}.verify"
        assert f"{name}.new" in steps[f"{name}.verify"]["saw"]


def test_a_step_that_others_need_is_told_from_one_that_is_noticed(one_probe):
    document = json.loads(one_probe.stdout)
    nodes = rows(document, "steps")["devices.nodes"]
    assert nodes["needed_by"] == "devices.attach"
    assert nodes["refused_at"] == "" and nodes["noticed_by"] == []
    assert document["summary"]["only_needed"] == 1


def test_a_probe_notices_once_what_needs_the_step_is_left_out_too(run):
    done = run("matrix", "kill", "--probe", "devices/allow-list", "--step",
               "devices.nodes", "--format", "json", timeout=120)
    row, = json.loads(done.stdout)["steps"]
    assert row["needed_by"] == "devices.attach"
    assert row["noticed_by"] == ["devices/allow-list"]
    # Masks of files bind the null device that was attached.
    first, *others = row["beside"]
    assert first == "devices.attach"
    assert all(step.startswith("rootfs.mask:") for step in others)
    done = run("matrix", "kill", "--probe", "devices/allow-list", "--step",
               "devices.nodes", timeout=120)
    assert "fails at devices.attach, which needs it; devices/allow-list with " \
        in done.stdout


def test_what_nothing_starts_without_is_not_tried(one_probe):
    steps = rows(json.loads(one_probe.stdout), "steps")
    assert steps["clone"]["exempt"] and steps["session.exec"]["exempt"]


def test_depth_names_the_boundaries_that_contain_alone(run):
    done = run("matrix", "depth", "--probe", "seccomp/bpf", "--probe",
               "capabilities/sys-time", "--format", "json", timeout=120,
               check=0)
    probes = rows(json.loads(done.stdout), "probes")
    assert probes["seccomp/bpf"]["alone"] == ["seccomp"]
    assert probes["seccomp/bpf"]["depth"] == 1
    assert set(probes["capabilities/sys-time"]["alone"]) == {
        "userns", "capabilities", "seccomp"}


def test_the_matrix_says_what_it_does_not_understand(run):
    run("matrix", "width", check=4)
    run("matrix", "kill", "--probe", "no/such", check=5)


def test_verify_can_tell_depth_in_its_records(run):
    done = run("verify", "--depth", "--probe", "seccomp/bpf", "--format",
               "json", timeout=60, check=0)
    record, = json.loads(done.stdout)["records"]
    assert record["alone"] == ["seccomp"]
    done = run("verify", "--depth", "--probe", "seccomp/bpf", check=0)
    assert "one bug from escape: 1 of 1: seccomp/bpf (seccomp)" in done.stdout
