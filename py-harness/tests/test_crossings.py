"""The harness: that it reads what is a case, refuses what is none, and notices what it has to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Run

HARNESS = Path(__file__).parents[1] / "crossings.py"

CASES = """\
nothing
version
nothing 4022000000000000
scalar fff0000000000000
struct 4002000000000000
error 4010000000000000
error c010000000000000
error 4010000000000000 NULL
text-in x41c3a9
text-in xff
text-in x41 NULL
text-out x225cc3a90a
text-out NULL
buffer 4010000000000000 34
buffer 4010000000000000 33
buffer 4010000000000000 NULL
buffer 4010000000000000 NULL 5
buffer 4010000000000000 5 NULL
slice apart 4010000000000000,3ff0000000000000
slice apart -
slice in-place 4010000000000000
slice overlap 4010000000000000,3ff0000000000000
slice null-values 4010000000000000
slice null-roots 4010000000000000
slice misaligned-values 4010000000000000
slice misaligned-roots 4010000000000000
slice too-large -
slice too-large-max 4010000000000000
handle x4869 x41,NULL,xff,x
handle NULL x41
handle-null greet-greeter
handle-null free
callback 0 4010000000000000,3ff0000000000000
callback 1 4010000000000000,3ff0000000000000
callback 0 -
callback NULL 4010000000000000
callback-null 4010000000000000
callback-null -
callback-again x41 4010000000000000,3ff0000000000000
panic x41
panic NULL
status -1
status 9
nothing
"""

TRANSCRIPT = r"""Hello! The square root of 4 is: 2
1 nothing void
2 version 1 "0.1.0"
Hello! The square root of 9 is: 3
3 nothing HELLO_STATUS_OK
4 scalar fff8000000000000
5 struct 4002000000000000 3ff8000000000000 true
6 error HELLO_STATUS_OK 4000000000000000
7 error HELLO_STATUS_DOMAIN "hello_checked_sqrt: -4.0 has no real square root"
8 error HELLO_STATUS_NULL_POINTER "hello_checked_sqrt: `root` is NULL"
9 text-in HELLO_STATUS_OK 11
10 text-in HELLO_STATUS_INVALID_UTF8 "hello_greet: `name` is not UTF-8 at byte 0"
11 text-in HELLO_STATUS_NULL_POINTER "hello_greet: `greeting` is NULL"
12 text-out HELLO_STATUS_OK "Hello, \x22\x5c\xc3\xa9\x0a!"
13 text-out HELLO_STATUS_NULL_POINTER "hello_greet: `name` is NULL"
14 buffer HELLO_STATUS_OK 33 "Hello! The square root of 4 is: 2"
15 buffer HELLO_STATUS_BUFFER_TOO_SMALL """ + (
    r""""hello_sentence: `capacity` is 33 and has to be at least 34" 33
16 buffer HELLO_STATUS_OK 33
17 buffer HELLO_STATUS_NULL_POINTER "hello_sentence: `buffer` is NULL"
18 buffer HELLO_STATUS_NULL_POINTER "hello_sentence: `length` is NULL"
19 slice HELLO_STATUS_OK 4000000000000000,3ff0000000000000
20 slice HELLO_STATUS_OK -
21 slice HELLO_STATUS_OK 4000000000000000
"""
)


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    path = tmp_path / "cases"
    path.write_text(CASES, encoding="ascii", newline="\n")
    return path


def test_the_transcript_is_in_order_on_a_pipe(run: Run, cases: Path) -> None:
    finished = run(HARNESS, cases)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.startswith(TRANSCRIPT)
    lines = finished.stdout.splitlines()
    numbers = [line.split(" ", 1)[0] for line in lines if line[0].isdigit()]
    assert numbers == [str(number + 1) for number in range(CASES.count("\n"))]
    assert lines[-2:] == ["Hello! The square root of 4 is: 2", "44 nothing void"]


def test_nothing_is_let_pass_that_has_to_be_refused(run: Run, cases: Path) -> None:
    transcript = run(HARNESS, cases).stdout
    assert "not refused" not in transcript
    assert " touched" not in transcript
    assert transcript.count(" untouched") == 7


def test_more_rounds_print_the_same(run: Run, cases: Path) -> None:
    once, often = run(HARNESS, cases), run(HARNESS, cases, "--rounds", "20")
    assert often.returncode == 0
    assert often.stdout == once.stdout


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no-such-crossing",
        "scalar",
        "scalar 4010000000000000 4010000000000000",
        "scalar 401000000000000",
        "scalar 401000000000000G",
        "scalar 4010000000000000,4010000000000000",
        "scalar -",
        "scalar  4010000000000000",
        "error 4010000000000000 OTHER",
        "text-in 41",
        "text-in x4",
        "text-in xAB",
        "text-in null",
        "buffer 4010000000000000 -1",
        "buffer 4010000000000000 1 2",
        "buffer 4010000000000000",
        "slice sideways 4010000000000000",
        "slice apart 4010000000000000,",
        "handle x41 x41,",
        "handle-null nobody",
        "callback -1 -",
        "status 1.5",
        "version 1",
    ],
)
def test_a_line_that_is_no_case_is_refused_with_its_number(
    run: Run, tmp_path: Path, line: str
) -> None:
    path = tmp_path / "cases"
    path.write_text(f"version\n{line}\n", encoding="ascii", newline="\n")
    finished = run(HARNESS, path)
    assert finished.returncode == 2
    assert finished.stderr.startswith("crossings.py: line 2: ")


def test_a_file_that_is_not_there_is_refused(run: Run, tmp_path: Path) -> None:
    finished = run(HARNESS, tmp_path / "nowhere")
    assert finished.returncode == 2
    assert "nowhere" in finished.stderr


def test_the_shipped_library_is_no_canary(run: Run, cases: Path) -> None:
    finished = run(HARNESS, cases, "--canary")
    assert finished.returncode == 2
    assert finished.stderr == "crossings.py: --canary: the library is not the canary build\n"


def test_the_canary_counts_nothing_after_many_rounds(
    run: Run, cases: Path, canary: dict[str, str]
) -> None:
    finished = run(HARNESS, cases, "--canary", "--rounds", "50", env=canary)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == run(HARNESS, cases).stdout


# Runs the harness with a `lib` in one module of the package in which one function is another.
BROKEN = """
import os, runpy, sys
import pyhello, pyhello.{module} as module

class Broken:
    calls = 0
    def __getattr__(self, name):
        return getattr(pyhello.lib, name)
    def {function}(self, *arguments):
        Broken.calls += 1
        {body}

broken = module.lib = Broken()
for name, value in list(vars(module).items()):
    if value is pyhello.lib.{function}:  # Looked up once, when the module was loaded.
        setattr(module, name, broken.{function})
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_a_leak_is_found_and_named(run: Run, cases: Path, canary: dict[str, str]) -> None:
    code = BROKEN.format(module="_text", function="hello_string_free", body="pass")
    finished = run("-c", code, HARNESS, cases, "--canary", "--rounds", "3", env=canary)
    assert finished.returncode == 1
    assert finished.stderr.splitlines()[-1] == (
        "crossings.py: line 9: text-in: round 2 leaves memory of the library's: 1 block"
    )


def test_a_round_that_differs_is_found_and_named(run: Run, cases: Path) -> None:
    code = BROKEN.format(
        module="_boundary",
        function="hello_last_error",
        body="return pyhello.ffi.new('char[]', b'call %d' % (Broken.calls // 100))",
    )
    finished = run("-c", code, HARNESS, cases, "--rounds", "30")
    assert finished.returncode == 1
    assert "differs from the first" in finished.stderr
