"""How clang compiles each source of the project: the compile_commands.json of
the preset tidy, where each is a unit of its own, without precompiled headers.
Shared by the checkers that compile."""

import json
import os
import pathlib
import shlex
import sys

import tree

FOLDERS = ("runtime", "probes", "verify", "cli", "bench", "integration")


def arguments(name, description):
    """(tree to check, folder of compile_commands.json, jobs at a time) from
    the command line."""
    parser = tree.parser(description)
    parser.add_argument("--build", type=pathlib.Path,
                        help="folder of compile_commands.json (build/tidy)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    root = asked.root.resolve()
    build = (asked.build or root / "build/tidy").resolve()
    if not (build / "compile_commands.json").exists():
        print(f"{name}: no compile_commands.json in {build}: "
              "run cmake --preset tidy", file=sys.stderr)
        sys.exit(2)
    return root, build, asked.jobs


def entries(root, build):
    """(directory, argv without the source's own words, source) of each source
    of the project, once."""
    database = json.loads((build / "compile_commands.json").read_text())
    found = {}
    for entry in database:
        source = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        inside = source.is_relative_to(root) and source.suffix == ".cpp"
        if inside and source.relative_to(root).parts[0] in FOLDERS:
            argv = shlex.split(entry["command"])
            if pathlib.Path(argv[0]).name == "ccache":
                argv = argv[1:]
            found[source] = (entry["directory"], _flags_of(argv), source)
    return list(found.values())


def _flags_of(argv):
    """`argv` without -c FILE and -o FILE."""
    result = []
    skip = False
    for word in argv:
        if not skip and word not in ("-o", "-c"):
            result.append(word)
        skip = word in ("-o", "-c")
    return result
