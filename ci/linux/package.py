"""One package of another architecture → its files in a folder. The host's apt
knows its own architecture only, and is not taught another.

    python3 ci/linux/package.py NAME:ARCHITECTURE FOLDER"""

import re
import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parents[1]))

from linux import KernelError, archive  # noqa: E402


def own_suite():
    """The release that this host runs."""
    found = re.search(r"^VERSION_CODENAME=(\w+)",
                      Path("/etc/os-release").read_text(), re.MULTILINE)
    if not found:
        raise KernelError("/etc/os-release names no release of Debian")
    return found[1]


def unpack(name, architecture, folder):
    """Unpacks the package into folder/tree; apt verifies it."""
    with archive.Archive(own_suite(), architecture=architecture) as suite:
        suite.update()
        file, = suite.files([name])
    deb = archive.download(file, folder)
    subprocess.run(["dpkg-deb", "-x", deb, Path(folder) / "tree"], check=True)


def main():
    what, folder = sys.argv[1:]
    name, _, architecture = what.partition(":")
    try:
        unpack(name, architecture, folder)
    except KernelError as error:
        sys.exit(f"{what}: {error}")


if __name__ == "__main__":
    main()
