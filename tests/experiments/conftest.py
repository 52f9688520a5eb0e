"""What the cells of these tests are asked at: a file whose endpoint answers otherwise has one of its own."""

from collections.abc import Generator

import pytest

from simulated_endpoint import SimulatedEndpoint, simulated_endpoint


@pytest.fixture(scope="module")
def endpoint() -> Generator[SimulatedEndpoint]:
    with simulated_endpoint() as one:
        yield one
