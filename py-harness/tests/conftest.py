"""What the tests share. They test the package that is installed, never the sources beside them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

if TYPE_CHECKING:
    from collections.abc import Mapping

Run = Callable[..., "subprocess.CompletedProcess[str]"]

# Nothing is written beside the sources, and a slow machine is no failure.
if "HYPOTHESIS_STORAGE_DIRECTORY" not in os.environ:
    set_hypothesis_home_dir(Path(tempfile.gettempdir(), "pyhello-hypothesis"))
settings.register_profile("pyhello", database=None, deadline=None)
settings.load_profile("pyhello")

# Where pytest is started in the background, Ctrl-C is ignored, in it and in what it starts. What a
# test does with it must not depend on that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs an interpreter of its own, elsewhere, and with nothing in its environment."""

    def run(
        *arguments: str | Path, env: Mapping[str, str] | None = None, stdout: int = subprocess.PIPE
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-B", *arguments],
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=tmp_path,
            env=_needed() if env is None else {**_needed(), **env},
            timeout=600,
            check=False,
        )

    return run


def _needed() -> dict[str, str]:
    # Without it, nothing starts on Windows.
    return {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}


@pytest.fixture
def canary() -> dict[str, str]:
    """The environment in which the module loads the canary build instead."""
    folder = os.environ.get("CANARY")
    if folder is None:
        pytest.skip("needs the canary build: CANARY is its folder")
    if sys.platform == "win32":
        pytest.skip("the DLL beside the module cannot be replaced by the environment")
    variable = "DYLD_LIBRARY_PATH" if sys.platform == "darwin" else "LD_LIBRARY_PATH"
    return {variable: str(Path(folder).resolve())}
