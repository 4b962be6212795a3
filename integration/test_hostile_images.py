"""Images with links where a runtime mounts: the start is refused or confined,
and where the links lead nothing changes. The probes rootfs/link* try the same
in the crash box; a runtime that goes by path must not pass them."""

import json
import os
import shutil

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
def lure(tmp_path):
    """Where the links lead: everything in it may be changed by everybody."""
    tree = tmp_path / "lure"
    (tree / "below").mkdir(parents=True)
    (tree / "canary").write_text("untouched")
    for path in (tmp_path, tree, tree / "below"):
        path.chmod(0o777)
    return tree


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
