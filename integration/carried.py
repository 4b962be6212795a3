"""Programs of this host, carried into a machine: each with its loader and its
libraries, in a folder of its own, so that nothing of the guest is replaced and
nothing of it is needed."""

import functools
import re
import subprocess
from pathlib import Path

PLACE = "/opt/carried"


@functools.cache
def _libraries(program):
    """(the loader, all other libraries), as the loader says."""
    said = subprocess.run(["ldd", program], check=True, text=True,
                          capture_output=True).stdout
    paths = re.findall(r"(/\S+) \(0x", said)
    loader = next(path for path in paths if "/ld-" in path)
    return loader, [path for path in paths if path != loader]


def carry(machine, program):
    """Puts `program` into `machine`; returns the words that call it there."""
    program = Path(program).resolve()
    loader, libraries = _libraries(program)
    folder = f"{PLACE}/{program.name}"
    for path in (loader, *libraries, program):
        machine.push(f"{folder}/{Path(path).name}", Path(path).read_bytes(),
                     0o755)
    return [f"{folder}/{Path(loader).name}", "--library-path", folder,
            f"{folder}/{program.name}"]
