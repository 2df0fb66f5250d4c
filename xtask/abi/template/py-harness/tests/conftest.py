"""What the tests share. They test the package that is installed, never the sources beside them."""

from support.fixtures import Run, canary, pytest_addoption, run

__all__ = ["Run", "canary", "pytest_addoption", "run"]
