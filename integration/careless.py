"""Runtimes with a planted bug, one each: scripts around bulkhead that do what
careless error paths do. Undisturbed, each starts every container as bulkhead
itself does."""

BULKHEAD = '"{bulkhead}" run --bundle "$5" "$6"'
UNSAFE = '"{bulkhead}" run --unsafe --bundle "$5"'

# The name of the bug; what the runtime does, its arguments being --root STATE
# run --bundle BUNDLE ID; the fault that shows it, and the outcome.
ONCE = "sethostname()#1.1=EPERM"
ALWAYS = "sethostname=EPERM"
PLANTS = {
    # A fallback that succeeds hides that what it replaces has failed.
    "fallback-overwrites-failure":
        (f'{BULKHEAD} || exec {UNSAFE} --without netns "$6"', ONCE,
         "open"),
    # The error of a step is not looked at.
    "step-error-ignored":
        (f'{BULKHEAD} || exec {UNSAFE} --skip utsns.hostname '
         '--skip readback "$6"', ONCE, "open"),
    # What was made before the error stays.
    "no-undo":
        (f'mkdir "/run/left-$6" && {BULKHEAD} && rmdir "/run/left-$6"',
         ONCE, "residue"),
    # It failed, and says that all is well.
    "success-anyway": (f"{BULKHEAD} || exit 0", ONCE, "silent"),
    # It tries again for ever, every second, but only what shall hang: the sweep
    # first looks for what cannot be had here, by starts that fail.
    "retry-for-ever":
        (f'until said=$({BULKHEAD} 2>&1 >&3); do case $said in '
         '*sethostname*) sleep 1 ;; *) echo "$said" >&2; exit 1 ;; esac; done 3>&1',
         ALWAYS, "hang"),
}


def write_runtime(path, bulkhead, plant):
    """Makes `path` an OCI runtime with the bug `plant`."""
    body, _, _ = PLANTS[plant]
    path.write_text("#!/bin/sh\n" + body.format(bulkhead=bulkhead) + "\n")
    path.chmod(0o755)
    return path
