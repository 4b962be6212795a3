"""Kernels of the Debian archive as data: found, verified, unpacked, cached."""


class KernelError(Exception):
    """Something that a person can act upon; its text is all that is shown."""


class Unreachable(KernelError):
    """The archive could not be asked. What is cached still serves."""


class Untrusted(KernelError):
    """The archive answered and a signature or a hash did not hold. Never a
    reason to go on with something else."""
