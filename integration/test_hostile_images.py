"""Images with links where a runtime mounts: the start is refused or confined,
and where the links lead nothing changes. The probes rootfs/link* try the same
in the crash box; a runtime that goes by path must not pass them."""

import contextlib
import ctypes
import itertools
import json
import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from conftest import need, sentence

# Mounts by path and enters the root, as if no image were hostile; "own": on a
# new /dev, "image": in the image's.
NAIVE = """#!/bin/sh
exec unshare --mount --pid --fork --propagation private sh -ec '
dev=$1
root=$2
shift 2
place() {
  found=$(realpath -m "$root$1")
  mkdir -p "$found"
  printf %s "$found"
}
mount -t proc proc "$(place /proc)"
[ "$dev" = image ] || mount -t tmpfs tmpfs "$(place /dev)"
mknod "$(place /dev)/bh-zero" c 1 5
mount -t devpts devpts "$(place /dev/pts)"
mount -t tmpfs tmpfs "$(place /dev/shm)"
mount -t mqueue mqueue "$(place /dev/mqueue)"
mount -t tmpfs tmpfs "$(place /tmp)"
mount -t tmpfs tmpfs "$(place /mnt)"
exec chroot "$root" "$@"' naive "$@"
"""
TRAPS = "rootfs/link*"
PLACES = ("/proc", "/sys", "/dev", "/dev/pts", "/dev/shm", "/tmp", "/run",
          "/dev/null")
KINDS = ("absolute", "relative", "dangling", "loop")


def records_of(run, subject):
    done = run("verify", "--subject", subject, "--probe", TRAPS, "--format",
               "json", timeout=120)
    records = json.loads(done.stdout)["records"]
    assert len(records) >= 5
    return {one["probe"]: one for one in records}


def verdicts_of(run, subject):
    return {name: (one["verdict"], one["evidence"])
            for name, one in records_of(run, subject).items()}


@pytest.fixture
def naive(tmp_path):
    path = tmp_path / "naive"
    path.write_text(NAIVE)
    path.chmod(0o755)
    return path


def test_a_runtime_that_mounts_by_path_is_led_astray(run, naive):
    found = verdicts_of(run, f"{naive} own {{rootfs}} {{argv}}")
    # A /dev of its own hides what the image has there.
    safe, evidence = found.pop("rootfs/links-in-dev")
    assert safe == "contained", evidence
    assert {verdict for verdict, _ in found.values()} == {"escaped"}, found


def test_a_runtime_that_uses_the_images_dev_is_led_astray(run, naive):
    found = records_of(run, f"{naive} image {{rootfs}} {{argv}}")
    assert {one["verdict"] for one in found.values()} == {"escaped"}, found
    changed = {name for name, one in found.items()
               if one["outside"]["outcome"] == "reached"}
    assert changed == {"rootfs/link-at-dev", "rootfs/link-at-tmp"}


@pytest.mark.parametrize("subject", ["/bin/false", "/bin/true"])
def test_a_runtime_that_never_starts_refuses_nothing(run, subject):
    found = verdicts_of(run, subject)
    assert {verdict for verdict, _ in found.values()} == {"inconclusive"}


@pytest.mark.parametrize("subject", ["bulkhead", "crun", "runc", "bwrap"])
def test_every_runtime_gets_an_answer(run, subject):
    need(subject == "bulkhead" or shutil.which(subject), subject)
    found = verdicts_of(run, subject)
    for name, (verdict, evidence) in found.items():
        print(f"{subject}: {name}: {verdict}: {evidence}")
    wanted = {"contained"} if subject == "bulkhead" else {
        "contained", "escaped"}
    assert {verdict for verdict, _ in found.values()} <= wanted, found


@pytest.fixture
def lure():
    """Where the links lead: everybody may enter it and change all of it."""
    with tempfile.TemporaryDirectory(prefix="lure-") as name:
        tree = Path(name)
        (tree / "below").mkdir()
        (tree / "canary").write_text("untouched")
        for path in (tree, tree / "below"):
            path.chmod(0o777)
        yield tree


def listing(tree):
    found = {}
    for folder, _, names in os.walk(tree):
        for path in (folder, *(f"{folder}/{name}" for name in names)):
            status = os.lstat(path)
            found[path] = (status.st_mode, status.st_uid, status.st_size,
                           status.st_mtime_ns)
    return found


def set_trap(rootfs, place, kind, lure):
    path = rootfs / place[1:]
    if path.is_dir():
        shutil.rmtree(path)
    path.parent.mkdir(exist_ok=True)
    path.symlink_to({"absolute": str(lure),
                     "relative": "../" * 40 + str(lure)[1:],
                     "dangling": str(lure / "not/there"),
                     "loop": path.name}[kind])


@pytest.mark.fast
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", PLACES)
def test_a_link_in_the_image_leads_nowhere(in_container, rootfs, lure, place,
                                           kind):
    set_trap(rootfs, place, kind, lure)
    before = listing(lure)
    done = in_container(command=["sh", "-c", f"echo started; cat {lure}/canary "
                                 f"{place}/canary; mount"])
    assert listing(lure) == before
    assert "untouched" not in done.stdout
    if done.returncode == 125:
        assert not done.stdout
        assert place.rsplit("/", 1)[0] in sentence(done)
    else:  # Confined: what was asked for is mounted where it should be.
        assert done.stdout.startswith("started\n")
        assert any(f" on {place} " in line or place == "/dev/null"
                   for line in done.stdout.splitlines())


# ---- links on the way to a mount point -------------------------------------

# As long as the host's root lies over the new one, the ".." of a link in the
# image would lead there.
WAYS = ("cold", "tree", "parked")
USERS = {"mapped": [], "root": ["--userns", "host"]}


@pytest.mark.fast
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("link", ["/way", "/way/to"])
def test_a_link_on_the_way_to_a_mount_point_leads_nowhere(
        in_container, rootfs, lure, link, kind):
    set_trap(rootfs, link, kind, lure)
    before = listing(lure)
    source = rootfs / "bin"
    for flags, user in itertools.product((
            ["--tmpfs", "/way/to/place"],
            ["--bind", f"{source}:/way/to/place"],
            ["--bind", f"{source}/busybox:/way/to/place"]), USERS.values()):
        done = in_container(*flags, *user, command=["true"], check=125)
        assert "/way/to/place" in sentence(done)
        assert listing(lure) == before


@pytest.mark.fast
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("user", USERS)
def test_however_it_starts_a_link_leads_nowhere(in_container, rootfs, lure,
                                                way, user):
    set_trap(rootfs, "/way", "relative", lure)
    before = listing(lure)
    done = in_container("--tmpfs", "/way/place", "--start", way, *USERS[user],
                        command=["true"], check=125)
    assert "/way/place" in sentence(done)
    assert listing(lure) == before


@pytest.mark.fast
def test_of_a_user_without_root_a_link_leads_nowhere(in_container, rootfs,
                                                     lure):
    need(os.geteuid() == 0, "root, to give it up")
    shutil.chown(rootfs, 65534, 65534)
    set_trap(rootfs, "/way", "relative", lure)
    before = listing(lure)
    done = in_container(
        "--prefer", "cgroup", "--tmpfs", "/way/place", command=["true"],
        check=125, prefix=["setpriv", "--reuid", "65534", "--regid", "65534",
                           "--clear-groups"])
    assert "/way/place" in sentence(done)
    assert listing(lure) == before


# ---- images that change while they start -----------------------------------

STARTS_AT_EACH = 24
SWAPPED = {
    "/proc": [], "/dev": [], "/sys": [], "/tmp": [], "/run": [],
    "/etc": ["--tmpfs", "/etc/place"],
    "/way": ["--bind", "/usr/bin:/way/to/place"],
    "/masked": ["--mask", "/masked/place", "--readonly-path",
                "/masked/other"],
    "/cwd": ["--cwd", "/cwd"],
}


def swap_for_ever(one, other):
    """In a process of its own: `one` and `other` change places, again and
    again. The pid."""
    exchange = ctypes.CDLL(None, use_errno=True).renameat2
    paths = os.fsencode(one), os.fsencode(other)
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            while exchange(-100, paths[0], -100, paths[1], 2) == 0:
                os.sched_yield()
        os._exit(1)
    return pid


@contextlib.contextmanager
def swapping(one, other):
    pid = swap_for_ever(one, other)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        assert os.WIFSIGNALED(status), "it swapped no more"


@pytest.mark.parametrize("user", USERS)
def test_a_place_that_is_swapped_with_a_link_leads_nowhere(
        in_container, rootfs, lure, user):
    for name in ("way/to/place", "masked/place", "masked/other", "cwd"):
        (rootfs / name).mkdir(parents=True)
        (lure / name).mkdir(parents=True)
    before = listing(lure)
    ends = {0: 0, 125: 0}
    for place, flags in SWAPPED.items():
        real = rootfs / place[1:]
        for kind in ("relative", "absolute"):
            set_trap(rootfs, "/trap", kind, lure)
            with swapping(real, rootfs / "trap"):
                for _ in range(STARTS_AT_EACH // len(USERS) // 2):
                    done = in_container(
                        *flags, *USERS[user],
                        command=["sh", "-c", f"cat {place}/canary; echo"])
                    assert "untouched" not in done.stdout
                    assert done.returncode in ends, done.stderr
                    ends[done.returncode] += 1
                    if done.returncode == 125:
                        sentence(done)
                    assert listing(lure) == before, (place, kind)
            if real.is_symlink():
                real.unlink()
                (rootfs / "trap").rename(real)
            else:
                (rootfs / "trap").unlink()
    # Both sides of the race were seen.
    assert min(ends.values()) > 0, ends
