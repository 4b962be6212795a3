"""What the tests of the reports share: a real run and a hostile report in
every form, and the readers of some forms."""

import html.parser
import json
import subprocess
from pathlib import Path

import jsonschema
import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families)

FORMATS = ["tty", "json", "ktap", "junit", "sarif", "markdown", "openmetrics",
           "html"]
SARIF = json.loads(Path(__file__).with_name("sarif.schema.json").read_text())
END = "end-of-hostile"  # of verify/report_samples.h


def validate(document, schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)


def runs_of(document):
    return document.get("runs", [document])


def records_of(document):
    """(subject, record) of all subjects."""
    return [(run["subject"]["name"], record) for run in runs_of(document)
            for record in run["records"]]


def verdicts_of(document):
    return {(subject, record["probe"]):
            "waived" if "waived" in record else record["verdict"]
            for subject, record in records_of(document)}


@pytest.fixture(scope="session")
def real(run, tmp_path_factory):
    """One run with two subjects and a waiver, in every format."""
    folder = tmp_path_factory.mktemp("reports")
    (folder / "baseline").write_text(json.dumps(
        {"probe": "utsns/own-namespace", "subject": "none",
         "reason": "no | container", "until": "9999-12-31"}))
    flags = [word for name in FORMATS
             for word in ("--report", f"{name}={folder / name}")]
    done = run("verify", "--subject", "bulkhead", "--subject", "none",
               "--boundary", "utsns", "--boundary", "cgroupns", "--baseline",
               folder / "baseline", *flags, timeout=240, check=1)
    reports = {name: (folder / name).read_text() for name in FORMATS}
    assert reports["tty"] == done.stdout
    return reports


@pytest.fixture(scope="session")
def document(real):
    return json.loads(real["json"])


@pytest.fixture(scope="session")
def hostile(bulkhead):
    """hostile("junit"): the hostile report in that form, as bytes."""
    program = Path(bulkhead).parents[1] / "verify/hostile_report"

    def render(name):
        return subprocess.run([program, name], check=True, timeout=60,
                              stdout=subprocess.PIPE).stdout

    return render


@pytest.fixture(scope="session", params=["real", "hostile"])
def reports(request):
    """reports("junit") of a real run, and of the hostile report."""
    if request.param == "real":
        real = request.getfixturevalue("real")
        return real.__getitem__
    hostile = request.getfixturevalue("hostile")
    return lambda name: hostile(name).decode("utf-8", errors="strict")


@pytest.fixture(scope="session")
def schema(run):
    return json.loads(run("verify", "--schema", check=0).stdout)


def put(path, value):
    def damage(document):
        *folders, last = path
        for name in folders:
            document = document[name]
        document[last] = value
    return damage


def drop(path):
    def damage(document):
        *folders, last = path
        for name in folders:
            document = document[name]
        del document[last]
    return damage


def families_of(text):
    return {family.name: family
            for family in text_string_to_metric_families(text)}


class Page(html.parser.HTMLParser):
    """What GitHub's own renderer made of it."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.rows, self.links, self.code, self.plain = (
            set(), [], [], [], "")
        self.in_code = False
        done = subprocess.run(
            ["cmark-gfm", "--unsafe", "--strikethrough-double-tilde",
             *(word for name in ("table", "autolink", "strikethrough",
                                 "tasklist") for word in ("-e", name))],
            input=text.encode(), check=True, timeout=60,
            stdout=subprocess.PIPE)
        self.feed(done.stdout.decode())
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append(0)
        elif tag in ("td", "th"):
            self.rows[-1] += 1
        elif tag == "a":
            self.links.append(dict(attrs)["href"])
        elif tag == "code":
            self.in_code = True
            self.code.append("")

    def handle_endtag(self, tag):
        if tag == "code":
            self.in_code = False

    def handle_data(self, data):
        if self.in_code:
            self.code[-1] += data
        else:
            self.plain += data


MARKDOWN_TAGS = {"h2", "h3", "table", "thead", "tbody", "tr", "th", "td", "ul",
                 "li", "p", "code", "pre", "strong", "a"}
