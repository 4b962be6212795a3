"""pytest's view of machines: one that is lost is tried again, is no failure of
a test, and every failure says how to repeat it."""

import subprocess
import sys
from pathlib import Path

import pytest

from machines import kernel

pytestmark = pytest.mark.fast

LOST = """
import pathlib
import pytest
from machines.errors import InfrastructureError

TRIES = pathlib.Path(__file__).with_name("tries")

def count():
    tries = len(TRIES.read_text()) if TRIES.exists() else 0
    TRIES.write_text("x" * (tries + 1))
    return tries
"""
ONCE = LOST + """
def test_one():
    if count() == 0:
        raise InfrastructureError("lost it", "last words", "qemu -line")
"""
TWICE = LOST + """
@pytest.fixture(scope="module")
def machine_of_all():
    count()
    raise InfrastructureError("lost it", "last words", "qemu -line")

def test_one(machine_of_all):
    pass
"""


@pytest.fixture
def pytest_on(tmp_path):
    """Runs pytest with the options of this folder over one test file."""

    def run(text, *flags):
        here = Path(__file__).parent
        (tmp_path / "conftest.py").write_text(
            f"import sys\nsys.path.insert(0, {str(here)!r})\n"
            "pytest_plugins = ['machine_options']\n")
        (tmp_path / "pytest.ini").write_text((here / "pytest.ini").read_text())
        (tmp_path / "test_it.py").write_text(text)
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider",
             *flags, "test_it.py"], cwd=tmp_path, text=True, check=False,
            capture_output=True)

    return run


def test_a_machine_that_is_lost_once_is_tried_again_and_said(pytest_on):
    done = pytest_on(ONCE)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
    assert "the second try passed: test_it.py::test_one" in done.stdout
    assert "last words" in done.stdout


def test_a_machine_that_is_lost_twice_is_no_failure_of_the_test(
        pytest_on, tmp_path):
    done = pytest_on(TWICE)
    assert done.returncode == 3, done.stdout
    assert "1 infrastructure" in done.stdout
    assert "1 failed" not in done.stdout and "1 error" not in done.stdout
    assert "last words" in done.stdout and "qemu -line" in done.stdout
    assert "-m pytest" in done.stdout
    assert (tmp_path / "tries").read_text() == "xx"


def test_a_test_on_a_machine_that_fails_says_how_to_repeat_it(pytest_on):
    done = pytest_on("""
import pytest

@pytest.fixture
def on_a_machine(request):
    request.node.qemu_line = "qemu -of this machine"

@pytest.mark.parametrize("what", ["a b"])
def test_one(on_a_machine, what):
    assert False
""")
    assert done.returncode == 1
    assert "qemu -of this machine" in done.stdout
    repeat = next(line for line in done.stdout.splitlines()
                  if "-m pytest" in line)
    again = subprocess.run(repeat, shell=True, text=True, check=False,
                           capture_output=True)
    assert "test_it.py" in repeat and "1 failed" in again.stdout, again.stdout


def test_a_property_that_fails_beside_a_lost_machine_decides(pytest_on):
    done = pytest_on(TWICE + "\ndef test_two():\n    assert False\n")
    assert done.returncode == 1, done.stdout
    assert "1 failed" in done.stdout and "1 infrastructure" in done.stdout


def test_an_unknown_machine_is_a_usage_error_that_lists_them(pytest_on):
    done = pytest_on("def test_one():\n    pass\n", "--machine", "4.4")
    assert done.returncode == 4
    assert "4.4" in done.stderr
    for key in ("host", *kernel.keys()):
        assert key in done.stderr


def test_a_test_on_the_host_runs_there(pytest_on):
    done = pytest_on("""
def test_one(machine):
    assert machine.key == "host"
    assert machine.run(["sh", "-c", "echo a; exit 3"], check=3).stdout == "a\\n"
""")
    assert done.returncode == 0, done.stdout
