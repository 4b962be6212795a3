"""--machine, --fresh and --keep, on every kernel."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from machine_keys import pytest_generate_tests, present  # noqa: F401
from machines import kernel

pytestmark = pytest.mark.machine


TWO_TESTS = """
def test_one(machine):
    assert machine.facts["release"].startswith({series!r})
    machine.run(["touch", "/root/mark"], check=0)

def test_two(machine):
    marked = machine.run(["test", "-e", "/root/mark"]).returncode == 0
    assert marked is {kept}
"""


@pytest.fixture
def tests_on(present, tmp_path):
    """Runs TWO_TESTS on the kernel `present` with these flags."""

    def run(*flags, kept):
        here = Path(__file__).parent
        (tmp_path / "conftest.py").write_text(
            f"import sys\nsys.path.insert(0, {str(here)!r})\n"
            "pytest_plugins = ['machine_options']\nimport pytest\n"
            "@pytest.fixture\ndef machine_options():\n    return {}\n")
        (tmp_path / "pytest.ini").write_text((here / "pytest.ini").read_text())
        (tmp_path / "test_it.py").write_text(TWO_TESTS.format(
            kept=kept, series=kernel.Kernel.of(present).release[:4]))
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider",
             "--machine", present, *flags, "test_it.py"], cwd=tmp_path,
            text=True, check=False, capture_output=True,
            env={**os.environ, "TMPDIR": str(tmp_path)})

    return run


@pytest.mark.parametrize("fresh, kept", [
    ("test", False), ("group", True), ("kernel", True)])
def test_a_machine_is_as_fresh_as_it_was_asked_for(tests_on, fresh, kept):
    done = tests_on("--fresh", fresh, kept=kept)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_what_is_kept_of_a_machine_is_where_it_says(tests_on):
    done = tests_on("--keep", kept=False)
    assert done.returncode == 0, done.stdout
    places = [Path(line.split(": ")[1]) for line in done.stdout.splitlines()
              if line.startswith("kept of test_it.py::test_one")]
    assert len(places) == 1, done.stdout
    listing = subprocess.run(["tar", "-t", "-f", places[0] / "files.tar"],
                             check=True, text=True, capture_output=True).stdout
    assert "root/mark\n" in listing and "etc/passwd\n" in listing
    assert (places[0] / "console.log").exists()
    assert "qemu-system" in (places[0] / "qemu").read_text()
