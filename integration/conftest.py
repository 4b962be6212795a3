"""What the tests share: the program, a way to run it, a root file system, and
a watch on the host around every test."""

import functools
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

import host
import standing

pytest_plugins = ["report_readers", "page_samples", "machine_options",
                  "battery", "i386"]
ROOT = Path(__file__).resolve().parents[1]
CACHE = Path(os.environ.get("BULKHEAD_CACHE") or Path(
    os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "bulkhead"))
BUSYBOX = "/usr/bin/busybox"
APPLETS = ("sh echo id cat ls sleep hostname mount true false env pwd test "
           "touch dd mkdir readlink kill wc head tail tr grep ps").split()
USER = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
EMPTY_FOLDERS = "dev proc sys tmp etc root var run".split()


def pytest_addoption(parser):
    parser.addoption(
        "--shared-host", action="store_true",
        help="other tests run on this host: what their containers may change "
             "is not watched (for tests that run their own in machines)")


def pytest_configure():
    host.become_subreaper()


def need(condition, what):
    """Skips the test without `what`; where all must run it fails instead."""
    if condition:
        return
    if os.environ.get("BULKHEAD_MUST_RUN") == "1":
        pytest.fail(f"needs {what}", pytrace=False)
    pytest.skip(f"needs {what}")


@pytest.fixture(scope="session")
def shared_host(pytestconfig):
    return pytestconfig.getoption("--shared-host")


@pytest.fixture(scope="session")
def host_snapshot(shared_host):
    return functools.partial(host.snapshot, shared_host)


@pytest.fixture(scope="session", autouse=True)
def unchanged_kernel(shared_host):
    """Fails the run that changes a sysctl or leaves a key."""
    before = standing.snapshot(shared_host)
    yield
    changes = standing.changes(before, shared_host)
    if changes:
        pytest.fail("the run changed this host:\n" + "\n".join(changes),
                    pytrace=False)


@pytest.fixture(autouse=True)
def unchanged_host(host_snapshot, shared_host, kept_machines):
    """Fails every test after which the host is not as it was before. Machines
    that are kept for more than one test (--fresh) come and go."""
    before = host_snapshot()
    yield
    host.wait_for_end(host.processes(shared_host).keys()
                      - before["processes"].keys() - kept_machines)
    after = host_snapshot()
    for state in (before, after):
        state["processes"] = {pid: name for pid, name in
                              state["processes"].items()
                              if pid not in kept_machines}
    changes = host.differences(before, after)
    if changes:
        pytest.fail("the host changed:\n" + "\n".join(changes), pytrace=False)


@pytest.fixture(scope="session")
def bulkhead():
    """Path to the program under test."""
    path = Path(os.environ.get("BULKHEAD", ROOT / "build/dev/cli/bulkhead"))
    if not os.access(path, os.X_OK):
        pytest.fail(f"no program at {path}: build it first (cmake --preset "
                    "dev && cmake --build --preset dev)", pytrace=False)
    need(os.geteuid() == 0, "root")
    return str(path)


@pytest.fixture(scope="session")
def run(bulkhead):
    """run("doctor") starts the program and returns its finished process.

    `prefix` is a command to start it under, `program` another copy of it,
    `check` the status that is expected. The environment holds PATH and `env`
    only."""

    def start(*arguments, prefix=(), program=bulkhead, stdin="", timeout=60,
              check=None, env=None, **others):
        command = [*map(str, prefix), program, *map(str, arguments)]
        done = subprocess.run(
            command, input=stdin, timeout=timeout, text=True,
            errors="surrogateescape",
            env={"PATH": os.environ["PATH"], **(env or {})}, check=False,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **others})
        if check is not None:
            assert done.returncode == check, (
                f"{command} ended with {done.returncode}\n"
                f"stdout: {done.stdout}\nstderr: {done.stderr}")
        return done

    return start


@pytest.fixture
def in_container(run, rootfs):
    """in_container("--hostname", "a", command=["hostname"])."""

    def start(*flags, command, **others):
        return run("run", *flags, "--rootfs", rootfs, "--", *command, **others)

    return start


@pytest.fixture
def rootfs():
    """A tree to run in: busybox, its names and empty folders. Below a folder
    that every user may enter."""
    with tempfile.TemporaryDirectory(prefix="rootfs-") as name:
        top = Path(name)
        top.chmod(0o755)
        (top / "bin").mkdir()
        shutil.copy(BUSYBOX, top / "bin/busybox")
        for applet in APPLETS:
            (top / "bin" / applet).symlink_to("busybox")
        for folder in EMPTY_FOLDERS:
            (top / folder).mkdir()
        (top / "tmp").chmod(0o1777)
        yield top


def sentence(done):
    """What the program says when it refuses something: one sentence, or a
    heading and an indented line for each complaint about the spec. What it
    was allowed to do without (--prefer) it may have said before."""
    lines = [line for line in done.stderr.splitlines()
             if not line.startswith("bulkhead: without ")]
    assert all(map(str.isprintable, lines)), f"raw bytes: {done.stderr!r}"
    first, *more = lines or [""]
    assert first.startswith("bulkhead: "), f"says {done.stderr!r}"
    assert len(first) > len("bulkhead: "), "it says nothing"
    assert not more or re.search(r":$|: \d+ complaints?$", first), (
        f"not a sentence: {done.stderr!r}")
    for line in more:
        assert re.match(r"  \S", line), f"no complaint: {line!r}"
    return done.stderr
