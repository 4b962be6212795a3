"""What each cell of the matrix is expected to say. Without a waiver a cell is
contained, or unsupported with a reason; of subjects that are not ours it may
be open, too: nothing asks them for it. waivers.toml names the others, each with
a verdict and a reason. A waiver that no longer holds is an error: what
got better is as much a change as what got worse."""

import fnmatch
import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("waivers.toml")
OURS = "bulkhead"
WORDS = {"escaped", "inconclusive", "unsupported", "contained"}
FIELDS = {"machine", "subject", "verdict", "probes", "reason"}


class BadWaivers(Exception):
    """The file says something that cannot be meant; the text says where."""


@dataclass(frozen=True)
class Cell:
    """One test: a probe, in a subject, on a machine."""
    machine: str
    subject: str
    probe: str


@dataclass(frozen=True)
class Waiver:
    """Cells of which something else is expected than containment."""
    machine: str
    subject: str
    verdict: str
    probes: list
    reason: str
    number: int

    def covers(self, cell):
        return (fnmatch.fnmatchcase(cell.machine, self.machine)
                and fnmatch.fnmatchcase(cell.subject, self.subject)
                and cell.probe in self.probes)


def parse(text, name=FILE.name):
    """The waivers of a TOML text; BadWaivers says which one is wrong."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadWaivers(f"{name}: {error}") from error
    unknown = document.keys() - {"waiver"}
    if unknown:
        raise BadWaivers(f"{name}: unknown table {sorted(unknown)[0]!r}; a "
                         "waiver begins with [[waiver]]")
    return [_waiver(entry, number, name)
            for number, entry in enumerate(document.get("waiver", []), 1)]


def _waiver(entry, number, name):
    def wrong(what):
        return BadWaivers(f"{name}: waiver {number}: {what}")

    if entry.keys() != FIELDS:
        raise wrong(f"has {', '.join(sorted(entry))}; needs exactly "
                    f"{', '.join(sorted(FIELDS))}")
    if entry["verdict"] not in WORDS:
        raise wrong(f"verdict {entry['verdict']!r}; one of "
                    f"{', '.join(sorted(WORDS))}")
    if len(entry["reason"].split()) < 3:
        raise wrong(f"reason {entry['reason']!r} explains nothing")
    if not entry["probes"] or len(set(entry["probes"])) < len(
            entry["probes"]):
        raise wrong("probes: needs at least one, each once")
    if (fnmatch.fnmatchcase(OURS, entry["subject"])
            and entry["verdict"] in ("escaped", "inconclusive")):
        raise wrong("bulkhead itself is never allowed to be "
                    f"{entry['verdict']}")
    return Waiver(number=number, **entry)


def load():
    return parse(FILE.read_text(encoding="utf-8"))


def waiver_of(waivers, cell):
    """The one waiver of a cell, or None. Two are an error of the file."""
    found = [one for one in waivers if one.covers(cell)]
    if len(found) > 1:
        raise BadWaivers(
            f"waivers {found[0].number} and {found[1].number} both cover "
            f"{cell.machine}-{cell.subject}-{cell.probe}")
    return found[0] if found else None


def complaint(record, waiver, subject):
    """What is wrong with a cell, as a sentence; None if it is as expected."""
    verdict = record["verdict"]
    if waiver:
        if verdict == waiver.verdict:
            return None
        return (f"{verdict}, but waiver {waiver.number} expects "
                f"{waiver.verdict} ({waiver.reason}): amend the waiver")
    if verdict == "contained":
        return None
    if verdict == "unsupported" or (verdict == "open" and subject != OURS):
        return None if record["evidence"].strip() else (
            f"{verdict} without a reason")
    return verdict
