"""Root trees of another architecture: arm64 by an interpreter that is
registered for the container alone (Linux 6.7), i386 by the kernel itself."""

import json
import shutil
from pathlib import Path

import pytest

import foreign
from conftest import need, sentence
from machine_options import HOST, PROGRAM

REGISTER = "/proc/sys/fs/binfmt_misc"
# Where the files of this test are on a machine that is no host of tests.
TREES = {"arm64": "/srv/arm64", "i386": "/srv/i386"}
INTERPRETER = "/usr/libexec/qemu-aarch64-static"
PROBE = PROGRAM.parents[1] / "probes/bulkhead-probe"
NAMES = "sh uname cat echo id".split()
# Its owner outside: a machine's tmpfs takes no idmapped mount before 6.3.
CONTAINER_ROOT = "524288:524288"
MAKE_TREES = "\n".join(
    f"mkdir -p {tree}/proc {tree}/dev {tree}/sys {tree}/tmp {tree}/run; "
    f"cd {tree}/bin && for name in {' '.join(NAMES)}; do "
    f"ln -sf busybox $name; done; chown -R {CONTAINER_ROOT} {tree}" for tree in TREES.values())


def files():
    """What the trees are made of, by where it belongs on a machine."""
    found = {INTERPRETER: foreign.qemu(), f"{TREES['arm64']}/bin/probe": PROBE}
    for architecture, tree in TREES.items():
        found[f"{tree}/bin/busybox"] = foreign.busybox(architecture)
    return found


@pytest.fixture
def machine_options():
    return {"files": {"/usr/bin/bulkhead": PROGRAM, **files()}}


class Foreign:
    """The machine of a test, with the trees on it."""

    def __init__(self, machine, i386_entry):
        self._machine = machine
        # Debian's kernels on an emulated processor have one.
        self.i386_entry = i386_entry if machine.key == HOST else True
        self._top = ""
        if machine.key == HOST:
            need(PROGRAM.exists(), "the program: build it first")
            self._top = machine.folder
            for place, source in files().items():
                place = Path(self._top + place)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, place)
            # Every user may enter: the container's root is one.
            for folder in (Path(self._top), *Path(self._top).parents):
                if str(folder).startswith("/tmp/"):
                    folder.chmod(folder.stat().st_mode | 0o011)
        script = MAKE_TREES.replace("/srv/", self._top + "/srv/")
        machine.run(["sh", "-ec", script], check=0)
        self.interpreter = self._top + INTERPRETER

    def tree(self, architecture):
        return self._top + TREES[architecture]

    def run(self, architecture, *words, flags=(), **others):
        return self._machine.run(
            ["bulkhead", "run", *flags, "--rootfs", self.tree(architecture),
             "--", *words], **others)

    def register(self):
        """Everything that the machine's own register says."""
        script = f"cd {REGISTER} && for f in *; do echo $f; cat $f; done"
        return self._machine.run(["sh", "-c", script]).stdout

    def has_own_registers(self):
        """Whether a user namespace may have one here: by the version, since
        trying is what the program under test does."""
        release = self._machine.run(["uname", "-r"], check=0).stdout
        return tuple(map(int, release.split(".")[:2])) >= (6, 7)

    def bundle(self, annotation):
        """A folder with a config.json of the hardened preset, annotated."""
        done = self._machine.run(
            ["bulkhead", "spec", "--rootfs", self.tree("arm64"), "--",
             "/bin/uname", "-m"], check=0)
        config = json.loads(done.stdout)
        config["annotations"] = {**config.get("annotations", {}),
                                 "bulkhead.binfmt": annotation}
        folder = self._top + "/srv/bundle"
        self._machine.run(
            ["sh", "-ec", 'mkdir -p "$1"; echo "$2" >"$1/config.json"', "sh",
             folder, json.dumps(config)], check=0)
        return folder


@pytest.fixture
def trees(machine, i386_entry):
    """The trees, on a machine whose own register is the same afterwards."""
    made = Foreign(machine, i386_entry)
    before = made.register()
    yield made
    assert made.register() == before, "the machine's own register changed"


@pytest.fixture
def arm64(trees):
    """arm64("uname", "-m") runs it where a container has its own register;
    elsewhere checks what is said instead, and leaves the test."""
    flag = ["--binfmt", f"aarch64={trees.interpreter}"]
    if trees.has_own_registers():
        return lambda *words, flags=(), **others: trees.run(
            "arm64", *words, flags=[*flag, *flags], **others)
    done = trees.run("arm64", "/bin/uname", "-m", flags=flag)
    assert done.returncode == 125, done
    assert "rootfs.binfmt: fsconfig(" in sentence(done)
    assert "takes Linux 6.7" in done.stderr
    assert "in a machine of its own" in done.stderr
    return pytest.skip("no register of its own on this kernel, as it says")


def test_an_arm64_tree_runs_as_one(arm64):
    done = arm64("/bin/sh", "-c", "uname -m; id -u; echo $0", check=0)
    assert done.stdout.split() == ["aarch64", "0", "/bin/sh"]


def test_a_program_keeps_the_name_it_is_called_by(arm64):
    """busybox calls its applets by argv[0] alone."""
    done = arm64("/bin/sh", "-c", "echo said >/tmp/f; cat /tmp/f", check=0)
    assert done.stdout == "said\n"


def test_native_programs_run_beside_it(arm64):
    done = arm64("/bin/probe", "ids", check=0)
    assert done.stdout.startswith("uid 0 0 0 gid 0 0 0 caps 0 0 nnp 1")


def test_the_register_shows_what_is_in_it_and_takes_nothing(arm64):
    shown = arm64("/bin/cat", f"{REGISTER}/aarch64", check=0).stdout
    assert "flags: POCF\n" in shown
    for name, text in (("register", ":x:E::x::/bin/sh:"), ("aarch64", "-1"),
                       ("status", "0")):
        done = arm64("/bin/sh", "-c", f"echo {text} >{REGISTER}/{name}")
        assert done.returncode != 0
        assert "Read-only file system" in done.stderr


def test_the_annotation_says_the_same(arm64, trees, machine):
    annotation = json.dumps({"aarch64": trees.interpreter})
    done = machine.run(["bulkhead", "run", "--bundle",
                        trees.bundle(annotation), "foreign"])
    assert (done.returncode, done.stdout) == (0, "aarch64\n"), done.stderr


def test_without_an_interpreter_it_is_said_which_flag_has_one(trees):
    done = trees.run("arm64", "/bin/uname", "-m")
    assert done.returncode == 126
    assert "--binfmt aarch64=" in sentence(done)


@pytest.mark.parametrize("flags, status, said", [
    (["--userns", "host"], 125, "the host's, which is never touched"),
    (["--binfmt", "vax=/bin/true"], 125, "one of aarch64, alpha, arm"),
    (["--binfmt", "arm=/nowhere"], 125, "cannot be opened: No such file"),
    (["--binfmt", "arm=/proc/version"], 125, "not an x86_64 program"),
])
def test_what_cannot_be_is_said_before_the_start(trees, flags, status, said):
    done = trees.run("arm64", "/bin/true", flags=[
        "--binfmt", f"aarch64={trees.interpreter}", *flags])
    assert (done.returncode, done.stdout) == (status, "")
    assert said in sentence(done)


def test_an_i386_program_is_refused_by_name(trees):
    done = trees.run("i386", "/bin/uname", "-m")
    assert done.returncode == 126
    assert "--seccomp-arch x86" in sentence(done)


def test_an_i386_tree_runs_where_the_filter_lets_it(trees):
    done = trees.run("i386", "/bin/sh", "-c", "uname -m; id -u; echo $0",
                     flags=["--seccomp-arch", "x86"])
    if trees.i386_entry:
        assert done.returncode == 0, done
        assert done.stdout.split() == ["x86_64", "0", "/bin/sh"]
    else:
        assert done.returncode == 126, done
        assert "no format that runs here" in sentence(done)


def test_an_i386_program_that_is_reached_later_is_ended(trees):
    """A script hides from the look before the start what it runs."""
    tree = trees.tree("i386")
    trees._machine.run(["sh", "-ec", f"echo '#!/bin/sh' >{tree}/bin/script; "
                        f"chmod 755 {tree}/bin/script"], check=0)
    status = trees.run("i386", "/bin/script").returncode
    assert status == (128 + 31 if trees.i386_entry else 126)  # SIGSYS
