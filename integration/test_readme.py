"""What the README says a newcomer can do, done as it says it."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT, need

README = (ROOT / "README.md").read_text()

# The tree and its build as they are, under a layer that takes every change.
# The working directory was in the tree below: it is entered anew.
IN_A_COPY = """set -eu
mount --make-rprivate /
mount -t tmpfs tmpfs "$2"
mkdir "$2/upper" "$2/work"
mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" none "$1"
cd "$1"
cat >"$3"
cmake --build "$4" --target bulkhead >&2
"$5" verify --probe "$6" --format json
"$5" verify --subject none --probe "$6" --format json || test $? = 1
"""


def walk_through():
    """The file's path and its text, from the section that adds a probe."""
    section = README.split("## Add a probe", 1)[1].split("\n## ", 1)[0]
    path = re.search(r"`(probes/\w+/\w+\.cpp)`", section).group(1)
    text = re.search(r"```cpp\n(.*?)```", section, re.S).group(1)
    return path, text


def test_the_probe_of_the_walk_through_takes_ten_lines():
    path, text = walk_through()
    assert len(text.strip().splitlines()) <= 10
    assert not (ROOT / path).exists(), "it would not be a new one"


@pytest.mark.timeout(600)
def test_the_walk_through_adds_a_probe_by_one_file(bulkhead, tmp_path):
    build = Path(bulkhead).parents[1]
    need((build / "build.ninja").exists(), "the program's build folder")
    path, text = walk_through()
    probe = path.removeprefix("probes/").removesuffix(".cpp").replace("_", "-")
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", IN_A_COPY, "sh", ROOT, tmp_path, path,
         build, bulkhead, probe],
        input=text, text=True, capture_output=True, timeout=580, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    decoder = json.JSONDecoder()
    contained, end = decoder.raw_decode(done.stdout)
    escaped = json.loads(done.stdout[end:])
    own, = contained["records"]
    assert (own["probe"], own["verdict"]) == (probe, "contained")
    assert own["control"]["outcome"] == "reached"
    assert [one["verdict"] for one in escaped["records"]] == ["escaped"]
