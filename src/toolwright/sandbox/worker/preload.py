"""What the base process imports once, so that no call has to; standard library only, part of the worker."""

import contextlib
import importlib
import sys
import warnings
from collections.abc import Generator
from types import ModuleType
from typing import Final, cast

WARM_MODULES: Final[dict[str, tuple[str, ...]]] = {
    "numpy": ("numpy.linalg", "numpy.random", "numpy.fft", "numpy.polynomial"),
    "scipy": ("scipy.stats", "scipy.optimize", "scipy.integrate", "scipy.linalg", "scipy.special"),
    "dateutil": ("dateutil.parser", "dateutil.relativedelta", "dateutil.rrule"),
}
"""Parts a package imports lazily; here they are imported with it."""

WARM_UP: Final[dict[str, str]] = {
    "numpy": "import numpy; numpy.random.seed(0)",
    "sympy": "import sympy; x = sympy.Symbol('x'); sympy.diff(sympy.sin(x) * x, x); sympy.solve(x**2 - 2, x); "
    "import sympy.core.random; sympy.core.random.seed(0)",
    "pandas": "import pandas; pandas.DataFrame({'a': [1, 2]}).groupby('a').sum()",
}
"""First uses that fill a package's caches: a process's first sympy derivative takes 20 times a later one's time.

Their generators are seeded here, for the state is the same after every fork: a call gives the same result each time.
"""


def preload(modules: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Imports the modules; a failure is reported, not fatal.

    Returns:
        The version of each top-level module that really imports ("" for the standard library), and what went wrong
        by module.
    """
    warnings.simplefilter("ignore")
    roots = {name.partition(".")[0] for name in modules}
    if "pandas" in roots and "pyarrow" not in roots:
        _import_alone("pandas", without="pyarrow")
    versions: dict[str, str] = {}
    faults: dict[str, str] = {}
    for name in modules:
        root = name.partition(".")[0]
        try:
            importlib.import_module(name)
        except BaseException as error:  # noqa: BLE001 - a broken package may raise anything, SystemExit included
            faults[name] = f"{type(error).__name__}: {error}"[:500]
        else:
            versions[root] = "" if root in sys.stdlib_module_names else _version(root)
            _warm(root)
    return versions, faults


def _import_alone(root: str, without: str) -> None:
    """Imports a package without another that it takes in only where it is installed, and later never asks for.

    pyarrow is a thread, 40 MB, and milliseconds more at every fork. What truly needs it may still import it.
    """
    with _hidden(without), contextlib.suppress(BaseException):  # the import in turn tells what went wrong
        importlib.import_module(root)
        _warm(root)


@contextlib.contextmanager
def _hidden(root: str) -> Generator[None]:
    sys.modules[root] = cast("ModuleType", None)
    try:
        yield
    finally:
        del sys.modules[root]


def _version(root: str) -> str:
    return str(getattr(sys.modules[root], "__version__", "unknown"))


def _warm(root: str) -> None:
    for name in WARM_MODULES.get(root, ()):
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    if root in WARM_UP:
        with contextlib.suppress(Exception):
            exec(WARM_UP[root], {})  # noqa: S102 - our own text, above
