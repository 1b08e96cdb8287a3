"""One Chromium and one server for all of these tests; every test has devices of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Browser

from authserver.testing.server import RunningServer, running_server
from tests.support.device import Device, launched

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("server"), workers=2) as running:
        yield running


@pytest.fixture
def login_id() -> str:
    """Somebody new."""
    return f"account-{next(_NUMBERS)}"


@pytest.fixture
def device(chromium: Browser, server: RunningServer) -> Iterator[Callable[..., Device]]:
    """Makes devices; afterwards no page may have complained or talked to anybody else."""
    made: list[Device] = []

    def make(**options: Any) -> Device:
        made.append(Device(chromium, server, **options))
        return made[-1]

    yield make
    complaints = [complaint for one in made for complaint in one.complaints]
    foreign = [address for one in made for address in one.foreign]
    for one in made:
        one.close()
    assert not complaints
    assert not foreign
