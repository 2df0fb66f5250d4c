"""What the import of a package does to the process, and what the package offers.

    python package.py MODULE LIBRARY FUNCTION

Prints `loads FILE` for each file named like the library that is mapped after a call of FUNCTION,
`changed WHAT` for each setting of the process that the import changed, and `offers LINE` for each
public function, class, method and property, without annotations.
"""

import collections.abc
import faulthandler
import gc
import importlib
import inspect
import locale
import os
import signal
import sys
import threading
import types
import warnings
from pathlib import Path


def settings() -> dict[str, object]:
    """What belongs to the program, and not to a package that it imports."""
    numbers = sorted(signal.valid_signals())
    found: dict[str, object] = {
        f"the handler of signal {number}": signal.getsignal(number) for number in numbers
    }
    for name in ("stdin", "stdout", "stderr", "excepthook", "unraisablehook", "displayhook"):
        found[f"sys.{name}"] = getattr(sys, name)
    umask = os.umask(0)
    os.umask(umask)
    return found | {
        "faulthandler": faulthandler.is_enabled(),
        "sys.path": list(sys.path),
        "the limit of recursion": sys.getrecursionlimit(),
        "the switch interval": sys.getswitchinterval(),
        "the garbage collector": (gc.isenabled(), gc.get_threshold()),
        "the threads": threading.active_count(),
        "threading.excepthook": threading.excepthook,
        "the filters of warnings": list(warnings.filters),
        "the locale": locale.setlocale(locale.LC_ALL),
        "the environment": dict(os.environ),
        "the current folder": Path.cwd(),
        "the umask": umask,
        "the blocked signals": signal.pthread_sigmask(signal.SIG_BLOCK, ()),
    }


def parameters(function: collections.abc.Callable[..., object]) -> str:
    """The parameters with their kinds and defaults; a function of CFFI does not say them."""
    if isinstance(function, types.BuiltinFunctionType):
        return "(...)"
    signature = inspect.signature(function)
    bare = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in signature.parameters.values()
    ]
    return str(inspect.Signature(bare))


def offers(name: str, value: object) -> collections.abc.Iterator[str]:
    """A line for a function; for a class one for itself and one for each member of its own."""
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType)):
        yield name + parameters(value)
    elif inspect.isclass(value):
        bases = ", ".join(base.__name__ for base in value.__bases__)
        yield f"class {name}({bases})"
        package = value.__module__.split(".")[0]
        own = [kind for kind in value.__mro__ if kind.__module__.split(".")[0] == package]
        members = {key: member for kind in reversed(own) for key, member in vars(kind).items()}
        for key, member in sorted(members.items()):
            if isinstance(member, types.FunctionType) and (key == "__init__" or key[0] != "_"):
                yield f"{name}.{key}{parameters(member)}"
            elif inspect.isdatadescriptor(member) and key[0] != "_":
                yield f"{name}.{key}"


def main(module: str, library: str, function: str) -> None:
    """Prints the lines that the head of this file describes."""
    before = settings()
    try:
        package = importlib.import_module(module)
    except ImportError as error:
        # A traceback is longer than what a report shows.
        sys.exit(f"ImportError: {error}")
    after = settings()
    for name, value in before.items():
        if after[name] != value:
            print(f"changed {name}: {after[name]!r}, {value!r} before")

    getattr(package.lib, function)()
    maps = Path("/proc/self/maps").read_text().splitlines()
    files = {Path(line.split(None, 5)[5].strip()) for line in maps if "/" in line}
    for file in sorted(files):
        if library in file.name and not file.name.startswith("_" + library):
            print("loads", file)

    for name in sorted(package.__all__):
        for line in offers(name, getattr(package, name)):
            print("offers", line)


main(*sys.argv[1:])
