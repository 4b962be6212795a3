"""Every form of the report, given to a reader of that form: real runs, and a
report whose every text is hostile. The forms must also agree."""

import json
import os
import re
import subprocess
import xml.etree.ElementTree

import junitparser
import pytest

import ktap
from conftest import CACHE, need
from report_readers import (END, FORMATS, MARKDOWN_TAGS, Page, SARIF,
                            families_of, records_of, runs_of, validate,
                            verdicts_of)

# ---- KTAP ------------------------------------------------------------------


@pytest.mark.fast
def test_the_reader_of_ktap_is_strict():
    good = ("KTAP version 1\n1..2\n  KTAP version 1\n  1..1\n  not ok 1 a\n"
            "not ok 1 b\nok 2 c # SKIP d\n")
    first, second = ktap.parse(good)
    assert [child.name for child in first.children] == ["a"]
    assert (second.directive, second.diagnosis) == ("SKIP", "d")
    for old, new in [("KTAP version 1\n1", "1"), ("1..2", "1..3"),
                     ("1..2", "1..1"), ("1..2\n", ""), ("ok 2", "ok 3"),
                     ("not ok 1 b", "ok 1 b"), ("  1..1", "1..1"),
                     ("  not", "not"), ("SKIP d\n", "SKIP d"),
                     ("ok 2 c # SKIP d", "ok 2 c # ERROR d"),
                     ("ok 2 c", "fine 2 c"), ("SKIP d\n", "SKIP d\nx\n")]:
        assert old in good
        with pytest.raises(ktap.Malformed):
            ktap.parse(good.replace(old, new, 1))


def test_ktap_is_read(reports):
    for subject in ktap.parse(reports("ktap")):
        for boundary in subject.children:
            assert all(leaf.name.startswith(boundary.name + "/")
                       for leaf in boundary.children)


def test_ktap_agrees(real, document):
    words = {"": "escaped", "SKIP": "unsupported", "ERROR": "inconclusive",
             "XFAIL": "waived"}
    found = {}
    for subject in ktap.parse(real["ktap"]):
        for leaf in subject.leaves():
            contained = leaf.ok and not leaf.directive
            found[subject.name, leaf.name] = (
                "contained" if contained else words[leaf.directive])
    assert found == verdicts_of(document)


@pytest.mark.fast
def test_hostile_ktap_holds_what_it_should(hostile):
    first, second, third = ktap.parse(hostile("ktap").decode())
    assert [leaf.ok for leaf in first.leaves()] == [
        True, False, True, False, True, True]
    assert not (first.ok or second.ok or third.ok)
    assert END in first.name and "#" not in first.name


# ---- JUnit -----------------------------------------------------------------


def _junit_verdict(case):
    element, = case.result or [None]
    if element is None:
        return "contained"
    if isinstance(element, junitparser.Skipped):
        words = ("waived", "unsupported", "open")
        return next(word for word in words if word in element.message)
    wanted = {"escaped": junitparser.Failure,
              "inconclusive": junitparser.Error}[element.type]
    assert isinstance(element, wanted)
    return element.type


def test_junit_is_read_and_counts_right(reports):
    tree = xml.etree.ElementTree.fromstring(reports("junit"))
    assert tree.tag == "testsuites"
    for suite in [tree, *tree.iter("testsuite")]:
        for attribute, tag in [("tests", "testcase"), ("failures", "failure"),
                               ("errors", "error"), ("skipped", "skipped")]:
            assert int(suite.get(attribute)) == len(list(suite.iter(tag)))
    assert {element.tag for element in tree.iter()} <= {
        "testsuites", "testsuite", "testcase", "properties", "property",
        "failure", "error", "skipped", "system-err"}
    names = [(case.get("classname"), case.get("name"))
             for case in tree.iter("testcase")]
    assert len(names) == len(set(names))


def test_junit_agrees(real, document):
    parsed = junitparser.JUnitXml.fromstring(real["junit"].encode())
    found = {(suite.name, case.name): _junit_verdict(case)
             for suite in parsed for case in suite}
    assert found == verdicts_of(document)
    for suite in parsed:
        names = {entry.name: entry.value for entry in suite.properties()}
        assert names["kernel"] == os.uname().release
        assert names["spec_digest"].startswith("sha256:")


@pytest.mark.fast
def test_hostile_junit_holds_what_it_should(hostile):
    first, second, third = junitparser.JUnitXml.fromstring(hostile("junit"))
    assert END in first.name
    assert [_junit_verdict(case) for case in first] == [
        "contained", "escaped", "unsupported", "inconclusive", "waived", "open"]
    assert (second.tests, second.failures) == (1, 1)
    assert (third.tests, third.errors) == (2, 1)


# ---- OpenMetrics -----------------------------------------------------------


def test_openmetrics_is_read(reports):
    families = families_of(reports("openmetrics"))
    assert {name: family.type for name, family in families.items()} == {
        "bulkhead_subject_info": "gauge", "bulkhead_probes": "gauge",
        "bulkhead_verdict": "gauge", "bulkhead_controls": "gauge",
        "bulkhead_waiver_end_timestamp_seconds": "gauge",
        "bulkhead_exit_status": "gauge"}
    assert families["bulkhead_waiver_end_timestamp_seconds"].unit == "seconds"
    for family in families.values():
        assert family.documentation
        assert family.samples


def promtool(text):
    """The finished process of Prometheus' own checker."""
    program = CACHE / "programs/prometheus/usr/bin/promtool"
    need(program.exists(), f"{program}: ci/setup fetches it")
    return subprocess.run([program, "check", "metrics"], input=text,
                          capture_output=True, text=True, check=False)


def test_promtool_finds_nothing(reports):
    text = reports("openmetrics")
    done = promtool(text if isinstance(text, str) else text.decode())
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.fast
def test_promtool_refuses_what_prometheus_cannot_read():
    done = promtool("# TYPE a info\na_info{b=\"c\"} 1\n")
    assert done.returncode == 1
    assert "unknown metric type" in done.stderr


def test_openmetrics_agrees(real, document):
    families = families_of(real["openmetrics"])
    found = {(sample.labels["subject"], sample.labels["probe"]):
             sample.labels["verdict"]
             for sample in families["bulkhead_verdict"].samples
             if sample.value == 1}
    assert found == {(subject, record["probe"]): record["verdict"]
                     for subject, record in records_of(document)}
    counts = {(sample.labels["subject"], sample.labels["verdict"]):
              sample.value for sample in families["bulkhead_probes"].samples}
    for run in runs_of(document):
        for verdict, count in run["summary"].items():
            if verdict != "escaped_probes":
                assert counts[run["subject"]["name"], verdict] == count


@pytest.mark.fast
def test_cut_openmetrics_is_noticed(hostile):
    text = hostile("openmetrics").decode()
    with pytest.raises(ValueError):
        families_of(text.removesuffix("# EOF\n"))


@pytest.mark.fast
def test_hostile_openmetrics_holds_what_it_should(hostile):
    families = families_of(hostile("openmetrics").decode())
    subjects = {sample.labels["subject"]
                for sample in families["bulkhead_verdict"].samples}
    assert len(subjects) == 3
    assert sum(END in subject for subject in subjects) == 2
    assert len(families["bulkhead_verdict"].samples) == 5 * 8


# ---- markdown --------------------------------------------------------------


def test_markdown_is_rendered(reports):
    text = reports("markdown")
    page = Page(text)
    assert {"table", "h3", "pre"} <= page.tags <= MARKDOWN_TAGS
    assert len(page.rows) == 1 + text.count("\n| `")
    assert len(set(page.rows)) == 1, "rows of different lengths"
    assert all(re.fullmatch(r"https://nvd\.nist\.gov/vuln/detail/CVE-[0-9-]+",
                            link) for link in page.links)
    # Nothing that was meant to act has stayed as text.
    assert "**" not in page.plain


def test_markdown_agrees(real, document):
    page = Page(real["markdown"])
    named = {probe for (_, probe), verdict in verdicts_of(document).items()
             if verdict != "contained"}
    probes = {record["probe"] for _, record in records_of(document)}
    assert probes & set(page.code) == named
    for subject, record in records_of(document):
        assert subject in page.code
        if record["verdict"] in ("escaped", "inconclusive"):
            assert record["repeat"] + "\n" in page.code
            assert record["evidence"] in page.code


@pytest.mark.fast
def test_hostile_markdown_keeps_evidence_in_code(hostile):
    page = Page(hostile("markdown").decode())
    assert END not in page.plain
    assert "nobody" not in page.plain
    assert sum(END in code for code in page.code) > 20
    shown = next(code for code in page.code if code.startswith("<script>"))
    assert shown.endswith(END)
    assert "``` ~~~" in shown and "| `x` " in shown


# ---- all of them -----------------------------------------------------------


@pytest.mark.fast
@pytest.mark.parametrize("name", FORMATS)
def test_no_form_acts_or_grows_without_bound(hostile, name):
    data = hostile(name)
    text = data.decode("utf-8", errors="strict")
    assert END in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", text)
    if name != "json":  # which has it whole
        assert not re.search("[\x7f-\x9f\u2028\u202e\ufeff\uffff]", text)
        assert len(data) < 100_000


# A name is the one text that a command line can make hostile.
def test_a_hostile_subject_breaks_no_form(run, tmp_path, schema):
    name = ("/bin/false '<script>]]>&amp;|`x` \"#@\udcff\n# EOF\n"
            "not ok 9 x\x1b[2J' {argv}")
    flags = [word for form in FORMATS
             for word in ("--report", f"{form}={tmp_path / form}")]
    done = run("verify", "--subject", name, "--probe", "utsns/own-namespace",
               *flags, timeout=240, check=3)
    assert "\x1b" not in done.stdout
    text = {form: (tmp_path / form).read_bytes().decode("utf-8", "strict")
            for form in FORMATS}
    validate(json.loads(text["json"]), schema)
    validate(json.loads(text["sarif"]), SARIF)
    assert len(ktap.parse(text["ktap"])) == 1
    suite, = junitparser.JUnitXml.fromstring(text["junit"].encode())
    assert suite.errors == 1
    assert families_of(text["openmetrics"])["bulkhead_verdict"].samples
    assert Page(text["markdown"]).tags <= MARKDOWN_TAGS


@pytest.mark.fast
@pytest.mark.parametrize("words", ["junit", "junit=", "=x", "papyrus=x"])
def test_a_report_wants_a_format_and_a_file(run, words):
    done = run("verify", "--report", words, check=4)
    assert done.stderr.startswith("bulkhead verify: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_report_that_cannot_be_written_is_not_green(run, tmp_path):
    done = run("verify", "--boundary", "utsns", "--report", "junit=/dev/full",
               "--json", tmp_path / "json", timeout=240, check=3)
    assert "/dev/full" in done.stderr
    assert json.loads((tmp_path / "json").read_text())["records"]
    assert "contained" in done.stdout
