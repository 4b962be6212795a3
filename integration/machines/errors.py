"""What can go wrong with a machine, apart from what runs in it."""

import re

# How a kernel begins to say that it is broken.
COMPLAINT = re.compile(r"BUG:|Oops|Kernel panic|general protection|int3:")


class GuestError(Exception):
    """The agent could not do what it was asked; the machine goes on."""


class InfrastructureError(Exception):
    """The machine itself failed: it panicked, was lost, never got ready.
    Never a statement about what ran in it. Carries what one needs to look
    into it."""

    def __init__(self, what, console="", qemu=""):
        super().__init__(what)
        self.what = what
        self.console = console
        self.qemu = qemu

    def __str__(self):
        return (f"{self.what}\n--- console of the machine\n"
                f"{essence(self.console)}\n--- started with\n{self.qemu}")


def essence(console, lines=60):
    """The part of a console log that tells what happened: from the kernel's
    first complaint on, or the end."""
    text = console.splitlines()
    first = next((number for number, line in enumerate(text)
                  if COMPLAINT.search(line)), len(text) - lines)
    return "\n".join(text[max(0, first):][:lines])
