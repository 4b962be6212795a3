"""From a CVE to the probes that try what it was about, and back."""

import json
import re

import pytest


@pytest.fixture(scope="module")
def probes(run):
    done = run("probes", "--format", "json", check=0)
    return json.loads(done.stdout)["probes"]


@pytest.fixture(scope="module")
def cves(run):
    done = run("probes", "--cve", "--format", "json", check=0)
    return json.loads(done.stdout)["cves"]


@pytest.mark.fast
def test_probes_in_json_are_those_of_the_list(run, probes):
    listed = [line.split()[0]
              for line in run("probes", check=0).stdout.splitlines()]
    assert [probe["id"] for probe in probes] == listed
    for probe in probes:
        assert probe["claim"] and probe["watches"] and probe["references"]
        assert probe["repeat"].endswith(probe["id"])


@pytest.mark.fast
def test_one_probe_in_json(run, probes):
    done = run("probes", probes[0]["id"], "--format", "json", check=0)
    assert json.loads(done.stdout)["probes"] == probes[:1]


@pytest.mark.fast
def test_boundaries_in_json(run):
    done = run("probes", "--boundaries", "--format", "json", check=0)
    names = run("probes", "--boundaries", check=0).stdout.split()
    assert json.loads(done.stdout)["boundaries"] == names


@pytest.mark.fast
def test_the_table_of_cves_is_that_of_the_references(run, probes, cves):
    wanted = {}
    for probe in probes:
        for reference in probe["references"]:
            if reference.startswith("CVE-"):
                wanted.setdefault(reference, []).append(probe["id"])
    assert cves == wanted
    lines = run("probes", "--cve", check=0).stdout.splitlines()
    assert [line.split()[0] for line in lines] == sorted(
        wanted, key=lambda cve: [int(part) for part in cve[4:].split("-")])


@pytest.mark.parametrize("change", [str, str.lower])
def test_a_cve_selects_its_probes_and_no_others(run, cves, change):
    cve, ids = next((cve, ids) for cve, ids in sorted(cves.items())
                    if len(ids) == 2)
    done = run("verify", "--cve", change(cve), "--format", "json",
               timeout=240)
    records = json.loads(done.stdout)["records"]
    assert sorted(record["probe"] for record in records) == ids
    assert all(cve in record["references"] for record in records)


@pytest.mark.fast
@pytest.mark.parametrize("cve", ["CVE-1999-0001", "CVE-2019-573", "5736", ""])
def test_an_unknown_cve_selects_nothing_and_lists_the_known(run, cves, cve):
    known = next(iter(cves))
    done = run("verify", "--cve", known, "--cve", cve, check=5)
    assert done.stdout == ""
    line, = done.stderr.splitlines()
    assert line.startswith(f"bulkhead verify: no probe refers to {cve}")
    assert sorted(re.findall("CVE-[0-9-]+", line.split("known are")[1])) == (
        sorted(cves))
