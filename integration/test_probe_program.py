"""bulkhead-probe alone: facts from inside any container, and no harm to the
host."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.fast

# Inode numbers of the namespaces that the kernel booted with.
FIRST = {"ipc": 4026531839, "uts": 4026531838, "user": 4026531837,
         "pid": 4026531836, "cgroup": 4026531835}


@pytest.fixture
def probe(bulkhead):
    path = Path(bulkhead).parents[1] / "probes/bulkhead-probe"
    assert os.access(path, os.X_OK), f"no program at {path}"
    return path


@pytest.fixture
def inside(probe, rootfs, in_container):
    """inside("--json") runs it as the first process of a container."""
    shutil.copy(probe, rootfs / "bin/bulkhead-probe")

    def start(*flags):
        return in_container(command=["bulkhead-probe", *flags], check=0)

    return start


def test_alone_it_says_that_it_knows_facts_only(inside):
    text = inside().stdout
    assert "facts, not verdicts" in text
    assert "\nrefused  seccomp/bpf " in text
    assert "probes not tried" in text


def test_its_json_says_the_same(inside, run):
    facts = json.loads(inside("--json").stdout)
    assert facts["kind"] == "facts" and "not verdicts" in facts["note"]
    outcomes = {one["probe"]: one["outcome"] for one in facts["facts"]}
    assert outcomes["seccomp/bpf"] == "refused"
    assert set(outcomes.values()) <= {"refused", "absent", "broken"}
    known = {line.split()[0] for line in
             inside("list").stdout.splitlines() if line.strip()}
    assert outcomes.keys() | set(facts["not_tried"]) == known
    assert not outcomes.keys() & set(facts["not_tried"])


def test_without_a_boundary_its_facts_change(probe, rootfs, in_container):
    shutil.copy(probe, rootfs / "bin/bulkhead-probe")
    done = in_container("--without", "seccomp", "--unsafe",
                        command=["bulkhead-probe", "--json"], check=0)
    outcomes = {one["probe"]: one["outcome"]
                for one in json.loads(done.stdout)["facts"]}
    assert outcomes["seccomp/filter-active"] == "reached"


def test_the_host_itself_is_not_tried_unasked(probe):
    if any(os.stat(f"/proc/self/ns/{name}").st_ino != number
           for name, number in FIRST.items()):
        pytest.skip("these tests run in namespaces of their own already")
    for words in ([], ["--json"], ["syscalls"]):
        done = subprocess.run([probe, *words], capture_output=True, text=True,
                              timeout=20, check=False)
        assert done.returncode == 4, words
        assert "--on-host" in done.stdout
