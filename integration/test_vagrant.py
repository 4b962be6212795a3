"""The Vagrantfile, and ci/vagrant without a machine: what it says no to, and
that the chamber that a machine lives in leaves nothing behind."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import need

pytestmark = pytest.mark.fast

ROOT = Path(__file__).resolve().parents[1]
VAGRANT = ROOT / "ci/vagrant"
VAGRANTFILE = (ROOT / "Vagrantfile").read_text()

sys.path.append(str(ROOT / "ci"))
from linux import KernelError  # noqa: E402
from room import boot, chamber, tree  # noqa: E402


@pytest.fixture(name="cache")
def fixture_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BULKHEAD_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def call(*words, **environment):
    return subprocess.run([VAGRANT, *words], capture_output=True, text=True,
                          env={**os.environ, **environment}, check=False)


# ---- the Vagrantfile -------------------------------------------------------


def test_the_box_takes_along_what_its_setup_calls():
    setup = (ROOT / "ci/setup").read_text()
    furnish = (ROOT / "ci/room/furnish").read_text()
    called = set(re.findall(r"\$here/([\w.]+)", setup)) | {"setup"}
    assert len(called) >= 3
    copied = re.search(r'^cp (.*) "\$tree/tmp/ci"$', furnish, re.M)[1]
    assert called == set(re.findall(r'"\$ci/([\w.]+)"', copied))


def test_the_machine_is_provisioned_by_a_script_that_exists():
    assert re.findall(r'provision "shell", inline: "/bulkhead/(.*)"',
                      VAGRANTFILE) == ["ci/setup"]
    for script in re.findall(r"/(ci/\w+)", VAGRANTFILE):
        assert (ROOT / script).stat().st_mode & 0o111, script


def test_what_was_built_on_the_host_is_not_copied():
    assert '"build/"' in re.search(r"rsync__exclude: (\[.*\])",
                                   VAGRANTFILE)[1]


def test_the_variables_are_those_that_are_explained_and_set():
    read = set(re.findall(r'ENV(?:\.fetch\(|\[)"(BULKHEAD_\w+)"', VAGRANTFILE))
    told = set(re.findall(r"^#   (BULKHEAD_\w+)", VAGRANTFILE, re.MULTILINE))
    used = set(re.findall(r'"(BULKHEAD_\w+)"', VAGRANT.read_text()))
    assert read == told == used


# ---- what ci/vagrant says no to --------------------------------------------


@pytest.mark.parametrize("words", [(), ("fly",), ("kernel",), ("up", "now"),
                                   ("ssh", "-c")])
def test_a_wrong_call_shows_the_usage(cache, words):
    done = call(*words)
    assert done.returncode == 2 and "usage: ci/vagrant" in done.stderr
    assert not cache.exists()


@pytest.mark.parametrize("words, environment", [
    (("kernel", "2.4"), {}), (("up",), {"BULKHEAD_KERNEL": "2.4"}),
    (("test",), {"BULKHEAD_KERNEL": "2.4"})])
def test_an_unknown_kernel_lists_the_known_ones_and_builds_nothing(
        cache, words, environment):
    need(os.geteuid() == 0, "root")
    done = call(*words, **environment)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "no kernel is called 2.4" in done.stderr and "6.1" in done.stderr
    assert not list(cache.glob("vagrant/*-*"))


def test_an_unknown_accelerator_is_refused_before_anything_is_built(cache):
    need(os.geteuid() == 0, "root")
    done = call("up", BULKHEAD_ACCEL="xen")
    assert done.returncode == 1
    assert "BULKHEAD_ACCEL=xen: kvm or tcg" in done.stderr
    assert not cache.exists()


@pytest.mark.parametrize("words", [("ssh",), ("ssh", "-c", "id"), ("rsync",)])
def test_without_a_machine_it_says_how_to_make_one(cache, words):
    done = call(*words)
    assert done.returncode == 1
    assert "there is no machine: ci/vagrant up" in done.stderr
    assert cache.exists()


def test_to_destroy_nothing_is_no_error(cache):
    done = call("destroy")
    assert done.returncode == 0 and "there was no machine" in done.stderr
    assert [path.name for path in (cache / "vagrant").iterdir()] == [
        "chamber.lock"]


# ---- the chamber -----------------------------------------------------------

# What ci/room/init calls: of busybox, and programs that would be libvirt's.
APPLETS = ("cat echo env id ip ls mkdir mount readlink sh sleep touch umount "
           "true wc").split()


@pytest.fixture(name="room")
def fixture_room(cache, tmp_path):
    need(os.geteuid() == 0, "root")
    cache.joinpath("vagrant").mkdir(parents=True)
    root = tmp_path / "room"
    for folder in "bin etc proc sys run tmp dev mnt home bulkhead".split():
        (root / folder).mkdir(parents=True)
    shutil.copy("/usr/bin/busybox", root / "bin/busybox")
    for name in APPLETS:
        (root / "bin" / name).symlink_to("busybox")
    for name in ("libvirtd", "virsh", "useradd"):
        program(root, name, "exit 0")
    return root


def program(root, name, text):
    (root / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
    (root / "bin" / name).chmod(0o755)


@pytest.fixture(name="machine")
def fixture_machine(cache):
    machine = chamber.Chamber()
    yield machine
    machine.end()
    assert str(cache) not in Path("/proc/mounts").read_text()


def test_a_command_runs_on_its_own_and_leaves_only_what_it_was_given(
        room, tmp_path, cache):
    given = tmp_path / "given"
    given.mkdir()
    script = ("echo $$ $(ls /sys/class/net) >/given/seen; touch /stray; "
              "ls / >/given/root; exit 7")
    status = chamber.once(room, ["sh", "-c", script], {given: "/given"})
    assert status == 7
    assert given.joinpath("seen").read_text() == "1 lo\n"
    assert "stray" in given.joinpath("root").read_text()
    assert not (room / "stray").exists() and not (room / "given").exists()
    assert list((cache / "vagrant").iterdir()) == []
    assert str(cache) not in Path("/proc/mounts").read_text()


def test_one_machine_stays_until_it_is_ended(room, machine):
    machine.start(room, {machine.home: "/home"})
    assert machine.runs()
    assert machine.run(["sh", "-c", "echo here >/home/told; exit 5"], {}) == 5
    assert (machine.home / "told").read_text() == "here\n"
    with pytest.raises(KernelError, match="a machine already"):
        machine.start(room, {})
    first = (machine.state / "pid").read_text()
    assert Path("/proc", first).exists()
    assert machine.end()
    assert not machine.runs() and not machine.end()
    assert not Path("/proc", first).exists() and not machine.state.exists()


def test_a_libvirt_that_does_not_start_is_reported_with_its_log(
        room, machine):
    program(room, "virsh", "exit 1")
    program(room, "libvirtd",
            "echo no such driver >/var/log/libvirt/libvirtd.log")
    with pytest.raises(KernelError, match="no such driver"):
        machine.start(room, {})
    assert not machine.runs()


def test_the_tree_is_another_when_its_inputs_are(cache):
    table = {"suites": ["a"], "without": [], "box": {"packages": ["b"]}}
    trees = tree.Trees(table, lambda _: None)
    path = trees.path("box", ["text"])
    assert path.parent == cache / "vagrant" and path.name.startswith("box-")
    assert trees.path("box", ["text"]) == path
    assert trees.path("box", ["other"]) != path
    table["suites"] = ["a", "a-security"]
    assert trees.path("box", ["text"]) != path


# ---- what it boots with ----------------------------------------------------


def test_the_initramfs_finds_the_disk_and_brings_all_modules(
        tmp_path, monkeypatch):
    modules = tmp_path / "6.1.0-fake"
    for name in ("virtio", "virtio_pci", "virtio_blk", "overlay"):
        (modules / "kernel").mkdir(parents=True, exist_ok=True)
        (modules / f"kernel/{name}.ko").write_text(name)
    (modules / "modules.dep").write_text(
        "kernel/virtio.ko:\nkernel/virtio_pci.ko: kernel/virtio.ko\n"
        "kernel/virtio_blk.ko: kernel/virtio.ko\nkernel/overlay.ko:\n")
    (modules / "modules.softdep").write_text("")
    (modules / "modules.builtin").write_text("kernel/fs/ext4/ext4.ko\n")
    with (tmp_path / "initrd").open("wb") as stream:
        boot.write_initramfs(modules, stream)
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "out")
    subprocess.run(["busybox", "cpio", "-idmF", "../initrd"], check=True,
                   capture_output=True)
    order = Path("first/order").read_text().split()
    assert [Path(name).read_text() for name in order] == [
        "virtio", "virtio_pci", "virtio_blk"]
    assert Path("lib/modules/6.1.0-fake/kernel/overlay.ko").exists()
    assert Path("lib/modules/6.1.0-fake/modules.dep").exists()
    assert Path("init").stat().st_mode & 0o111
    assert Path("bin/busybox").stat().st_mode & 0o111
