"""What all tests may use."""

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from toolwright.sandbox import ConfinedSandbox, Limits
from toolwright.sync import run_sync

settings.register_profile("short", max_examples=20, deadline=None)  # a busy machine is no failure
settings.register_profile("long", max_examples=300, deadline=None)  # `make soak` chooses it
settings.load_profile("short")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected is kept: to look through it for garbage again and again takes a fifth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[ConfinedSandbox]:
    """A real sandbox with a few packages, started once."""
    one = ConfinedSandbox(allowed=("math", "decimal", "time"), limits=Limits(wall_seconds=8), concurrency=2)
    run_sync(one.__aenter__())
    yield one
    run_sync(one.__aexit__())


@pytest.fixture
def few_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox that nobody chose has one package: to import all takes seconds, and the test is not about them."""

    def quick(**options: Any) -> ConfinedSandbox:
        options["allowed"] = ("hashlib",)
        return ConfinedSandbox(**options)

    monkeypatch.setattr("toolwright.config.sandboxes.ConfinedSandbox", quick)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder with real rows in their authors' layouts, which are not ours to copy."""
    folder = os.environ.get("TOOLWRIGHT_DATA")
    if not folder:
        pytest.skip("TOOLWRIGHT_DATA is unset: it names the folder with gsm8k/, tabmwp/, gaia/ and dm_math/")
    return Path(folder)
