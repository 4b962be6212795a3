"""What ci/kernels and ci/guest keep: whole or not at all, made once."""

import sys
import threading
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "ci"))
from linux.kept import Kept  # noqa: E402

pytestmark = pytest.mark.fast


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("BULKHEAD_CACHE", str(tmp_path))
    said = []
    one = Kept("things", said.append)
    one.said = said
    return one


def names(kept):
    return sorted(path.name for path in kept.top.iterdir())


def test_a_folder_is_made_once_and_nothing_else_stays(kept):
    made_by = []

    def fill(work, made):
        made_by.append(work)
        (work / "download").write_text("on the way")
        made.mkdir()
        (made / "file").write_text("whole")

    for _ in range(2):
        assert (kept.make("one", fill) / "file").read_text() == "whole"
    assert len(made_by) == 1
    assert names(kept) == ["locks", "one"]


def test_what_fails_leaves_nothing(kept):
    def fail(_, made):
        made.mkdir()
        raise ValueError

    with pytest.raises(ValueError):
        kept.make("one", fail)
    assert names(kept) == ["locks"]


def test_what_was_killed_on_the_way_is_in_nobodys_way(kept):
    kept.top.mkdir()
    (kept.top / ".new-one").mkdir()
    (kept.top / ".new-one/made").write_text("half")
    kept.make("one", lambda _, made: made.write_text("whole"))
    assert (kept.top / "one").read_text() == "whole"
    assert names(kept) == ["locks", "one"]


def test_the_second_waits_for_the_first_and_says_so(kept):
    begun, go_on = threading.Event(), threading.Event()

    def slowly(_, made):
        begun.set()
        go_on.wait(30)
        made.write_text("of the first")

    first = threading.Thread(target=kept.make, args=("one", slowly))
    first.start()
    begun.wait(30)
    kept._say = lambda text: (kept.said.append(text), go_on.set())
    path = kept.make("one", lambda _, made: made.write_text("of the second"))
    first.join()
    assert path.read_text() == "of the first"
    assert len(kept.said) == 1 and "waiting" in kept.said[0]


def test_a_small_file_is_replaced_whole(kept):
    for text in ("one", "two"):
        kept.write("keys/a.json", text)
        assert (kept.top / "keys/a.json").read_text() == text
    assert [path.name for path in (kept.top / "keys").iterdir()] == ["a.json"]
