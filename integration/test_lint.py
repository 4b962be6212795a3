"""Every checker of ci/lint goes red on a tree that has what it looks for, and
is green on the same tree without it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

LINT = Path(__file__).resolve().parents[1] / "ci/lint"

pytestmark = pytest.mark.fast


@pytest.fixture
def tree(tmp_path):
    """tree({"a/b.h": "text"}) is a git tree with these files."""

    def make(files):
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return make


def lint(checker, root, *arguments):
    return subprocess.run([LINT / checker, "--root", root, *arguments],
                          capture_output=True, text=True, check=False)


def assert_red(done, *words):
    assert done.returncode == 1, done.stdout + done.stderr
    for word in words:
        assert word in done.stdout + done.stderr


def assert_green(done):
    assert done.returncode == 0, done.stdout + done.stderr


# ---- layers ----------------------------------------------------------------

HEADERS = {f"{folder}/a.h": "" for folder in (
    "runtime/base", "runtime/spec", "runtime/host", "runtime/plan",
    "runtime/child", "runtime/parent", "probes", "verify", "cli", "bench",
    "integration/agent")}

FORBIDDEN = [
    ("runtime/base/b.cpp", "runtime/spec/a.h"),
    ("runtime/spec/b.h", "runtime/host/a.h"),
    ("runtime/host/b.cpp", "runtime/spec/a.h"),
    ("runtime/plan/b.cpp", "runtime/child/a.h"),
    ("runtime/plan/b_test.cpp", "runtime/parent/a.h"),
    ("runtime/child/b.cpp", "runtime/spec/a.h"),
    ("runtime/child/b.cpp", "runtime/parent/a.h"),
    ("runtime/parent/b.cpp", "verify/a.h"),
    ("runtime/parent/b.cpp", "probes/a.h"),
    ("runtime/parent/b_test.cpp", "cli/a.h"),
    ("probes/pidns/b.cpp", "runtime/base/a.h"),
    ("probes/pidns/b_test.cpp", "verify/a.h"),
    ("verify/b.cpp", "cli/a.h"),
    ("bench/b.cpp", "cli/a.h"),
    ("verify/b.cpp", "bench/a.h"),
    ("runtime/parent/b.cpp", "bench/a.h"),
    ("integration/agent/b.cpp", "runtime/base/a.h"),
    ("integration/agent/b.cpp", "probes/a.h"),
    ("verify/b.cpp", "integration/agent/a.h"),
]
PERMITTED = [
    ("runtime/spec/b.cpp", "runtime/base/a.h"),
    ("runtime/plan/b.cpp", "runtime/host/a.h"),
    ("runtime/plan/b.cpp", "runtime/spec/a.h"),
    ("runtime/child/b.cpp", "runtime/plan/a.h"),
    ("runtime/child/b_test.cpp", "runtime/spec/a.h"),
    ("runtime/parent/b.cpp", "runtime/child/a.h"),
    ("probes/pidns/b.cpp", "probes/a.h"),
    ("verify/b.cpp", "runtime/parent/a.h"),
    ("verify/b.cpp", "probes/a.h"),
    ("cli/b.cpp", "verify/a.h"),
    ("cli/b_test.cpp", "probes/a.h"),
    ("cli/b.cpp", "bench/a.h"),
    ("bench/b.cpp", "runtime/parent/a.h"),
    ("bench/b.cpp", "verify/a.h"),
]


@pytest.mark.parametrize("source, target", FORBIDDEN)
def test_an_include_against_the_layers_is_red(tree, source, target):
    root = tree({**HEADERS, source: f'#include <vector>\n#include "{target}"\n'})
    assert_red(lint("layers", root), f"{source}:2: ", target)


@pytest.mark.parametrize("source, target", PERMITTED)
def test_an_include_along_the_layers_is_green(tree, source, target):
    assert_green(lint("layers", tree({**HEADERS,
                                      source: f'#include "{target}"\n'})))


@pytest.mark.parametrize("line", [
    '#include "a.h"', '#include "../base/a.h"', '#include "runtime/base/no.h"',
    '#include "runtime/base/../spec/a.h"', "#include <runtime/base/a.h>",
    "#include HEADER", '  #  include "a.h"', '#import "a.h"'])
def test_an_include_that_is_no_path_from_the_root_is_red(tree, line):
    root = tree({**HEADERS, "runtime/base/b.cpp": line + "\n"})
    assert_red(lint("layers", root), "runtime/base/b.cpp:1: ")


def test_a_source_in_an_unknown_folder_is_red(tree):
    assert_red(lint("layers", tree({"misc/a.cpp": ""})), "misc/a.cpp")


# ---- child_symbols ---------------------------------------------------------


def build_child(root, source):
    """Compiles `source` into the archive that the checker looks at."""
    folder = root / "build/runtime/child"
    folder.mkdir(parents=True)
    (folder / "a.cpp").write_text(source)
    subprocess.run(["g++", "-O1", "-fno-exceptions", "-c", "a.cpp"],
                   cwd=folder, check=True)
    subprocess.run(["ar", "rc", "libchild.a", "a.o"], cwd=folder, check=True)
    return lint("child_symbols", root, root / "build")


@pytest.mark.parametrize("call, symbol", [
    ("int* f() { return new int; }", "_Znwm"),
    ('extern "C" void* malloc(unsigned long);\n'
     "void* f() { return malloc(9); }", "malloc"),
    ('extern "C" int close(int);\nint f() { return close(9); }', "close"),
    ("#include <vector>\nvoid f(std::vector<int>& a) { a.push_back(1); }",
     "_Znwm"),
    ("#include <cerrno>\nint f() { return errno; }", "__errno_location"),
])
def test_a_call_into_libc_after_clone_is_red(tree, call, symbol):
    assert_red(build_child(tree({}), call), f"a.o: calls {symbol}")


def test_copying_memory_and_calling_itself_is_green(tree):
    assert_green(build_child(tree({}), """
#include <cstring>
[[gnu::noinline]] int own(int a) { return a + 1; }
int f(char* to, const char* from, unsigned long size) {
  std::memcpy(to, from, size);
  return own(to[0]);
}
"""))


def test_no_archive_is_not_green(tree):
    root = tree({})
    assert lint("child_symbols", root, root / "build").returncode == 2


# ---- the others ------------------------------------------------------------


def test_a_file_that_is_not_formatted_is_red(tree):
    style = {".clang-format": "BasedOnStyle: Google\n"}
    assert_green(lint("format", tree({**style, "a.cpp": "int a = 1;\n"})))
    assert_red(lint("format", tree({"b.h": "int  b=2 ;\n"})), "b.h:1")


def test_a_shell_script_with_a_mistake_is_red(tree):
    assert_green(lint("shell", tree({"good": '#!/bin/sh\necho "$1"\n'})))
    assert_red(lint("shell", tree({"bad": "#!/usr/bin/env bash\nrm $1\n"})),
               "SC2086")


def test_a_yaml_file_with_a_mistake_is_red(tree):
    assert_green(lint("yaml", tree({"good.yml": "a: [b]\n"})))
    assert_red(lint("yaml", tree({"bad.yml": "a: b\na: c\n"})),
               "bad.yml", "duplication of key")


def test_a_python_file_that_does_not_compile_is_red(tree):
    assert_green(lint("python", tree({"good.py": "a = 1\n"})))
    assert_red(lint("python", tree({"bad": "#!/usr/bin/python3\na = = 1\n"})),
               "bad: ")


@pytest.mark.parametrize("folder", ["/wor" "k/", "/hom" "e/me/",
                                    "/Use" "rs/me/"])
def test_a_folder_of_ones_own_machine_is_red(tree, folder):
    assert_green(lint("places", tree({"a.md": "see probes/network/veth\n"})))
    assert_red(lint("places", tree({"b.md": f"\nsee {folder}x\n"})),
               f"b.md:2: names {folder}")


def test_a_long_file_is_a_warning_and_a_very_long_one_red(tree):
    done = lint("length", tree({"a.cpp": "\n" * 301, "b.cpp": "\n" * 300}))
    assert_green(done)
    assert "a.cpp: warning" in done.stdout
    assert "b.cpp" not in done.stdout
    assert_red(lint("length", tree({"c.cpp": "\n" * 601})), "c.cpp: 601")


def test_ignored_files_are_not_looked_at(tree):
    root = tree({".gitignore": "/build/\n", "build/a.py": "= =\n",
                 "b.py": "b = 1\n"})
    assert_green(lint("python", root))


@pytest.mark.parametrize("checker", ["layers", "format", "shell", "python", "yaml",
                                     "places", "length"])
def test_a_tree_with_nothing_to_check_is_not_green(tree, checker):
    assert lint(checker, tree({})).returncode == 2


# ---- tidy ------------------------------------------------------------------


@pytest.fixture
def tidy(tree, monkeypatch, tmp_path_factory):
    """Runs the checker over one source, verify/a.cpp, of this text."""
    monkeypatch.setenv("BULKHEAD_CACHE", str(tmp_path_factory.mktemp("cache")))

    def run(text):
        root = tree({
            "verify/a.cpp": text,
            ".clang-tidy": "Checks: '-*,modernize-use-nullptr'\n"
                           "WarningsAsErrors: '*'\n"})
        write_commands(root)
        return lint("tidy", root)

    return run


def write_commands(root, *names):
    """As CMake does, with whole paths."""
    (root / "build/tidy").mkdir(parents=True, exist_ok=True)
    (root / "build/tidy/compile_commands.json").write_text(json.dumps([{
        "directory": str(root), "file": f"{root}/verify/{name}.cpp",
        "command": f"ccache clang++ -o {name}.o -c {root}/verify/{name}.cpp"}
        for name in names or ["a"]]))


def test_what_clang_tidy_finds_is_red_each_time(tidy):
    for _ in range(2):
        assert_red(tidy("int* a = 0;\n"), "modernize-use-nullptr")


def test_what_is_found_is_told_of_the_source_that_it_stands_in(tidy, tmp_path):
    tidy("int* a = nullptr;\n\nint c = 1;\n")
    (tmp_path / "verify/b.cpp").write_text("int d = 1;\nint* b = 0;\n")
    write_commands(tmp_path, "a", "b")
    assert_red(lint("tidy", tmp_path), f"{tmp_path}/verify/b.cpp:2:")


def test_a_clean_file_is_looked_at_again_once_it_changed(tidy):
    assert "0 of 1 unchanged" in tidy("int* a = nullptr;\n").stdout
    assert "1 of 1 unchanged" in tidy("int* a = nullptr;\n").stdout
    assert_red(tidy("int* a = 0;\n"), "0 of 1 unchanged")


def test_a_clean_file_is_clean_in_another_checkout(tidy, tmp_path,
                                                   tmp_path_factory):
    assert "0 of 1 unchanged" in tidy("const char* a = __FILE__;\n").stdout
    second = tmp_path_factory.mktemp("another") / "checkout"
    shutil.copytree(tmp_path, second)
    write_commands(second)
    assert "1 of 1 unchanged" in lint("tidy", second).stdout


# ---- alone -----------------------------------------------------------------


def test_a_source_that_leans_on_another_of_its_batch_is_red(tree):
    root = tree({"verify/a.cpp": "struct Base {};\n",
                 "verify/b_test.cpp": "struct Derived : Base {};\n"})
    write_commands(root, "a")
    assert_green(lint("alone", root))
    write_commands(root, "a", "b_test")
    assert_red(lint("alone", root), f"{root}/verify/b_test.cpp:1:")
