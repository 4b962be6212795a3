"""ci/guest: what it says without the archive, and what its images hold."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
GUEST = ROOT / "ci/guest"

sys.path.append(str(ROOT / "ci"))
from userland.image import Userlands  # noqa: E402

TABLE = """
packages = ["b", "a"]
without = []
[userland.one]
suite = "one"
packages = ["c"]
[userland.two]
suite = "two"
"""
FILES = [{"name": "a_1_amd64.deb", "sha256": "0" * 64, "size": 1},
         {"name": "b_1_amd64.deb", "sha256": "1" * 64, "size": 1}]


@pytest.fixture
def guest(tmp_path):
    def run(*words, table=None):
        environment = {**os.environ, "BULKHEAD_CACHE": str(tmp_path / "cache")}
        options = ["--table", table] if table else []
        return subprocess.run([GUEST, *options, *words], env=environment,
                              capture_output=True, text=True, check=False)
    return run


@pytest.fixture
def userlands(tmp_path, monkeypatch):
    monkeypatch.setenv("BULKHEAD_CACHE", str(tmp_path / "cache"))

    def read(text=TABLE):
        table = tmp_path / "guest.toml"
        table.write_text(text)
        return Userlands(table, lambda _: None)
    return read


def test_the_list_names_every_userland_and_what_is_not_built(guest):
    done = guest("list")
    assert done.returncode == 0
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["bookworm", "not", "built"], ["sid", "not", "built"]]


def test_what_is_not_built_says_how_to_build_it(guest):
    done = guest("path", "sid")
    assert (done.returncode, done.stdout) == (1, "")
    assert "ci/guest build sid" in done.stderr


def test_an_unknown_name_lists_the_known_ones(guest):
    done = guest("path", "buster")
    assert done.returncode == 1
    assert "buster" in done.stderr and "bookworm, sid" in done.stderr


def test_a_broken_table_is_named(guest, tmp_path):
    table = tmp_path / "broken.toml"
    table.write_text("[userland")
    done = guest("list", table=table)
    assert done.returncode == 1
    assert str(table) in done.stderr and "Traceback" not in done.stderr


def test_the_digest_is_that_of_all_an_image_is_made_of(userlands):
    digest = userlands().digest("one", FILES)
    assert userlands().digest("one", FILES[::-1]) == digest
    assert userlands().digest("two", FILES) != digest
    newer = [{**FILES[0], "name": "a_2_amd64.deb"}, FILES[1]]
    assert userlands().digest("one", newer) != digest
    hooked = TABLE + '[[file]]\npath = "/etc/x"\ntext = "y"\n'
    assert userlands(hooked).digest("one", FILES) != digest


def test_what_was_built_last_is_found(userlands):
    one = userlands()
    assert one.last("one") is None
    one.top.mkdir(parents=True)
    (one.top / "one.last").write_text("0.erofs\n")
    assert one.last("one") is None, "a name without its image"
    (one.top / "0.erofs").write_bytes(b"")
    assert one.last("one") == one.top / "0.erofs"
