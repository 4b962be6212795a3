"""The parts of machines that need no machine."""

import contextlib
import importlib
import os
import socket
import subprocess
from pathlib import Path

import pytest

from conftest import BUSYBOX
from machines import initramfs, kernel, kvm, pool, qemu, store, wire

# The package has a function of this name too.
plan_module = importlib.import_module("machines.plan")

pytestmark = pytest.mark.fast


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BULKHEAD_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture
def modules(tmp_path):
    """modules("a.ko: b.ko", soft=…, built_in=…): a folder of modules."""

    def make(*lines, soft=(), built_in=()):
        for name, content in [
                ("modules.dep", lines), ("modules.softdep", soft),
                ("modules.builtin", built_in)]:
            (tmp_path / name).write_text("".join(f"{one}\n" for one in content))
        return tmp_path

    return make


def test_modules_come_after_what_they_need(modules):
    folder = modules("k/a.ko: k/b.ko k/c.ko", "k/b.ko: k/c.ko", "k/c.ko:",
                     "k/unused.ko:")
    assert kernel.load_order(folder, ["a"]) == ["k/c.ko", "k/b.ko", "k/a.ko"]


def test_soft_dependencies_come_first_and_later_ones_do_not_count(modules):
    folder = modules("k/libcrc32c.ko.xz:", "k/crc32c-generic.ko.xz:",
                     "k/late.ko.xz:", "k/erofs.ko.xz: k/libcrc32c.ko.xz",
                     soft=["# Soft dependencies", "softdep libcrc32c "
                           "pre: crc32c_generic gone post: late"])
    assert kernel.load_order(folder, ["erofs"]) == [
        "k/crc32c-generic.ko.xz", "k/libcrc32c.ko.xz", "k/erofs.ko.xz"]


def test_modules_built_in_are_left_out_and_missing_ones_are_an_error(modules):
    folder = modules("k/a.ko:", built_in=["kernel/fs/some-fs.ko"])
    assert kernel.load_order(folder, ["some_fs", "a", "a"]) == ["k/a.ko"]
    with pytest.raises(kernel.NoKernel, match="no module b"):
        kernel.load_order(folder, ["b"])


def test_modules_that_need_each_other_end(modules):
    folder = modules("k/a.ko:", "k/b.ko:", soft=["softdep a pre: b",
                                                 "softdep b pre: a"])
    assert sorted(kernel.load_order(folder, ["a"])) == ["k/a.ko", "k/b.ko"]


def test_a_cpio_is_read_by_others(tmp_path):
    with (tmp_path / "a.cpio").open("wb") as stream:
        cpio = initramfs.Cpio(stream)
        cpio.file("deep/er/file", b"12345", 0o751)
        cpio.link("deep/link", "er/file")
        cpio.folder("empty")
        cpio.end()
    with (tmp_path / "a.cpio").open("rb") as stream:
        subprocess.run([BUSYBOX, "cpio", "-i"], cwd=tmp_path, stdin=stream,
                       check=True, stderr=subprocess.DEVNULL)
    assert (tmp_path / "deep/link").read_bytes() == b"12345"
    assert (tmp_path / "deep/er/file").stat().st_mode & 0o7777 == 0o751
    assert (tmp_path / "empty").is_dir()


def test_a_file_that_changes_makes_another_initramfs(
        cache, modules, tmp_path, monkeypatch):
    folder = modules()
    release = folder / "lib/modules/1"
    release.mkdir(parents=True)
    for one in folder.glob("modules.*"):
        one.rename(release / one.name)
    a_kernel = kernel.Kernel("k", "1", "digest", folder)
    monkeypatch.setattr(plan_module, "FIRST_MODULES", [])
    source = tmp_path / "source"
    seen = []
    for text in ("one", "one", "two"):
        if not source.exists() or source.read_text() != text:
            source.write_text(text)
        files = {"/etc/a": source, "/etc/b": (text.encode(), 0o600)}
        path = plan_module._initramfs(a_kernel, source, files, True)
        assert text.encode() in path.read_bytes()
        seen.append(path)
    assert seen[0] == seen[1] != seen[2]


# ---- the wire ---------------------------------------------------------------


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield wire.Wire(ours), theirs


def answers(one, timeout=0.2):
    return list(one.exchange([], {wire.Type.END}, timeout))


def test_the_wire_waits_for_a_frame_that_is_cut(ends):
    one, other = ends
    other.send(wire.encode(wire.Type.END, b"payload")[:-1])
    with pytest.raises(wire.Lost, match="no answer within 0.2 s"):
        answers(one)
    other.send(b"d")
    assert answers(one) == [(wire.Type.END, b"payload")]


@pytest.mark.parametrize("garbage", [
    b"garbage here", wire.HEADER.pack(b"bha1", 99, 0),
    wire.HEADER.pack(b"bha1", 7, wire.MOST_PAYLOAD_BYTES + 1)])
def test_the_wire_refuses_garbage(ends, garbage):
    one, other = ends
    other.send(garbage)
    with pytest.raises(wire.Lost, match="garbage"):
        answers(one)


def test_the_wire_says_when_the_other_end_has_gone(ends):
    one, other = ends
    other.close()
    with pytest.raises(wire.Lost, match="gone"):
        answers(one)


def test_the_wire_reminds_the_other_end_before_it_gives_up(ends):
    one, other = ends
    frames = one.exchange([], {wire.Type.END}, 0.1,
                          (wire.encode(wire.Type.STOP), 0.1))
    with pytest.raises(wire.Lost, match="no answer"):
        list(frames)
    assert other.recv(100) == wire.encode(wire.Type.STOP)


def test_the_wire_takes_the_answer_to_its_reminder(ends):
    one, other = ends
    other.send(wire.encode(wire.Type.STDOUT, b"so far"))
    frames = one.exchange([], {wire.Type.EXIT}, 0,
                          (wire.encode(wire.Type.STOP), 10))
    assert next(frames) == (wire.Type.STDOUT, b"so far")
    other.send(wire.encode(wire.Type.EXIT))
    assert next(frames) == (wire.Type.EXIT, b"")


# ---- what is kept -----------------------------------------------------------


def test_what_is_kept_is_made_once_and_whole(cache):
    made = []

    def fail(path):
        path.write_text("half")
        raise ValueError

    def make(path):
        made.append(path)
        path.write_text("whole")

    with pytest.raises(ValueError):
        store.get("initramfs", "a", fail)
    for _ in range(2):
        assert store.get("initramfs", "a", make).read_text() == "whole"
    assert len(made) == 1
    assert [entry.name for entry in (cache / "machines/initramfs").iterdir()
            ] == ["a"]


def test_what_was_not_used_for_longest_goes_unless_it_is_held(
        cache, monkeypatch):
    monkeypatch.setitem(store.MOST, "initramfs", 1)

    def put(name):
        return store.get("initramfs", name, lambda path: path.touch())

    with store.hold("initramfs", "held", lambda path: path.mkdir()) as held:
        first = put("first")
        os.utime(first, (1, 1))
        os.utime(held, (1, 1))
        second = put("second")
        assert (held.exists(), first.exists(), second.exists()) == (
            True, False, True)


def test_whether_kvm_works_is_tried_once_for_each_kernel(cache, monkeypatch):
    tried = []

    class AKernel:
        digest = "one"

    monkeypatch.delenv("BULKHEAD_ACCEL", raising=False)
    monkeypatch.setattr(kvm.os, "access", lambda *_: True)
    monkeypatch.setattr(kvm, "_boots", lambda spec: tried.append(spec.accel))
    spec = qemu.Spec(Path("k"), Path("i"), "tcg")
    assert kvm.accelerator(spec, AKernel) == "tcg"
    assert kvm.accelerator(spec, AKernel) == "tcg"
    assert tried == ["kvm"]
    AKernel.digest = "two"
    monkeypatch.setattr(kvm, "_boots", lambda spec: True)
    assert kvm.accelerator(spec, AKernel) == "kvm"
    monkeypatch.setenv("BULKHEAD_ACCEL", "tcg")
    assert kvm.accelerator(spec, AKernel) == "tcg"


def test_what_does_not_keep_time_is_booted_again(tmp_path, monkeypatch):
    """The clocks of boots at a load of 13, in milliseconds."""
    seen = [(2655, 4907), (2554, 9528), (2378, 2356), (1, 1)]
    saved = []

    class AMachine(contextlib.nullcontext):
        def __init__(self, clocks):
            super().__init__(self)
            self.facts = dict(zip(("clock_ms", "scheduler_ms"),
                                  map(str, clocks)))

        def save(self, _):
            saved.append(self.facts["clock_ms"])

    monkeypatch.setattr(pool.Machine, "start",
                        lambda *_, **__: AMachine(seen.pop(0)))
    pool._save(None, tmp_path / "template")
    assert saved == ["2378"]
