"""The page of HTML, in a real browser: what it shows is what the JSON says, and
it is never greener than its sources. How it can be used: test_page_use.py."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from page_samples import (FLAGS, PROBE, TURN, cells, escaped, listed, open_all,
                          spoil, text_of, without)
from report_readers import runs_of

SYMBOLS = {"contained": "✓", "escaped": "✗", "inconclusive": "?",
           "unsupported": "–", "open": "○"}
WORST_FIRST = ["escaped", "inconclusive", "open", "contained", "unsupported"]


def wanted_cell(records):
    counts = Counter(record["verdict"] for record in records)
    worst = next(word for word in WORST_FIRST if counts[word])
    number = (f"{counts[worst]}" if counts[worst] == len(records)
              else f"{counts[worst]}/{len(records)}")
    return f"{SYMBOLS[worst]} {number}", worst


# ---- what it shows ---------------------------------------------------------


def test_the_matrix_is_what_the_json_says(browser, page, files, three):
    browser.open(page(*map(files, three)))
    wanted = {}
    for document in three:
        machine = (f"{document['machine']['kernel']}, cgroup "
                   f"{document['machine']['cgroups']}")
        for part in runs_of(document):
            name = part["subject"]["name"]
            wanted[machine, name, ""] = wanted_cell(part["records"])
            for boundary in ("utsns", "cgroupns"):
                wanted[machine, name, boundary] = wanted_cell(
                    [it for it in part["records"]
                     if it["boundary"] == boundary])
    assert cells(browser) == wanted
    escapes = sum(part["summary"]["escaped"] for document in three
                  for part in runs_of(document))
    probes = len(runs_of(three[0])[0]["records"])
    assert re.match(f"2 kernels, 2 subjects, {probes} probes: {escapes} "
                    "escapes in 1 subject", text_of(browser, "h1"))
    assert browser.run("document.title") == text_of(browser, "h1")
    assert browser.complaints() == []
    assert not browser.run("!!document.getElementById('broken')")


def test_verify_prints_the_same_page(browser, run, tmp_path):
    done = run("verify", *FLAGS, "--format", "html", "--report",
               f"json={tmp_path / 'json'}", timeout=240, check=1)
    (tmp_path / "page.html").write_text(done.stdout)
    browser.open(tmp_path / "page.html")
    document = json.loads((tmp_path / "json").read_text())
    for part in runs_of(document):
        shown = {key[1:]: cell for key, cell in cells(browser).items()}
        assert shown[part["subject"]["name"], "utsns"] == wanted_cell(
            [it for it in part["records"] if it["boundary"] == "utsns"])
    assert browser.complaints() == []


def test_a_cell_opens_into_its_probes(browser, page, files, three, matrices):
    browser.open(page(*map(files, three), *matrices))
    browser.run("""[...document.querySelectorAll('#matrix button')].find((it) =>
      it.dataset.subject === 'none' && it.dataset.boundary === 'utsns').click()
    """)
    part, = [it for it in runs_of(three[0])
             if it["subject"]["name"] == "none"]
    assert sorted(probe for probe, _ in listed(browser)) == sorted(
        it["probe"] for it in part["records"] if it["boundary"] == "utsns")
    assert len(set(where for _, where in listed(browser))) == 1
    assert browser.run("location.hash").startswith(
        "#verdict=all&boundary=utsns&subject=none&machine=6.1.0-41")
    browser.run("""[...document.querySelectorAll('#list details')].find((it) =>
      it.innerText.includes('%s')).open = true""" % PROBE)
    browser.run(TURN)
    body = text_of(browser, "#list .body")
    record, = [it for it in part["records"] if it["probe"] == PROBE]
    for said in (record["claim"], record["evidence"], record["remedy"],
                 record["repeat"], record["attempt"]["evidence"],
                 record["witness"]["evidence"], record["control"]["evidence"],
                 *record["references"], *record["watches"],
                 "one bug from escape", "utsns.new"):
        assert said in body
    assert re.search(r"\noutside\n", body)


def test_a_contained_record_names_the_layer(browser, page, files, three):
    path = page(*map(files, three))
    browser.open(path, f"#probe={PROBE}&subject=bulkhead&machine="
                       "5.10.0-35,+cgroup+v1")
    assert listed(browser) == [(PROBE, "bulkhead, 5.10.0-35, cgroup v1")]
    part, = [it for it in runs_of(three[1])
             if it["subject"]["name"] == "bulkhead"]
    record, = [it for it in part["records"] if it["probe"] == PROBE]
    assert re.search(rf"\nby\n\n?{record['by']}\n",
                     text_of(browser, "#list .body"))


def test_filter_and_search_work_and_stand_in_the_link(browser, page, files,
                                                      three):
    path = page(*map(files, three))
    browser.open(path, "#verdict=all&q=own-namespace+utsns")
    everywhere = listed(browser)
    assert {probe for probe, _ in everywhere} == {PROBE}
    assert len(everywhere) == 6
    browser.run("document.getElementById('q').focus()")
    browser.type(" no-such-word")
    assert listed(browser) == []
    assert "None of" in text_of(browser, "#found")
    assert "no-such-word" in browser.run("location.hash")
    browser.run("document.getElementById('reset').click()")
    assert {where.split(",")[0] for _, where in listed(browser)} == {"none"}
    for key, value in (("subject", "bulkhead"), ("verdict", "contained"),
                       ("boundary", "utsns"),
                       ("machine", "5.10.0-35, cgroup v2")):
        browser.run(f"""{{const it = document.getElementById('{key}');
          it.value = '{value}'; it.dispatchEvent(new Event('change'));}}""")
    wanted = {(it["probe"], "bulkhead, 5.10.0-35, cgroup v2")
              for part in runs_of(three[2]) for it in part["records"]
              if (part["subject"]["name"], it["boundary"], it["verdict"]) ==
              ("bulkhead", "utsns", "contained")}
    assert wanted and set(listed(browser)) == wanted


def test_matrices_are_shown(browser, page, files, report, matrices):
    browser.open(page(files(report), *matrices))
    kill = json.loads(Path(matrices[1]).read_text())
    depth = json.loads(Path(matrices[3]).read_text())
    open_all(browser)
    text = text_of(browser, "#kill")
    assert f"{kill['summary']['unnoticed']} unnoticed" in text
    assert kill["steps"]
    for row in kill["steps"]:
        assert row["step"] in text
        assert row["refused_at"] in text
        assert row["needed_by"] in text
    assert ("nobody notices" in text) == (kill["summary"]["unnoticed"] > 0)
    assert depth["probes"][0]["alone"][0] in text_of(browser, "#depth")


def test_changes_since_an_earlier_report_are_shown(browser, page, files,
                                                   report):
    before = without(escaped(report, "bulkhead", PROBE),
                     "cgroupns/root-hidden")
    now = without(report, "utsns/hostname-private")
    browser.open(page(files(now), "--before", files(before)))
    text = text_of(browser, "#comparison")
    assert "Better: 1\n" in text + "\n"
    assert "Gone: no longer tried: 2\n" in text
    assert "New: 2\n" in text
    assert "Worse" not in text
    open_all(browser)
    assert re.search(rf"✗ → ✓ {PROBE}\b", text_of(browser, "#comparison"))


# ---- never wrong in the green direction ------------------------------------


SPOILT = ["a record cut out", "another verdict", "no verdict", "no control",
          "another summary", "no record"]


@pytest.mark.parametrize("what", SPOILT)
def test_what_is_wrong_with_a_report_is_never_green(browser, page, files,
                                                    report, what):
    assert runs_of(report)[0]["subject"]["name"] == "bulkhead"
    browser.open(page(files(spoil(report)[what])))
    own = {key[2]: word for key, (_, word) in cells(browser).items()
           if key[1] == "bulkhead"}
    assert own[""] in ("inconclusive", "missing")
    assert "inconclusive" in text_of(browser, "h1")
    assert browser.run("document.querySelector('#list .record')"
                       ".innerText").strip()


def test_a_word_that_the_page_does_not_know_is_no_green(browser, page, files,
                                                        report, tmp_path):
    whole = page(files(report)).read_text()
    (tmp_path / "page.html").write_text(
        whole.replace('"word":"contained"', '"word":"fine"'))
    browser.open(tmp_path / "page.html")
    assert {word for key, (_, word) in cells(browser).items()
            if key[1] == "bulkhead"} == {"inconclusive"}
    assert "contained" not in text_of(browser, "#legend")


def test_a_page_whose_script_fails_says_so(browser, page, files, report,
                                           tmp_path):
    whole = page(files(report)).read_text()
    for name, broken in (
            ("cut.html", whole[:whole.rindex("start();")]),
            ("data.html", whole.replace('"records":', '"recrods":', 1)),
            ("forged.html", whole.replace("'use strict'", "'use sloppy'"))):
        assert broken != whole
        (tmp_path / name).write_text(broken)
        browser.open(tmp_path / name)
        assert "nothing below is a result" in text_of(browser, "#broken")
        assert cells(browser) == {}


@pytest.mark.fast
@pytest.mark.parametrize("text, said", [
    ("", "is no JSON at line 1, column 1"),
    ("{}", 'it has no "schema"'),
    ('{"schema": "bulkhead.verify/9"}', '"bulkhead.verify/1" belongs'),
    ("[" * 1000 + "]" * 1000, "nested more than"),
], ids=["empty", "object", "version", "deep"])
def test_what_is_no_report_is_refused(run, tmp_path, text, said):
    (tmp_path / "a.json").write_text(text)
    done = run("page", tmp_path / "a.json", check=4)
    assert said in done.stderr
    assert str(tmp_path / "a.json") in done.stderr
    assert done.stdout == ""


@pytest.mark.fast
def test_a_page_wants_a_report(run):
    assert "report" in run("page", check=4).stderr
    assert "/no/such" in run("page", "/no/such", check=4).stderr


# ---- hostile text ----------------------------------------------------------


def test_hostile_text_is_only_shown(browser, hostile, tmp_path):
    (tmp_path / "page.html").write_bytes(hostile("html"))
    browser.open(tmp_path / "page.html", "#verdict=all")
    browser.run("window.alert = () => { window.acted = true; }")
    open_all(browser)
    assert browser.run("document.scripts.length") == 2
    assert not browser.run("window.acted === true")
    shown = browser.run("document.body.innerText")
    assert "<script>alert(1)</script>" in shown
    assert "\\u202e" in shown and "\\x1b[2J" in shown
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]",
                         shown)
    assert browser.run("""[...document.links].filter((it) =>
      !it.href.startsWith('https://nvd.nist.gov/vuln/detail/CVE-') &&
      !it.href.startsWith('file:')).length""") == 0
    assert browser.complaints() == []


def test_a_fragment_is_only_shown(browser, page, files, report):
    browser.open(page(files(report)),
                 "#verdict=<img src=x onerror=alert(1)>&q=</script>%00")
    assert listed(browser) == []
    assert browser.run("document.images.length") == 0
    assert browser.complaints() == []


def test_the_policy_refuses_a_script_that_is_not_the_page_s(
        browser, page, files, report):
    browser.open(page(files(report)))
    browser.run("""{const it = document.createElement('script');
      it.textContent = 'window.acted = true'; document.body.append(it);}""")
    assert not browser.run("window.acted === true")
