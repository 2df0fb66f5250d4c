from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pyhello

if TYPE_CHECKING:
    from conftest import Run


def test_hello_prints_the_line_of_the_walkthrough(capfd: pytest.CaptureFixture[str]) -> None:
    pyhello.hello()
    assert capfd.readouterr() == ("Hello! The square root of 4 is: 2\n", "")


@pytest.mark.parametrize("value", [0.0, -0.0, 2.0, 5e-324, float("nan"), float("-inf")])
def test_print_sentence_prints_the_sentence(
    value: float, capfd: pytest.CaptureFixture[str]
) -> None:
    pyhello.print_sentence(value)
    assert capfd.readouterr() == (f"{pyhello.sentence(value)}\n", "")


def test_lines_are_in_order_on_a_pipe(run: Run) -> None:
    code = (
        "import pyhello\n"
        "for number in range(3):\n"
        "    print('before', number)\n"
        "    pyhello.hello()\n"
        "    print('between', number)\n"
        "    pyhello.print_sentence(number)\n"
    )
    lines = run("-c", code).stdout.splitlines()
    expected = []
    for number in range(3):
        expected += [f"before {number}", pyhello.sentence(4.0)]
        expected += [f"between {number}", pyhello.sentence(number)]
    assert lines == expected


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_device_is_an_error_of_the_call(capfd: pytest.CaptureFixture[str]) -> None:
    before = os.dup(1)
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        os.dup2(full, 1)
        with pytest.raises(pyhello.OutputError) as caught:
            pyhello.print_sentence(4.0)
        assert caught.value.errno == errno.ENOSPC
    finally:
        os.dup2(before, 1)
        os.close(before)
        os.close(full)


FAILS = """
import errno, os, pickle, sys, pyhello
{preparation}
pyhello.hello()  # Says nothing.
for _ in range(2):
    try:
        pyhello.print_sentence(4)
    except OSError as error:
        assert isinstance(error, pyhello.OutputError), error
        print(errno.errorcode[error.errno], error.name, error, file=sys.stderr)
# What Python itself could not write is the same failure.
for function in (pyhello.hello, lambda: pyhello.print_sentence(4)):
    print("kept back")
    try:
        function()
    except pyhello.OutputError as error:
        assert isinstance(error.__cause__, OSError)
        assert pickle.loads(pickle.dumps(error)).errno == error.errno
        print(errno.errorcode[error.errno], error, file=sys.stderr)
os._exit(0)  # Python itself would complain of its standard output.
"""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_an_exception(run: Run) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        finished = run("-c", FAILS.format(preparation=""), stdout=full)
    finally:
        os.close(full)
    of_library = (
        "ENOSPC HELLO_STATUS_IO hello_print: cannot write to standard output: "
        "No space left on device (os error 28)\n"
    )
    of_python = (
        "ENOSPC cannot write what was printed before: No space left on device (os error 28)\n"
    )
    assert finished.stderr == 2 * of_library + 2 * of_python
    assert finished.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="has no such pipes")
def test_a_pipe_that_nobody_reads_is_an_exception(run: Run) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        finished = run("-c", FAILS.format(preparation=""), stdout=write)
    finally:
        os.close(write)
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr.count("EPIPE HELLO_STATUS_IO") == 2


def test_a_closed_standard_output_is_an_exception(run: Run) -> None:
    finished = run("-c", FAILS.format(preparation="os.close(1)"))
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr.count("EBADF HELLO_STATUS_IO") == 2


def test_a_program_without_a_console_has_no_standard_output_to_flush(run: Run) -> None:
    finished = run("-c", "import sys, pyhello; sys.stdout = None; pyhello.hello()")
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == "Hello! The square root of 4 is: 2\n"


# Another file object for the same standard output, which holds back what it was given.
REPLACED = """
import io, sys, pyhello
sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False), encoding="ascii")
print("before")
pyhello.hello()
print("between")
pyhello.print_sentence(4.0)
sys.stdout.flush()
"""


def test_lines_are_in_order_where_standard_output_was_replaced(run: Run) -> None:
    finished = run("-c", REPLACED)
    assert finished.stderr == ""
    line = "Hello! The square root of 4 is: 2"
    assert finished.stdout.splitlines() == ["before", line, "between", pyhello.sentence(4.0)]


def test_the_walkthroughs_program_runs(run: Run) -> None:
    finished = run(Path(__file__).parents[1] / "hello.py", stdout=subprocess.PIPE)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == "Hello! The square root of 4 is: 2\n"
