"""What can go wrong with a machine, apart from what runs in it."""


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
        last = "\n".join(self.console.splitlines()[-40:])
        return (f"{self.what}\n--- console of the machine, at its end\n{last}"
                f"\n--- started with\n{self.qemu}")
