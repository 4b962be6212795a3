"""`bulkhead verify --syscalls`: what the filter lets through, read from outside
and tried from inside; the two must agree with each other and with the spec."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from conftest import need

# Changes the filter that a bundle asks for, then runs it with a runtime.
EDITOR = """#!/usr/bin/python3
import json, os, sys
program, bundle, name = sys.argv[1:]
config = json.load(open(bundle + "/config.json"))
seccomp = config["linux"]["seccomp"]

def drop(*names):
    for rule in seccomp["syscalls"]:
        rule["names"] = [one for one in rule["names"] if one not in names]
    seccomp["syscalls"] = [rule for rule in seccomp["syscalls"]
                           if rule["names"]]

CHANGE
json.dump(config, open(bundle + "/config.json", "w"))
os.execv(program, [program, "run", "--bundle", bundle, name])
"""
ALLOW = """
drop("CALL")
seccomp["syscalls"].append({"names": ["CALL"], "action": "SCMP_ACT_ALLOW"})
"""
# Conditions on socket(2) cannot be told of i386's socketcall(2).
OPEN_ENTRIES = """
drop("socket", "socketpair")
seccomp["architectures"] += ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]
"""
SECONDS = 5


@pytest.fixture(scope="module")
def surface(run):
    """surface("crun", check=0) is the report about one subject."""

    def examine(subject, *arguments, check):
        done = run("verify", "--syscalls", "--subject", subject, *arguments,
                   "--format", "json", check=check)
        return json.loads(done.stdout)

    return examine


@pytest.fixture(scope="module")
def own(surface):
    """The report about bulkhead's own containers."""
    return surface("bulkhead", check=0)


@pytest.fixture
def edited(bulkhead, tmp_path):
    """edited(ALLOW) is a subject that changes the filter it is asked for."""

    def make(change, program=bulkhead):
        path = tmp_path / "editor"
        path.write_text(EDITOR.replace("CHANGE", change))
        path.chmod(0o755)
        return f"{path} {os.path.abspath(program)} {{bundle}} {{id}}"

    return make


def call(report, arch, name):
    """The one row of that call."""
    rows = [row for row in report["calls"]
            if row["arch"] == arch and row["name"] == name]
    assert len(rows) == 1
    return rows[0]


def found(report):
    return {(entry["kind"], entry["arch"], entry["name"])
            for entry in report["findings"]}


def test_both_oracles_agree_about_bulkhead(own, i386_entry):
    assert own["findings"] == []
    assert own["unread"] == own["unseen"] == ""
    assert len(own["filters"]) == 1
    assert call(own, "x86_64", "read") == {
        "arch": "x86_64", "number": 0, "name": "read", "filter": ["allow"],
        "inside": "EBADF", "spec": ["allow"]}
    assert call(own, "x86_64", "keyctl")["inside"] == "ENOANO"
    assert call(own, "i386", "getpid") == {
        "arch": "i386", "number": 20, "name": "getpid",
        "filter": ["kill process"],
        "inside": "SIGSYS" if i386_entry else None,
        "spec": ["no such entry"]}
    assert len(call(own, "x86_64", "clone")["filter"]) == 2


def test_every_number_of_every_entry_is_told_once(own):
    numbers = {}
    for row in own["calls"]:
        numbers.setdefault(row["arch"], []).append(row["number"])
    assert numbers.keys() == {"x86_64", "i386", "x32"}
    for told in numbers.values():
        assert told == list(range(len(told)))
        assert len(told) > 547 + 64


def test_the_summary_counts_the_calls(own):
    for arch, counts in own["summary"].items():
        rows = [row for row in own["calls"] if row["arch"] == arch]
        assert sum(counts.values()) == len(rows)
        assert counts["allowed"] == sum(row["filter"] == ["allow"]
                                        for row in rows)


def test_what_the_kernel_exempts_is_uretprobe_and_uprobe_alone(own):
    assert {row["number"] for row in own["past_every_filter"]} <= {335, 336}


@pytest.mark.parametrize("name", ["keyctl", "clone", "mount"])
def test_one_call_more_than_the_spec_allows_is_found(surface, edited, name):
    report = surface(edited(ALLOW.replace("CALL", name)), check=1)
    assert found(report) == {("lets through", "x86_64", name)}


def test_the_sweep_inside_sees_the_same_hole(surface, edited):
    report = surface(edited(ALLOW.replace("CALL", "keyctl")), check=1)
    assert call(report, "x86_64", "keyctl")["inside"] == "EOPNOTSUPP"


def test_both_oracles_agree_on_entries_that_were_opened(surface, edited,
                                                        i386_entry):
    report = surface(edited(OPEN_ENTRIES), check=1)
    assert ("i386" in report["absent"]) != i386_entry
    kinds = {(kind, arch) for kind, arch, _ in found(report)}
    assert kinds == {("lets through", "i386"), ("lets through", "x32")}
    assert call(report, "i386", "keyctl")["filter"] == ["errno 55"]
    for name, answer in (("getpid", "success"), ("keyctl", "ENOANO")):
        assert (call(report, "i386", name)["inside"]
                == (answer if i386_entry else None))
    assert ("lets through", "i386", "keyctl") not in found(report)


def test_without_a_filter_everything_is_open(surface):
    report = surface("bulkhead", "--without", "seccomp", check=1)
    assert report["filters"] == []
    kinds = {kind for kind, _, _ in found(report)}
    assert kinds == {"lets through"}
    assert len(report["findings"]) > 1000


def test_no_container_has_no_filter(surface):
    report = surface("none", check=1)
    assert report["filters"] == []
    assert ("lets through", "x86_64", "mount") in found(report)
    assert call(report, "x86_64", "reboot")["inside"] == "EINVAL"
    assert call(report, "x86_64", "sync")["inside"] == "not tried"


def test_a_subject_that_runs_nothing_is_no_verdict(surface):
    report = surface("/bin/true", check=3)
    assert report["findings"] == []
    assert report["unread"] and report["unseen"]
    assert report["filters"] is None


def test_the_probe_alone_tells_facts(bulkhead, in_container, rootfs):
    probe = Path(bulkhead).parents[1] / "probes/bulkhead-probe"
    need(probe.exists(), "bulkhead-probe beside the program")
    shutil.copy(probe, rootfs / "bin")
    command = ["/bin/bulkhead-probe", "syscalls"]
    told = in_container(command=[*command, "--json"], check=0)
    report = json.loads(told.stdout)
    assert "facts" in report["note"]
    native = report["entries"][0]
    assert native["summary"]["ENOSYS"] > 200
    assert native["summary"]["reached"] > 200
    assert native["calls"][3] == {
        "number": 3, "answer": "reached", "details": "EBADF"}
    text = in_container(command=command, check=0)
    assert "not verdicts" in " ".join(text.stdout.split())


def test_the_text_ends_with_the_verdict(run):
    done = run("verify", "--syscalls", check=0)
    assert "argument-conditional" in done.stdout
    last = done.stdout.splitlines()[-1]
    assert last == "no finding: both oracles and the spec agree"


def test_it_takes_no_time(run):
    before = time.monotonic()
    run("verify", "--syscalls", check=0)
    assert time.monotonic() - before < SECONDS


@pytest.mark.fast
@pytest.mark.parametrize("arguments", [
    ["--probe", "seccomp/*"], ["--boundary", "seccomp"],
    ["--subject", "no-such"], ["--without", "no-such"]], ids=" ".join)
def test_what_does_not_go_together_is_usage(run, arguments):
    done = run("verify", "--syscalls", *arguments, check=4)
    assert done.stdout == ""
