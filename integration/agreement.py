"""Whether runs of the same cells said the same: for ci/repeat."""

import collections
import json


def cells_of(folder):
    """{cell: (verdict, evidence)} of the reports of one run."""
    found = {}
    for path in folder.glob("*.json"):
        for record in json.loads(path.read_text())["records"]:
            found[f"{path.stem}-{record['probe']}"] = (
                record["verdict"], record["evidence"])
    return found


def differing(runs):
    """{cell: {verdict: [an evidence, how many runs]}} of the cells on which
    the runs do not agree; a run that has no such cell said "nothing"."""
    found = {}
    for cell in sorted(set().union(*runs)):
        seen = collections.OrderedDict()
        for run in runs:
            verdict, evidence = run.get(cell, ("nothing", "no record"))
            seen.setdefault(verdict, [evidence, 0])[1] += 1
        if len(seen) > 1:
            found[cell] = seen
    return found
