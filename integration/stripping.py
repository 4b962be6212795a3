"""An OCI runtime that loses one property of every bundle on the way: a script
that edits config.json and then executes the runtime proper."""

import json

SCRIPT = '''#!/usr/bin/python3 -IS
import json
import os
import sys

EDITS = json.loads({edits!r})


def matches(item, wanted):
    if isinstance(wanted, dict) and isinstance(item, dict):
        return all(item.get(key) == value for key, value in wanted.items())
    if isinstance(wanted, str) and wanted.endswith("*"):
        return isinstance(item, str) and item.startswith(wanted[:-1])
    return item == wanted


def found(place, key):
    """Where `key` leads: the name of a field, or what an item of a list is
    like."""
    if isinstance(place, dict):
        return place[key]
    return next(item for item in place if matches(item, key))


def edit(config, change):
    *path, last = change["at"]
    place = config
    for key in path:
        place = found(place, key)
    before = json.dumps(config)
    if "to" in change and isinstance(place, list):
        place[[matches(item, last) for item in place].index(True)] = (
            change["to"])
    elif "to" in change:
        place[last] = change["to"]
    elif isinstance(place, list):
        place[:] = [item for item in place if not matches(item, last)]
    else:
        del place[last]
    if json.dumps(config) == before and not change.get("maybe"):
        sys.exit("nothing to strip: %s" % change)


if "--bundle" in sys.argv:
    path = sys.argv[sys.argv.index("--bundle") + 1] + "/config.json"
    with open(path, encoding="utf-8") as stream:
        config = json.load(stream)
    for change in EDITS:
        edit(config, change)
    with open(path, "w", encoding="utf-8") as stream:
        json.dump(config, stream)
os.execvp({runtime!r}, [{runtime!r}, *sys.argv[1:]])
'''


def write_wrapper(path, runtime, edits):
    """Makes `path` such a runtime. An edit is {"at": PATH} to remove what is
    there, {"at": PATH, "to": VALUE} to replace it; one that changes nothing
    fails the start, but for "maybe"."""
    path.write_text(SCRIPT.format(edits=json.dumps(edits), runtime=runtime))
    path.chmod(0o755)
    return path


def mount(destination, *path):
    return ["mounts", {"destination": destination}, *path]


def bind_of_the_host(destination, *flags):
    """In place of a file system that only the owner of the namespace it shows
    may mount. The user namespace locks the flags."""
    return {"at": mount(destination),
            "to": {"destination": destination, "type": "bind",
                   "source": destination,
                   "options": ["rbind", "rprivate", "nosuid", "nodev", "noexec",
                               *flags]}}


def namespace(kind, *others):
    """The namespace, and what cannot be asked for without it."""
    return [{"at": ["linux", "namespaces", {"type": kind}]}, *others]


ALL_SETS = ("bounding", "effective", "permitted")


def capabilities(*sets):
    return [{"at": ["process", "capabilities", name],
             "to": ["CAP_CHOWN", "CAP_NET_RAW"]} for name in sets]
