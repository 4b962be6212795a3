"""Virtual machines for the tests: a kernel of ci/kernels, an agent as /init,
and a way to run commands in it.

    program = stripped("build/dev/cli/bulkhead")
    with restored("6.1", files={"/usr/bin/bulkhead": program}) as machine:
        print(machine.run(["bulkhead", "doctor"]).stdout)

`restored` is `Machine.boot` from a state saved earlier: a fresh machine in a
tenth of a second.
"""

from machines.errors import GuestError, InfrastructureError
from machines.kernel import Kernel
from machines.machine import Finished, Machine
from machines.plan import plan
from machines.pool import restore, restored
from machines.program import stripped

__all__ = ["Finished", "GuestError", "InfrastructureError", "Kernel",
           "Machine", "plan", "restore", "restored", "stripped"]
