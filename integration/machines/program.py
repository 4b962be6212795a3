"""Programs on their way into a guest."""

import hashlib
import subprocess
from pathlib import Path

from machines import store


def stripped(program):
    """`program` without its debug information, which is most of it: every
    byte that a guest gets is unpacked under emulation and stays in its RAM."""
    program = Path(program)
    digest = hashlib.sha256(program.read_bytes()).hexdigest()

    def strip(path):
        subprocess.run(["strip", "-o", path, program], check=True)

    return store.get("programs", digest, strip)
