"""What the program says of a command line that it cannot follow."""

import pytest

from conftest import sentence

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("arguments", [
    ["--no-such-flag", "--", "true"],
    ["--memory", "much", "--", "true"],
    ["--pids", "-3", "--", "true"],
    ["--preset", "no-such-preset", "--", "true"],
    ["--cap-add", "NO_SUCH_CAPABILITY", "--", "true"],
    ["--bind", "nowhere", "--", "true"],
    ["--user", "root:", "--", "true"],
    ["--prefer", "no_such_boundary", "--", "true"],
    [],
], ids=" ".join)
def test_wrong_usage_exits_125_with_a_sentence(run, rootfs, arguments):
    sentence(run("run", "--rootfs", rootfs, *arguments, check=125))


@pytest.mark.parametrize(("words", "status", "said"), [
    ([], 125, "say what to do: run, "),
    (["runn"], 125, "there is no verb runn, did you mean run?"),
    (["nothing-like-it"], 125, "there is no verb nothing-like-it; there are"),
    (["--verison"], 125, "there is no flag --verison, did you mean --version?"),
    (["run", "--memroy", "5", "--", "id"], 125,
     "there is no flag --memroy, did you mean --memory?; see `bulkhead run"),
    (["run", "--bogus=5", "--", "id"], 125, "there is no flag --bogus; see"),
    (["pool", "--lisen", "x", "--", "id"], 125, "did you mean --listen?"),
    (["pool", "--", "id"], 125, "--listen is required"),
    (["verify", "--subjet", "crun"], 4, "did you mean --subject?"),
    (["verify", "crun", "runc"], 4, "nothing is expected where crun is"),
    (["verify", "--json", "-"], 4,
     "--json: - is no file: for stdout use --format json"),
    (["matrix", "kill", "--json", "-"], 4, "for stdout use --format json"),
    (["bench", "--output", "-"], 4, "for stdout leave the flag out"),
    (["page", "x.json", "--output", "-"], 4, "for stdout leave the flag out"),
    (["doctor", "\x1b[2J"], 125, "nothing is expected where \\x1b[2J is"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else None)
def test_a_wrong_word_is_named_and_the_nearest_right_one(run, words, status,
                                                         said):
    assert said in sentence(run(*words, check=status))
