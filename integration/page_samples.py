"""What the tests of the page share: one real run, copies of it that claim to
come from other kernels, pages made of them, and what a browser shows."""

import copy
import json
import os

import pytest

import browser as chromium
from conftest import need
from report_readers import runs_of

PROBE = "utsns/own-namespace"
# Lets events be handled: those of a change of media come with the next frame.
TURN = """new Promise((done) => requestAnimationFrame(() =>
  requestAnimationFrame(() => setTimeout(done))))"""
FLAGS = ["--subject", "bulkhead", "--subject", "none", "--boundary", "utsns",
         "--boundary", "cgroupns"]


def on(document, kernel, cgroups):
    """The same report, as if from there."""
    moved = copy.deepcopy(document)
    moved["machine"].update(kernel=kernel, cgroups=cgroups)
    for run in runs_of(moved):
        for record in run["records"]:
            record["kernel"] = kernel
    return moved


def without(document, probe):
    """The same report, as if that probe had not been selected."""
    cut = copy.deepcopy(document)
    for run in runs_of(cut):
        for record in run["records"]:
            if record["probe"] == probe:
                run["records"].remove(record)
                count(run["summary"], record, -1)
                break
    return cut


def escaped(document, subject, probe):
    """The same report, in which that probe got through."""
    changed = copy.deepcopy(document)
    run, = [it for it in runs_of(changed) if it["subject"]["name"] == subject]
    record, = [it for it in run["records"] if it["probe"] == probe]
    count(run["summary"], record, -1)
    record.update(verdict="escaped", by=None, evidence="it got through")
    record["attempt"]["outcome"] = "reached"
    count(run["summary"], record, 1)
    return changed


def count(summary, record, by):
    summary[record["verdict"]] += by
    if record["verdict"] == "escaped":
        names = summary["escaped_probes"]
        (names.append if by > 0 else names.remove)(record["probe"])


class Files:
    """Writes documents to files of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.number = 0

    def __call__(self, document):
        self.number += 1
        path = self.folder / f"{self.number}.json"
        path.write_text(json.dumps(document))
        return str(path)


def spoil(document):
    """One report for each thing that can be wrong with it."""
    def spoilt(change):
        copied = json.loads(json.dumps(document))
        change(runs_of(copied)[0])
        return copied

    record = 0
    return {
        "a record cut out": spoilt(lambda it: it["records"].pop()),
        "another verdict": spoilt(
            lambda it: it["records"][record].update(verdict="fine")),
        "no verdict": spoilt(lambda it: it["records"][record].pop("verdict")),
        "no control": spoilt(lambda it: it["records"][record].pop("control")),
        "another summary": spoilt(
            lambda it: it["summary"].update(contained=999)),
        "no record": spoilt(lambda it: it["records"].clear()),
    }


@pytest.fixture
def browser():
    need(os.access(chromium.PROGRAM, os.X_OK), "chromium")
    folder, started = chromium.started()
    with folder:
        try:
            yield started
        finally:
            started.close()


@pytest.fixture(scope="session")
def report(run):
    """A real run: bulkhead, and none, which contains nothing."""
    done = run("verify", *FLAGS, "--format", "json", timeout=240, check=1)
    return json.loads(done.stdout)


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


@pytest.fixture
def page(run, tmp_path):
    """page(report, …) is the path of the page made of them."""
    def make(*words):
        path = tmp_path / "page.html"
        run("page", *words, "--output", path, check=0)
        return path
    return make


@pytest.fixture
def three(report):
    """The same report of two kernels, of which one in both cgroup modes."""
    return [on(report, "6.1.0-41", "v2"), on(report, "5.10.0-35", "v1"),
            on(report, "5.10.0-35", "v2")]


@pytest.fixture(scope="session")
def matrices(run, tmp_path_factory):
    """Real ones of one probe, as flags."""
    folder = tmp_path_factory.mktemp("matrices")
    for which, flags in (("kill", ["--step", "utsns.*"]), ("depth", [])):
        run("matrix", which, "--probe", PROBE, *flags, "--json",
            folder / which, timeout=240)
    return ["--kill", folder / "kill", "--depth", folder / "depth"]


def cells(browser):
    """{(machine, subject, boundary): text} of the matrix as it is shown."""
    rows = browser.run("""
      [...document.querySelectorAll('#matrix button')].map((it) => [
        it.dataset.machine, it.dataset.subject, it.dataset.boundary,
        it.innerText, it.className])""")
    return {tuple(row[:3]): tuple(row[3:]) for row in rows}


def text_of(browser, selector):
    return browser.run(f"document.querySelector({selector!r}).innerText")


def listed(browser):
    """(probe, subject and machine) of the records in the list."""
    return [tuple(row) for row in browser.run("""
      [...document.querySelectorAll('#list summary')].map((it) => [
        it.querySelector('.id').innerText,
        it.querySelector('.where').innerText])""")]


def open_all(browser):
    browser.run("""document.querySelectorAll('details').forEach(
      (it) => it.open = true)""")
    browser.run(TURN)
