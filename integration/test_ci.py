"""The scripts of ci/ say no when they should."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from conftest import need

CI = Path(__file__).resolve().parents[1] / "ci"

pytestmark = pytest.mark.fast


def call(script, *arguments, **others):
    return subprocess.run([CI / script, *arguments], capture_output=True,
                          text=True, check=False, **others)


# ---- own_verdicts ----------------------------------------------------------


def report(subject="bulkhead", **counts):
    summary = {"contained": 5, "escaped": 0, "unsupported": 1,
               "inconclusive": 0, **counts}
    return {"subject": {"name": subject}, "summary": summary}


@pytest.mark.parametrize("content, status", [
    (report(), 0),
    (report(escaped=1), 1),
    (report(inconclusive=1), 3),
    (report(contained=0), 3),
    (report("crun"), 3),
    ({"runs": [report("crun", escaped=9), report()]}, 0),
    ({"runs": [report("crun"), report(escaped=1)]}, 1),
    ({"runs": [report("crun")]}, 3),
    ({"runs": []}, 3),
    ({"subject": {"name": "bulkhead"}, "summary": {}}, 3),
    ([], 3),
    (None, 3),
])
def test_only_bulkheads_own_clean_verdicts_are_green(
        tmp_path, content, status):
    (tmp_path / "verify.json").write_text(json.dumps(content))
    done = call("own_verdicts", tmp_path / "verify.json")
    assert done.returncode == status, done.stderr


def test_no_report_is_not_green(tmp_path):
    assert call("own_verdicts", tmp_path / "none").returncode == 3


# ---- setup -----------------------------------------------------------------


@pytest.fixture
def setup():
    """setup("name") runs a copy of ci/setup that wants these packages; below
    a folder that every user may enter."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        shutil.copy(CI / "setup", name)

        def run(*packages, prefix=(), sections=(), **others):
            lines = "".join(f"{package}  # why\n" for package in packages)
            Path(name, "packages.txt").write_text("# list\n\n" + lines)
            return subprocess.run(
                [*prefix, "/bin/bash", f"{name}/setup", *sections],
                capture_output=True, text=True, check=False, **others)

        yield run


def test_setup_is_content_when_all_is_there(setup):
    done = setup("bash", "coreutils")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "ci/setup: all 2 packages are there\n"


def test_setup_without_root_says_what_is_missing_and_what_to_do(setup):
    need(os.geteuid() == 0, "root, to give it up")
    done = setup("bash", "no-such-package", prefix=[
        "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"])
    assert done.returncode == 1
    assert "sudo apt-get install no-such-package" in done.stderr


def test_setup_elsewhere_than_on_debian_says_so(setup):
    done = setup("bash", env={"PATH": "/no/such/folder"})
    assert done.returncode == 1
    assert "needs Debian 12" in done.stderr


def test_setup_of_a_section_looks_at_no_other(setup):
    done = setup("[build]", "bash", "[tests]", "no-such-package",
                 sections=["build"])
    assert done.stdout == "ci/setup: all 1 packages are there\n", done.stderr


def test_setup_unpacks_what_must_not_be_installed(setup, tmp_path):
    (tmp_path / "programs/bash").mkdir(parents=True)
    there = {**os.environ, "BULKHEAD_CACHE": str(tmp_path)}
    done = setup("[unpacked]", "bash", env=there)
    assert done.stdout == "ci/setup: all 1 packages are there\n", done.stderr
    done = setup("[unpacked]", "no-such-package", env=there)
    assert done.returncode == 1
    assert "could not fetch and unpack no-such-package" in done.stderr
    assert [path.name for path in (tmp_path / "programs").iterdir()] == [
        "bash"], "something is left"


def test_setup_of_an_unknown_section_names_those_there_are(setup):
    done = setup("[build]", "bash", "[tests]", "bash", sections=["test"])
    assert done.returncode == 1
    assert "no section [test]; it has: build tests" in done.stderr


def test_setup_of_an_empty_list_is_an_error(setup):
    assert setup().returncode == 1


# ---- test ------------------------------------------------------------------


def test_an_unknown_flag_is_refused():
    done = call("test", "--no-such-flag")
    assert done.returncode == 2
    assert "usage: " in done.stderr


# ---- fuzz ------------------------------------------------------------------


@pytest.mark.parametrize("words", [
    ["--seconds"], ["--seconds", "0"], ["--seconds", "86401"],
    ["--seconds", "1s"], ["moon"], ["--moon"]])
def test_fuzz_says_what_it_takes(words):
    done = call("fuzz", *words)
    assert done.returncode == 2
    assert "usage: ci/fuzz" in done.stderr
    assert "lenient_config" in done.stderr


def test_every_fuzz_target_has_a_corpus_and_is_built():
    root = CI.parent
    targets = sorted(root.glob("runtime/*/*_fuzz.cpp")) + sorted(
        root.glob("verify/*_fuzz.cpp"))
    assert len(targets) >= 8
    for target in targets:
        name = target.name.removesuffix("_fuzz.cpp")
        assert any((target.parent / "corpus" / name).iterdir()), name
        rules = (target.parent / "CMakeLists.txt").read_text()
        assert f"bulkhead_fuzz({name} " in rules, name


# ---- unchanged -------------------------------------------------------------


@pytest.mark.parametrize("command, status", [
    (["true"], 0), (["sh", "-c", "exit 7"], 7),
    (["sh", "-c", "kill -9 $$"], 137), (["no-such-program"], 127), ([], 2),
    (["--no-such-flag"], 2)])
def test_a_command_that_leaves_nothing_ends_as_it_does(command, status):
    need(os.geteuid() == 0, "root")
    assert call("unchanged", *command).returncode == status


@pytest.mark.parametrize("flags", [[], ["--shared-host"]])
@pytest.mark.parametrize("leak, status, said", [
    ("mount -t tmpfs none /mnt", 1, "mounts: new: "),
    ("echo 1 >/proc/sys/net/ipv4/ip_forward", 1, "sysctls: new: "),
    ("mount -t tmpfs none /mnt; exit 7", 7, "mounts: new: ")])
def test_a_command_that_leaves_something_is_told(flags, leak, status, said):
    need(os.geteuid() == 0, "root")
    done = subprocess.run(
        ["unshare", "-m", "-n", CI / "unchanged", *flags, "sh", "-c", leak],
        capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    assert said in done.stderr


@pytest.mark.parametrize("flags", [[], ["--shared-host"]])
def test_a_process_that_a_command_leaves_is_told(flags, tmp_path):
    need(os.geteuid() == 0, "root")
    fifo = tmp_path / "end"
    os.mkfifo(fifo)
    # Ended by the test once the fifo is opened for writing.
    done = call("unchanged", *flags, "sh", "-c",
                f"exec >/dev/null 2>&1; cat {fifo} &")
    fifo.write_text("")
    assert done.returncode == 1
    assert "processes: new: " in done.stderr
