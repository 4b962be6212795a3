"""Whether this kernel has an i386 entry, found out without the program under
test: some machines offer none, whatever their kernel was built with."""

import platform
import subprocess
import sys

import pytest

# getpid by int $0x80. Ends with SIGSEGV where there is no such entry.
TRY = """
import ctypes, mmap, os
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(bytes.fromhex("53 b814000000 cd80 5b c3"))
start = ctypes.addressof(ctypes.c_char.from_buffer(code))
raise SystemExit(ctypes.CFUNCTYPE(ctypes.c_int)(start)() != os.getpid())
"""


@pytest.fixture(scope="session")
def i386_entry():
    if platform.machine() != "x86_64":
        return False
    return subprocess.run([sys.executable, "-c", TRY], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0
