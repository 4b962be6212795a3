"""A group of the matrix is one subject on one machine; a column is all groups
of one machine and one userland. A column is verified in one run, so that its
controls are tried once; its reports then belong to its groups."""

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Per subject; a machine under emulation takes ten times as long as this host.
HOST_TIMEOUT = 120
MACHINE_TIMEOUT = 600
MACHINE_MIB = 1024


class NoVerdicts(Exception):
    """verify did not judge: an error of the harness, in no probe's name."""


@dataclass(frozen=True)
class Column:
    """A machine: "host" or a kernel's key; and the guest image its subjects
    come from, empty on the host."""
    machine: str
    userland: str = ""

    @property
    def name(self):
        return f"{self.machine}-{self.userland or 'installed'}"


@dataclass(frozen=True)
class Group:
    column: Column
    subject: str

    @property
    def machine(self):
        return self.column.machine

    @property
    def label(self):
        """The subject as the ids of tests and the waivers call it."""
        default = self.column.userland in ("", "bookworm")
        return (self.subject if default else
                f"{self.subject}.{self.column.userland}")

    @property
    def name(self):
        return f"{self.machine}-{self.label}"


def program():
    return Path(os.environ.get("BULKHEAD", ROOT / "build/dev/cli/bulkhead"))


@cache
def probes():
    """Ids of all probes of the program under test."""
    done = subprocess.run([program(), "probes", "--format", "json"],
                          capture_output=True, text=True, check=True)
    return [probe["id"] for probe in json.loads(done.stdout)["probes"]]


def flags(subjects, sarif):
    return ["verify", *(word for name in subjects
                        for word in ("--subject", name)),
            "--format", "json", "--report", f"sarif={sarif}"]


def reports_of(done, subjects):
    """{subject: report} of a finished `verify`. Statuses of verdicts (0, 1,
    3) pass; anything else, or a report too few, is an error of the harness."""
    if done.returncode not in (0, 1, 3) or not done.stdout.strip():
        raise NoVerdicts(f"verify ended with {done.returncode}: "
                         f"{done.stderr.strip()[-2000:]}")
    document = json.loads(done.stdout)
    runs = document.get("runs", [document])
    # Each group's report is whole in itself.
    common = {name: value for name, value in document.items()
              if name != "runs"}
    found = {run["subject"]["name"]: {**common, **run} for run in runs}
    if list(found) != list(subjects):
        raise NoVerdicts(f"verified {', '.join(found)}, not "
                         f"{', '.join(subjects)}")
    return found


def records_of(report):
    """Records by probe."""
    records = {record["probe"]: record for record in report["records"]}
    if len(records) != len(report["records"]):
        raise NoVerdicts("a probe has two records")
    return records


def verify_here(subjects):
    """({subject: report}, SARIF of all of them) of this host."""
    with tempfile.TemporaryDirectory() as folder:
        sarif = Path(folder) / "sarif"
        done = subprocess.run(
            [program(), *flags(subjects, sarif)], capture_output=True,
            text=True, timeout=HOST_TIMEOUT * len(subjects), check=False)
        return reports_of(done, subjects), sarif.read_bytes()


def verify_in(machine, subjects):
    """The same of a machine."""
    there = "/usr/local/bin/bulkhead"
    machine.push(there, program().read_bytes(), 0o755)
    done = machine.run([there, *flags(subjects, "/root/sarif")],
                       timeout=MACHINE_TIMEOUT * len(subjects))
    return reports_of(done, subjects), machine.pull("/root/sarif")


def machine_of(column):
    """A fresh machine for a column."""
    from machines import pool  # whoever asks for none needs none of it
    image = subprocess.run([ROOT / "ci/guest", "path", column.userland],
                           capture_output=True, text=True, check=False)
    if image.returncode:
        raise NoVerdicts(image.stderr.strip())
    return pool.restored(column.machine, image=image.stdout.strip(),
                         memory_mib=MACHINE_MIB)
