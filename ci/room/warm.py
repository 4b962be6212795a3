"""Compiles the project in the tree of the box, by the processor of the host
instead of an emulated one. The compiler, its options and every path are those
of the machine, so ccache finds all of it there: the machine only links."""

from pathlib import Path

from linux import KernelError

from room import chamber, tree

PROJECT = Path(__file__).resolve().parents[2]
COMPILE = "cmake --preset dev >/dev/null && nice ninja -C build/dev --quiet"


def folder():
    """What vagrant copies into the machine: the ccache of its root."""
    path = tree.top() / "ccache"
    path.mkdir(parents=True, exist_ok=True)
    return path


def warm(root, say):
    """Brings the ccache up to date with the project as it is. What was built
    stays, so that only what has changed since is compiled."""
    made_of = tree.digest(root.name, str(PROJECT))
    build = tree.top() / f"build-{made_of[:16]}"
    with tree.lock("ccache", say):
        say("compiling for the ccache of the machine; the first time takes "
            "minutes")
        build.mkdir(exist_ok=True)
        (PROJECT / "build").mkdir(exist_ok=True)
        if chamber.once(root, ["sh", "-c", f"cd /bulkhead && {COMPILE}"],
                        {PROJECT: "/bulkhead", build: "/bulkhead/build",
                         folder(): "/root/.cache/ccache"}):
            raise KernelError("the project does not compile in the box")
    return folder()
