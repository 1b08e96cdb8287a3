"""The pytest plugin (entry point ``pytest11``): ``authserver`` is a running server in test mode."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from authserver.testing.server import RunningServer, running_server


@pytest.fixture(scope="session")
def authserver_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One server for the whole run, in processes of its own."""
    folder: Path = tmp_path_factory.mktemp("authserver")
    with running_server(folder) as server:
        yield server


@pytest.fixture
def authserver(authserver_process: RunningServer) -> RunningServer:
    """That server with an empty database, for one test."""
    authserver_process.reset()
    return authserver_process
