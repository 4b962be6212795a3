"""ci/error_branches: which error branches ran, and which did not, of a program
small enough to know it."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "ci/error_branches"

# Line 6 is reached; what its neighbours destroy is not taken for an error.
PROGRAM = """\
#include <string>
std::string fail(std::string what) { return what; }
std::string within(std::string noun, std::string error) { return noun + error; }
std::string half(int n) {
  const std::string guard(40, 'g');
  if (n < 0) return fail("negative, return fail() " + std::to_string(n));
  if (const std::string odd(n % 2, 'o'); !odd.empty()) return fail(odd);
  // An even one: no reason to return fail("this").
  return "";
}
int main() {
  if (std::string error = half(4); !error.empty()) return 1;
  const std::string error = within("half", half(-4));
  return error.empty() ? 1 : 0;
}
"""
MISSED = "runtime/a.cpp:7: if (const std::string odd(n % 2, 'o');"


@pytest.fixture
def project(tmp_path):
    """project(text) is a tree whose runtime/a.cpp holds `text`."""

    def make(text=PROGRAM):
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
        (tmp_path / ".gitignore").write_text("/build/\n")
        (tmp_path / "runtime").mkdir()
        (tmp_path / "runtime/a.cpp").write_text(text)
        return tmp_path

    return make


def call(root, verb, *arguments):
    copy = root / "build/copy"
    return subprocess.run(
        [SCRIPT, "--root", root, verb, copy, *arguments],
        capture_output=True, text=True, check=False)


def compile_and_run(root):
    build = root / "build/copy/build"
    build.mkdir()
    subprocess.run(["g++", "-std=c++20", "-O0", "--coverage",
                    "../runtime/a.cpp", "-o", "a"], cwd=build, check=True)
    subprocess.run([build / "a"], check=True)
    return build


def test_what_ran_is_told_from_what_did_not(project):
    root = project()
    assert call(root, "copy").returncode == 0
    build = compile_and_run(root)
    done = call(root, "count", build)
    assert done.returncode == 0, done.stderr
    never, reached = done.stdout.split("error branches reached:")
    assert never.splitlines()[0] == "never reached:"
    assert [line for line in never.splitlines() if "a.cpp" in line] == [
        line for line in never.splitlines() if MISSED in line]
    assert reached.split("total")[1].split()[:3] == ["2", "of", "3"]
    # 66.7 %.
    assert call(root, "count", build, "--least", "66").returncode == 0
    assert call(root, "count", build, "--least", "67").returncode == 1


def test_nothing_counted_is_not_green(project):
    root = project()
    call(root, "copy")
    (root / "build/copy/build").mkdir()
    assert call(root, "count", root / "build/copy/build").returncode == 3


@pytest.mark.fast
def test_a_copy_of_another_state_is_refused(project):
    root = project()
    call(root, "copy")
    (root / "runtime/a.cpp").write_text(PROGRAM + "\n")
    done = call(root, "count", root / "build/copy")
    assert done.returncode == 3
    assert "has changed since the copy" in done.stderr


@pytest.mark.fast
def test_what_has_not_changed_is_not_written_again(project):
    root = project()
    call(root, "copy")
    copied = root / "build/copy/runtime/a.cpp"
    (root / "build/copy/runtime/gone.cpp").write_text("")
    before = copied.stat().st_mtime_ns
    call(root, "copy")
    assert copied.stat().st_mtime_ns == before
    assert not (root / "build/copy/runtime/gone.cpp").exists()


@pytest.mark.fast
@pytest.mark.parametrize("expression", [
    "n > 0 ? 1 : fail()",
    "n > 0 ? fail() : 1",
    "n > 0 ? 1\n : Result<int>(fail())",
])
def test_what_gcov_cannot_tell_apart_is_refused(project, expression):
    done = call(project(f"int f(int n) {{ return {expression}; }}\n"), "copy")
    assert done.returncode == 3
    assert "write an if" in done.stderr


@pytest.mark.fast
def test_every_error_of_this_tree_can_be_told_from_its_neighbours(tmp_path):
    done = subprocess.run([SCRIPT, "copy", tmp_path / "copy"],
                          capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
