"""Fixtures of the tests that run on every kernel: those that have been fetched
(ci/kernels fetch; --all fetches the rest)."""

import subprocess

import pytest

from conftest import need
from machines import kernel, restored


def pytest_generate_tests(metafunc):
    """Import it into a test file whose tests take `key`."""
    if "key" in metafunc.fixturenames:
        metafunc.parametrize("key", kernel.keys())


def require(key):
    """Leaves the test when this kernel is not here."""
    try:
        kernel.Kernel.of(key)
    except kernel.NoKernel as error:
        need(False, f"a kernel: {error}")


@pytest.fixture
def present(key, pytestconfig):
    """`key`, once its kernel is here."""
    if pytestconfig.getoption("all_kernels"):
        subprocess.run([kernel.KERNELS, "fetch", key], check=True)
    require(key)
    return key


@pytest.fixture
def guest(present):
    """A machine with a root of busybox."""
    with restored(present) as machine:
        yield machine
