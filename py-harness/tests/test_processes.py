from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import sys
from array import array
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pyhello
from pyhello import ffi, lib

if TYPE_CHECKING:
    from conftest import Run

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

FORK = """
import os, signal, time

def fork(child):
    pid = os.fork()
    if pid == 0:
        signal.alarm(100)  # Ends a child that waits forever, whatever it waits for.
        try:
            child()
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return "hangs" if code == -signal.SIGALRM else code

def forks(child):
    outcomes = []
    while len(outcomes) < 200 and "hangs" not in outcomes:
        outcomes.append(fork(child))
    return outcomes
"""

PRINTING = """
import os, sys, threading, time
from array import array
import pyhello

# A full pipe as standard output: a thread that prints stays in the library until somebody reads.
out, full = os.pipe()
os.set_blocking(full, False)
try:
    while True:
        os.write(full, b"x")
except BlockingIOError:
    os.set_blocking(full, True)
os.dup2(full, 1)

greeter = pyhello.Greeter("Hi")
entered = []
def work(printing):
    entered.append(printing)
    printing()
printing = [pyhello.hello, pyhello.lib.Hello, lambda: pyhello.print_sentence(2.0)]
threads = [threading.Thread(target=work, args=[function]) for function in printing]
# Python takes its lock away from no thread: each gives it in the library, and stays there.
interval = sys.getswitchinterval()
sys.setswitchinterval(600)
for thread in threads:
    thread.start()
while len(entered) < len(threads):
    time.sleep(0.001)  # decides nothing: the others get the processor.
sys.setswitchinterval(interval)

# One that never stays comes last: with such an interval it would let nobody else run.
stop, rounds = False, threading.Semaphore(0)
def busy():
    while not stop:
        pyhello.greet("Ada")
        pyhello.each_root(array("d", [4.0]), lambda value, root: None)
        rounds.release()
threads.append(threading.Thread(target=busy))
threads[-1].start()
rounds.acquire()
assert all(thread.is_alive() for thread in threads)

def child():
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    pyhello.hello()
    pyhello.print_sentence(2.0)
    assert greeter.greet("Ada") == "Hi, Ada!"
    greeter.close()
    assert pyhello.sqrt_all(array("d", [4.0])) == array("d", [2.0])
    pyhello.each_root(array("d", [4.0]), lambda value, root: pyhello.greet("Ada"))
    try:
        pyhello.checked_sqrt(-1.0)
    except pyhello.DomainError:
        os._exit(0)

outcomes = forks(child)
assert [thread.is_alive() for thread in threads] == [True] * 4, "all were in there all the time"
stop = True
os.set_blocking(out, False)
while any(thread.is_alive() for thread in threads):
    try:
        os.read(out, 1_000_000)
    except BlockingIOError:
        time.sleep(0.001)  # decides nothing: the others get the processor.
kinds = sorted(map(str, set(outcomes)))
print(kinds, len(outcomes), greeter.greet("Ada"), greeter.count, file=sys.stderr)
os._exit(0)
"""


@needs_fork
def test_a_child_works_that_was_forked_while_other_threads_were_printing(run: Run) -> None:
    # From Python 3.12 on there is a warning, and rightly so: that it works is up to every library.
    finished = run("-W", "ignore", "-c", FORK + PRINTING, stdout=subprocess.DEVNULL)
    assert (finished.returncode, finished.stderr) == (0, "['0'] 200 Hi, Ada! 1\n")


PANICKING = """
import sys, threading
import pyhello

# The library reports each panic.
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)

def panic():
    try:
        pyhello.panic("of a test")
    except pyhello.PanicError:
        return True

stop = False
def busy():
    while not stop:
        panic()

def child():
    if panic():
        os._exit(0)

threads = [threading.Thread(target=busy) for _ in range(4)]
for thread in threads:
    thread.start()
outcomes = forks(child)
stop = True
print(sorted(map(str, set(outcomes))), len(outcomes))
"""


@needs_fork
@pytest.mark.skipif(
    not hasattr(lib, "HELLO_STATUS_OUT_OF_MEMORY"), reason="an older library's panics take a lock"
)
def test_a_child_may_panic_that_was_forked_while_other_threads_were_panicking(run: Run) -> None:
    finished = run("-W", "ignore", "-c", FORK + PANICKING)
    assert (finished.returncode, finished.stdout) == (0, "['0'] 200\n")


def work(number: int) -> list[object]:
    with pyhello.Greeter("Hi") as greeter:
        return [
            greeter.greet(str(number)),
            pyhello.sqrt_all(array("d", range(number))).tolist(),
            pyhello.root(number),
        ]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # For `fork`, from Python 3.12 on.
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_multiprocessing_works(method: str) -> None:
    work(4)  # The library is in use when the children begin.
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map_async(work, range(20)).get(100) == list(map(work, range(20)))
        with pytest.raises(pyhello.DomainError, match=r"-1.0 has no real") as caught:
            pool.apply_async(pyhello.checked_sqrt, [-1.0]).get(100)
        assert caught.value.status == lib.HELLO_STATUS_DOMAIN


def test_the_package_can_be_imported_from_anywhere_with_nothing_set(run: Run) -> None:
    finished = run("-I", "-c", "import pyhello; print(pyhello.__file__, pyhello.sqrt(4))")
    assert (finished.stderr, finished.stdout) == ("", f"{pyhello.__file__} 2.0\n")


def test_the_package_is_the_installed_one() -> None:
    assert Path(__file__).parents[1] not in Path(pyhello.__file__).parents


def replacement(folder: Path, version: int) -> dict[str, str]:
    """Compiles a libhello that has nothing but versions, and says how to load it instead."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the loader's variable and the library's name are those of Linux")
    if b"libhello.so" not in Path(pyhello._hello.__file__).read_bytes():
        pytest.skip("the library is inside of the module: nothing can take its place")
    compiler = shutil.which("cc")
    assert compiler is not None, "no C compiler (cc)"
    functions = [name for name in dir(lib) if ffi_function(name)]
    assert "hello_abi_version" in functions
    bodies = {
        "hello_abi_version": f"unsigned hello_abi_version(void) {{ return {version}; }}",
        "hello_version": 'const char *hello_version(void) { return "0"; }',
    }
    source = folder / "libhello.c"
    source.write_text(
        "\n".join(
            bodies.get(name, f"void {name}(void) {{ __builtin_trap(); }}") for name in functions
        )
    )
    # The name by which the module asks for it.
    name = f"libhello.so.{lib.HELLO_ABI_VERSION}"
    subprocess.run(
        [compiler, "-shared", "-fPIC", f"-Wl,-soname,{name}", source, "-o", folder / name],
        check=True,
    )
    return {"LD_LIBRARY_PATH": str(folder)}


def ffi_function(name: str) -> bool:
    return not name.startswith("python_") and callable(getattr(lib, name))


def test_a_library_of_another_abi_version_is_refused_in_words(run: Run, tmp_path: Path) -> None:
    finished = run("-c", "import pyhello", env=replacement(tmp_path, 4711))
    assert finished.returncode == 1
    assert finished.stderr.splitlines()[-1] == (
        f"ImportError: pyhello was built for ABI version {lib.HELLO_ABI_VERSION} of libhello, "
        "but the library that was loaded has version 4711"
    )


def test_a_library_of_the_same_abi_version_is_not(run: Run, tmp_path: Path) -> None:
    # The check above would be worth nothing if the replacement were refused for another reason.
    version = lib.HELLO_ABI_VERSION
    finished = run(
        "-c", "import pyhello; print(pyhello.abi_version())", env=replacement(tmp_path, version)
    )
    assert (finished.stdout, finished.stderr) == (f"{version}\n", "")


def test_both_versions_are_known() -> None:
    assert pyhello.abi_version() == lib.HELLO_ABI_VERSION == lib.hello_abi_version()
    assert pyhello.version().encode() == ffi.string(lib.hello_version())
    assert pyhello.version().count(".") == 2
