"""The installed package: found by find_package(bulkhead), and enough for a
project that has nothing else of this one."""

import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT, need

LIBRARY = "runtime/libbulkhead.a"


def finished(*command, check=0, **others):
    done = subprocess.run([str(word) for word in command], check=False,
                          text=True, capture_output=True, timeout=300,
                          **others)
    assert done.returncode == check, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def package(bulkhead, tmp_path_factory):
    """The package, not where it was installed: it may be moved."""
    build = Path(bulkhead).parents[1]
    need((build / LIBRARY).is_file(), f"{build / LIBRARY}: build it first")
    folder = tmp_path_factory.mktemp("package")
    finished("cmake", "--install", build, "--component", "library",
             "--prefix", folder / "installed")
    (folder / "installed").rename(folder / "moved")
    return folder / "moved"


@pytest.fixture(scope="module")
def consumer(package, tmp_path_factory):
    """A program of a project apart from this one."""
    folder = tmp_path_factory.mktemp("consumer")
    shutil.copytree(ROOT / "integration/consumer", folder / "source")
    finished("cmake", "-S", folder / "source", "-B", folder / "build",
             f"-DCMAKE_PREFIX_PATH={package}")
    finished("cmake", "--build", folder / "build")
    return folder / "build/consumer"


def test_a_consumer_starts_a_container(consumer, rootfs):
    done = finished(consumer, rootfs, "sh", "-c",
                    "echo $$; hostname; cat /etc/canary; exit 7", check=7,
                    env={})
    assert done.stdout == "1\nbulkhead\n"
    assert "canary" in done.stderr


def test_a_consumer_is_told_what_is_wrong(consumer, tmp_path):
    done = finished(consumer, tmp_path / "nowhere", "true", check=125)
    assert "nowhere" in done.stderr


def test_headers_are_whole_in_any_order(package, tmp_path):
    include = package / "include/bulkhead"
    headers = [str(name.relative_to(include)) for name in include.rglob("*.h")]
    assert len(headers) > 40
    assert not [name for name in headers if "test" in Path(name).name]
    for order in (sorted(headers), sorted(headers, reverse=True)):
        (tmp_path / "all.cpp").write_text(
            "".join(f'#include "{name}"\n' for name in order))
        finished("c++", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra",
                 "-Werror", "-I", include, tmp_path / "all.cpp")


def test_another_minor_version_is_refused(package, tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(other NONE)\n"
        "find_package(bulkhead 0.2 REQUIRED)\n")
    done = finished("cmake", "-S", tmp_path, "-B", tmp_path / "build",
                    f"-DCMAKE_PREFIX_PATH={package}", check=1)
    assert "0.1.0" in done.stderr


def test_the_package_holds_no_path_of_its_build(package):
    for name in package.rglob("*.cmake"):
        assert str(ROOT) not in name.read_text(encoding="utf-8"), name
