"""Which files belong to the project; shared by the checkers of this folder."""

import argparse
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def parser(description):
    """A parser with --root, the tree to check (default: this project)."""
    result = argparse.ArgumentParser(description=description)
    result.add_argument("--root", type=pathlib.Path, default=ROOT)
    return result


def files(root, *suffixes):
    """Paths below `root`, relative to it: tracked, or new and not ignored.

    safe.directory: in CI the tree is often checked out by another user.
    """
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z",
         "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True).stdout
    names = sorted({name for name in listing.split("\0") if name})
    return [pathlib.Path(name) for name in names
            if (not suffixes or name.endswith(suffixes))
            and (root / name).is_file() and not (root / name).is_symlink()]


def scripts(root, *interpreters, suffix):
    """Files named *`suffix`, or whose first line runs an interpreter."""
    result = []
    for path in files(root):
        with (root / path).open("rb") as stream:
            first = stream.readline(200)
        words = first[2:].replace(b"/", b" ").split()
        by_line = first.startswith(b"#!") and any(
            name.encode() in words for name in interpreters)
        if path.suffix == suffix or by_line:
            result.append(path)
    return result


def finish(what, checked, findings):
    """Prints the findings and exits: 0 clean, 1 findings, 2 nothing checked."""
    for finding in findings:
        print(finding)
    if not checked:
        print(f"{what}: found nothing to check", file=sys.stderr)
        sys.exit(2)
    print(f"{what}: {checked} checked, {len(findings)} wrong")
    sys.exit(1 if findings else 0)
