"""bulkhead bench: it measures what it says, in a box of its own, and compares
runs as it should."""

import copy
import json

import jsonschema
import pytest

pytestmark = pytest.mark.fast

BOUNDARIES = ["pidns", "mountns", "netns", "ipcns", "utsns", "userns",
              "cgroupns", "timens", "rootfs", "devices", "cgroup",
              "capabilities", "no_new_privs", "seccomp", "landlock", "rlimits",
              "fds", "session"]
USAGE = 4
BROKEN = 3
SLOWER = 1


def group_of(document, name):
    found = [group for group in document["groups"] if group["name"] == name]
    assert len(found) == 1, [group["name"] for group in document["groups"]]
    return found[0]


def rows_of(document, name):
    return {row["name"]: row for row in group_of(document, name)["rows"]}


@pytest.fixture(scope="module")
def measured(run):
    """One quick run of everything, as JSON."""
    done = run("bench", "--quick", "--format", "json", timeout=120, check=0)
    return json.loads(done.stdout)


# ---- what is measured ------------------------------------------------------


def test_the_document_is_of_its_own_form(run, measured):
    schema = json.loads(run("bench", "--schema", check=0).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(measured, schema)
    assert measured["quick"] is True


def test_every_row_was_measured(measured):
    for group in measured["groups"]:
        assert group["rows"], group["name"]
        for row in group["rows"]:
            assert row["error"] == "", (group["name"], row)
            assert row["samples"][group["metric"]], (group["name"], row)


def test_the_floor_has_each_namespace_and_all(measured):
    rows = rows_of(measured, "floor")
    kinds = ["pid", "mount", "net", "ipc", "uts", "user", "time", "cgroup"]
    assert set(rows) == {"vfork+exec", "fork+exec", "posix_spawn",
                         "clone3 all but net", "clone3 all",
                         *(f"clone3 {kind}" for kind in kinds)}


def test_each_boundary_is_left_out_once(measured):
    rows = rows_of(measured, "start")
    assert {f"without {name}" for name in BOUNDARIES} <= set(rows)
    assert {"cold", "rootless", "without read-back"} <= set(rows)
    assert all(row["baseline"] == "vfork+exec" for name, row in rows.items()
               if name != "vfork+exec")


def test_the_steps_are_those_of_the_plan_and_add_up(run, measured):
    rows = rows_of(measured, "steps")
    whole = rows.pop("whole start")["samples"]["first"]
    rows.pop("vfork+exec")
    # What the caller does in the meantime comes on top.
    beside = {name: rows.pop(name) for name in list(rows)
              if name.startswith("beside the child: ")}
    for turn, total in enumerate(whole):
        parts = sum(row["samples"]["first"][turn] for row in rows.values())
        # What lies between the call and the start's own first stamp.
        assert parts == pytest.approx(total, abs=max(5, total / 20))
        assert sum(row["samples"]["first"][turn]
                   for row in beside.values()) < total
    for step in ("devices.nodes", "limits of the cgroup"):
        assert any(name.endswith(step) for name in beside)
    explained = run("explain", "--rootfs", "/", "--", "true", check=0).stdout
    for step in ("seccomp.load", "capabilities.bounding", "rootfs.detach_old"):
        assert step in rows and step in explained


def test_peers_are_measured_or_said_to_be_absent(measured):
    peers = rows_of(measured, "peers")
    absent = {one["name"]: one["reason"] for one in measured["absent"]}
    for name in ("crun", "runc", "bwrap", "unshare", "systemd-nspawn",
                 "lxc-execute", "firejail", "runsc"):
        assert (name in peers) != (name in absent), name
    assert all(absent.values())
    # What a peer has no word for stands beside its figure.
    assert "no_new_privs" in peers["unshare"]["about"]
    assert "all that is asked for" in peers["bulkhead run"]["about"]


def test_scale_has_its_dimensions(measured):
    names = {group["name"] for group in measured["groups"]}
    assert {f"scale/{name}" for name in (
        "rss", "mounts", "processes", "starters", "live", "memory",
        "teardown")} <= names


def test_an_unconfined_workload_is_no_figure(run, tmp_path, measured):
    """A row that could not be measured fails the run, in each form."""
    broken = copy.deepcopy(measured)
    row = rows_of(broken, "start")["cold"]
    row.update(samples={}, error="the workload was not confined as asked for: "
               "it has no system-call filter")
    (tmp_path / "run").write_text(json.dumps(broken))
    done = run("bench", "--from", tmp_path / "run", check=BROKEN)
    assert "not measured: the workload was not confined" in done.stdout


def test_only_the_groups_that_are_asked_for(run):
    done = run("bench", "floor", "--quick", "--format", "json", check=0)
    assert [group["name"] for group in json.loads(done.stdout)["groups"]] == [
        "floor"]


def test_the_forms_for_people(run, tmp_path, measured):
    (tmp_path / "run").write_text(json.dumps(measured))
    text = run("bench", "--from", tmp_path / "run", check=0).stdout
    for word in ("noise: load", "goals", "x baseline", "not judged", "█"):
        assert word in text
    run("bench", "--from", tmp_path / "run", "--format", "html", "--output",
        tmp_path / "page.html", check=0)
    page = (tmp_path / "page.html").read_text()
    rows = sum(len(group["rows"]) for group in measured["groups"])
    assert page.count("<svg role=") == rows
    assert "http" not in page.replace("http-equiv", "")


def test_the_goals_of_several_runs_side_by_side(run, tmp_path, measured):
    releases = ["5.10.0-46-cloud-amd64", "7.3.4+deb13-cloud-amd64"]
    words = []
    for release in releases:
        one = copy.deepcopy(measured)
        one["machine"]["kernel"] = release
        one["quick"] = release.startswith("5")
        metric = group_of(one, "scale/starters")["metric"]
        rows_of(one, "scale/starters")["cold, best"]["samples"] = {
            metric: [2000.0] * 3}
        (tmp_path / release).write_text(json.dumps(one))
        words += ["--from", tmp_path / release]
    lines = run("bench", *words, check=0).stdout.splitlines()
    assert lines[:2] == ["goals", f"  {'5.10.0':>10} {'7.3.4':>10}"]
    # A quick run meets nothing.
    assert f"  {'2000 ':>10} {'2000*':>10}  at least 1000   full starts " \
        "a second, best number of starters" in lines


def test_the_page_works_in_a_browser(browser, run, tmp_path, measured):
    (tmp_path / "run").write_text(json.dumps(measured))
    run("bench", "--from", tmp_path / "run", "--format", "html", "--output",
        tmp_path / "page.html", check=0)
    browser.open(tmp_path / "page.html")
    groups = len(measured["groups"])
    # The goals and one table a group.
    assert browser.run(
        "document.querySelectorAll('table').length") == groups + 1
    assert browser.complaints() == []


# ---- what is refused -------------------------------------------------------


@pytest.mark.parametrize("words", [
    ("nothing",), ("--rounds", "0"), ("--format", "xml"), ("--gap-us", "-1"),
    ("--compare", "one"), ("--alpha", "2"), ("--peer", "crun"),
    ("--peer", "a=crun@/nowhere"), ("--from", "/nowhere"),
    ("--compare", "/nowhere", "/nowhere"), ("--compare", "a", "b", "floor"),
    ("--compare", "a", "b", "--format", "html"),
    ("--compare", "a", "b", "--from", "c"), ("--from", "a", "floor"),
    ("--from", "a", "--from", "b", "--format", "html"),
    ("--from", "/nowhere", "--from", "/nowhere"),
    ("floor", "--output", "/nowhere/file", "--quick"),
])
def test_usage(run, words):
    status = BROKEN if "--output" in words else USAGE
    done = run("bench", *words, check=status)
    assert done.stderr.startswith("bulkhead")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("text, place", [
    ("", "line 1, column 1"),
    ("{\n  \"schema\": nothing", "line 2, column"),
    ("[]", "it is an array"),
    ("{}", "has no \"schema\""),
    pytest.param("[" * 100_000, "too deep", id="deep"),
    pytest.param("[" * 30 + "]" * 30, "too deep", id="deep-and-closed"),
])
def test_what_is_no_run_is_refused_with_its_place(run, tmp_path, text, place):
    (tmp_path / "run").write_text(text)
    done = run("bench", "--from", tmp_path / "run", check=USAGE)
    assert place in done.stderr
    assert "--schema" in done.stderr


def test_a_run_that_contradicts_itself_is_refused(run, tmp_path, measured):
    broken = copy.deepcopy(measured)
    rows_of(broken, "start")["cold"]["baseline"] = "nothing"
    (tmp_path / "run").write_text(json.dumps(broken))
    done = run("bench", "--from", tmp_path / "run", check=USAGE)
    assert "cold is compared with nothing" in done.stderr


# ---- comparing -------------------------------------------------------------


def synthetic(template, floor, cold, shift=0):
    """A run of one group with 40 samples around each of the two medians."""
    document = copy.deepcopy(template)
    document["absent"] = []
    row = {"about": "", "baseline": "", "error": ""}

    def samples(middle, shift):
        return {"first": [middle * (0.95 + 0.1 * ((17 * i + shift) % 40) / 40)
                          for i in range(40)]}

    document["groups"] = [{
        "name": "start", "title": "", "metric": "first", "unit": "us",
        "more_is_better": False, "subject": "", "rows": [
            {**row, "name": "vfork+exec", "samples": samples(floor, 0)},
            {**row, "name": "cold", "baseline": "vfork+exec",
             "samples": samples(cold, shift)}]}]
    return document


@pytest.mark.parametrize("before, after, word, status", [
    ((60, 600), (60, 800), "slower", SLOWER),
    ((60, 800), (60, 600), "faster", 0),
    ((60, 600), (60, 600), "no difference", 0),
    # Another machine: everything takes twice as long.
    ((60, 600), (120, 1200), "no difference", 0),
    # Below the least change that counts.
    ((60, 600), (60, 615), "no difference", 0),
])
def test_comparing(run, tmp_path, measured, before, after, word, status):
    (tmp_path / "a").write_text(json.dumps(synthetic(measured, *before)))
    (tmp_path / "b").write_text(json.dumps(synthetic(measured, *after, 7)))
    done = run("bench", "--compare", tmp_path / "a", tmp_path / "b",
               check=status)
    line = next(line for line in done.stdout.splitlines()
                if line.endswith("start: cold"))
    assert line.strip().startswith(word)
    done = run("bench", "--compare", tmp_path / "a", tmp_path / "b",
               "--format", "json", check=status)
    rows = json.loads(done.stdout)["rows"]
    assert [row["change"] for row in rows] == [word]


def test_a_run_is_no_different_from_itself(run, tmp_path, measured):
    (tmp_path / "a").write_text(json.dumps(measured))
    done = run("bench", "--compare", tmp_path / "a", tmp_path / "a", check=0)
    assert "0 slower, 0 faster" in done.stdout


def test_runs_with_nothing_in_common_are_no_comparison(
        run, tmp_path, measured):
    other = copy.deepcopy(measured)
    other["groups"] = []
    (tmp_path / "a").write_text(json.dumps(measured))
    (tmp_path / "b").write_text(json.dumps(other))
    done = run("bench", "--compare", tmp_path / "a", tmp_path / "b",
               check=USAGE)
    assert "no row in common" in done.stderr
