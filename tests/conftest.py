"""What all tests may use."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder with real rows in their authors' layouts, which are not ours to copy."""
    folder = os.environ.get("TOOLWRIGHT_DATA")
    if not folder:
        pytest.skip("TOOLWRIGHT_DATA is unset: it names the folder with gsm8k/, tabmwp/, gaia/ and dm_math/")
    return Path(folder)
