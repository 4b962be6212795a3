"""The two reports that have a schema: the JSON document, whose schema the
program prints, and SARIF. Both must be noticed when they are damaged."""

import copy
import json
import subprocess

import jsonschema
import pytest

from report_readers import (END, SARIF, drop, put, records_of, validate,
                            verdicts_of)

# ---- JSON ------------------------------------------------------------------


def test_the_document_of_several_subjects_has_its_published_form(
        document, schema):
    assert len(document["runs"]) == 2
    validate(document, schema)


def test_the_document_of_one_subject_has_its_published_form(run, schema):
    done = run("verify", "--boundary", "utsns", "--format", "json",
               timeout=240, check=0)
    one = json.loads(done.stdout)
    assert one["records"]
    validate(one, schema)


@pytest.mark.fast
def test_the_hostile_document_has_its_published_form(hostile, schema):
    text = json.loads(hostile("json"))
    assert len(records_of(text)) == 8
    validate(text, schema)


RECORD = ("runs", 0, "records", 0)
DAMAGES = {
    "no schema": drop(["schema"]),
    "another schema": put(["schema"], "bulkhead.verify/2"),
    "no machine": drop(["machine"]),
    "no spec": drop(["spec"]),
    "something new": put(["weather"], "fine"),
    "something new in a record": put([*RECORD, "weather"], "fine"),
    "something new in a half": put([*RECORD, "attempt", "weather"], "fine"),
    "another verdict": put([*RECORD, "verdict"], "fine"),
    "no digest": drop([*RECORD, "spec_digest"]),
    "a short digest": put([*RECORD, "spec_digest"], "sha256:0"),
    "no kernel": drop([*RECORD, "kernel"]),
    "no version": drop([*RECORD, "subject", "version"]),
    "no boundary": put([*RECORD, "boundary"], "wall"),
    "one subject in two forms": put(["records"], []),
    "contained without a red twin": put([*RECORD, "control"], None),
    "contained, but the attempt got through":
        put([*RECORD, "attempt", "outcome"], "reached"),
    "contained, but the witness is broken":
        put([*RECORD, "witness", "outcome"], "broken"),
    "a negative count": put(["runs", 0, "summary", "escaped"], -1),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_document_is_noticed(document, schema, damage):
    broken = copy.deepcopy(document)
    assert broken["runs"][0]["records"][0]["verdict"] == "contained"
    damage(broken)
    with pytest.raises(jsonschema.ValidationError):
        validate(broken, schema)


def test_the_digest_can_be_computed_by_others(document):
    canonical = json.dumps(document["spec"], sort_keys=True,
                           separators=(",", ":"), ensure_ascii=False)
    done = subprocess.run(["sha256sum"], input=canonical.encode(), check=True,
                          stdout=subprocess.PIPE)
    digest = "sha256:" + done.stdout.split()[0].decode()
    assert {record["spec_digest"]
            for _, record in records_of(document)} == {digest}


def test_a_digest_tells_specs_apart_and_runs_not(run, document):
    def digest(*flags):
        done = run("verify", "--probe", "utsns/own-namespace", "--format",
                   "json", *flags, timeout=240)
        return json.loads(done.stdout)["records"][0]["spec_digest"]

    assert digest() == document["runs"][0]["records"][0]["spec_digest"]
    assert digest("--without", "utsns") != digest()


# ---- SARIF -----------------------------------------------------------------


def test_sarif_is_of_its_schema(reports):
    log = json.loads(reports("sarif"))
    validate(log, SARIF)
    ids = [run["automationDetails"]["id"] for run in log["runs"]]
    assert len(ids) == len(set(ids))
    for run in log["runs"]:
        rules = run["tool"]["driver"]["rules"]
        assert len({rule["id"] for rule in rules}) == len(rules)
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            assert len(result["message"]["text"]) < 65536


def test_sarif_agrees(real, document):
    log = json.loads(real["sarif"])
    found = {}
    for run in log["runs"]:
        for result in run["results"]:
            found[run["properties"]["subject"], result["ruleId"]] = (
                "waived" if "suppressions" in result
                else result["properties"]["verdict"])
    assert found == {
        key: verdict for key, verdict in verdicts_of(document).items()
        if verdict not in ("contained", "unsupported")}
    assert found
    assert [run["invocations"][0]["exitCode"] for run in log["runs"]] == [0, 1]


SARIF_RESULT = ("runs", 1, "results", 0)
SARIF_DAMAGES = {
    "no schema": drop(["$schema"]),
    "another version": put(["version"], "2.0.0"),
    "no driver": drop(["runs", 0, "tool", "driver"]),
    "no message": drop([*SARIF_RESULT, "message"]),
    "an empty message": put([*SARIF_RESULT, "message", "text"], ""),
    "another level": put([*SARIF_RESULT, "level"], "fatal"),
    "a level that does not go with the kind":
        put([*SARIF_RESULT, "kind"], "pass"),
    "no location": put([*SARIF_RESULT, "locations"], []),
    "line 0": put([*SARIF_RESULT, "locations", 0, "physicalLocation",
                    "region", "startLine"], 0),
    "a misspelt property": put([*SARIF_RESULT, "supressions"], []),
    "no success": drop(["runs", 0, "invocations", 0, "executionSuccessful"]),
}


@pytest.mark.parametrize("damage", SARIF_DAMAGES.values(), ids=SARIF_DAMAGES)
def test_damaged_sarif_is_noticed(real, damage):
    log = json.loads(real["sarif"])
    damage(log)
    with pytest.raises(jsonschema.ValidationError):
        validate(log, SARIF)


@pytest.mark.fast
def test_hostile_sarif_holds_what_it_should(hostile):
    first, second, third = json.loads(hostile("sarif"))["runs"]
    assert [len(run["results"]) for run in (first, second, third)] == [4, 1, 0]
    assert END in first["results"][0]["message"]["text"]
    assert not third["invocations"][0]["executionSuccessful"]
