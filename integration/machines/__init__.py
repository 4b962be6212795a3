"""Virtual machines for the tests: a kernel of ci/kernels, an agent as /init,
and a way to run commands in it.

    with Machine.boot("6.1", files={"/bulkhead": "build/dev/cli/bulkhead"}) as m:
        print(m.run(["/bulkhead", "doctor"]).stdout)
"""

from machines.errors import GuestError, InfrastructureError
from machines.kernel import Kernel
from machines.machine import Finished, Machine
from machines.plan import plan
from machines.pool import restore, restored

__all__ = ["Finished", "GuestError", "InfrastructureError", "Kernel",
           "Machine", "plan", "restore", "restored"]
