"""The securebits as the workload finds them."""

import json
import re
import shutil
from pathlib import Path

import pytest

# noroot, no_setuid_fixup and no_cap_ambient_raise, each of them locked.
NOTHING_LEFT = 0xcf
KEEP_CAPS_LOCKED = 0x20
SETS = "bounding effective permitted inheritable ambient".split()


@pytest.fixture
def tree(bulkhead, rootfs):
    """The root file system, with the probe in it."""
    probe = Path(bulkhead).parents[1] / "probes/bulkhead-probe"
    shutil.copy(probe, rootfs / "bin/bulkhead-probe")
    return rootfs


def securebits(done):
    return int(re.search(r" securebits ([0-9a-f]+) ", done.stdout)[1], 16)


@pytest.fixture
def of_bundle(run, tree, tmp_path):
    """of_bundle(permitted=["CAP_KILL"]) runs a config.json with these sets."""

    def start(no_new_privs=False, **sets):
        config = json.loads(run("spec", "--preset", "oci", check=0).stdout)
        config["root"]["path"] = str(tree)
        config["process"]["args"] = ["/bin/bulkhead-probe", "ids"]
        config["process"]["noNewPrivileges"] = no_new_privs
        config["process"]["capabilities"] = {
            name: sets.get(name, []) for name in SETS}
        (tmp_path / "config.json").write_text(json.dumps(config))
        return securebits(run("run", "--bundle", tmp_path, "securebits",
                              check=0))

    return start


def test_a_bundle_without_capabilities_has_them_locked(of_bundle):
    assert of_bundle() == NOTHING_LEFT
    assert of_bundle(True, bounding=["CAP_KILL"]) == NOTHING_LEFT


def test_a_bundle_with_capabilities_keeps_what_they_entitle_to(of_bundle):
    # Root's next exec gains the bounding set: capabilities(7).
    assert of_bundle(bounding=["CAP_KILL"]) == 0
    granted = {name: ["CAP_KILL"] for name in SETS[:3]}
    assert of_bundle(True, **granted) == 0


def test_run_locks_all_of_them(run, tree):
    done = run("run", "--rootfs", tree, "--", "/bin/bulkhead-probe", "ids",
               check=0)
    assert securebits(done) == NOTHING_LEFT | KEEP_CAPS_LOCKED


@pytest.mark.parametrize("bounding", [[], ["CAP_KILL"]])
def test_the_script_locks_what_the_start_locks(run, of_bundle, tmp_path,
                                               bounding):
    locked = of_bundle(bounding=bounding) != 0
    done = run("explain", "--bundle", tmp_path, "--as", "shell", check=0)
    assert ("--securebits=+noroot,+noroot_locked," in done.stdout) == locked
    assert "keep_caps_locked" not in done.stdout


def test_another_user_keeps_what_it_was_granted(run, tree):
    """PR_SET_SECUREBITS locks, and clears, what keeps them over setuid(2)."""
    done = run("run", "--rootfs", tree, "--user", "1000:1000", "--cap-add",
               "KILL", "--", "/bin/bulkhead-probe", "ids", check=0)
    assert securebits(done) == KEEP_CAPS_LOCKED
    kept = run("run", "--rootfs", tree, "--user", "1000:1000", "--cap-add",
               "KILL", "--", "grep", "CapEff", "/proc/self/status", check=0)
    assert kept.stdout == f"CapEff:\t{1 << 5:016x}\n"
