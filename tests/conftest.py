"""What all tests share: both databases, an application in this process, and no skip in CI."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.application import Application, make_application
from tests.support.databases import *  # noqa: F403 - the database fixtures, for every test
from tests.support.redis_server import *  # noqa: F403 - and the one for Redis

settings.register_profile(
    "default",
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("default")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """In CI a skipped test is a failed one: what is not shown there is shown nowhere."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    """In test mode on a fresh SQLite database."""
    yield from closing(make_application(tmp_path))


@pytest.fixture
def demo_application(tmp_path: Path) -> Iterator[Application]:
    """In demo mode on a fresh SQLite database."""
    folder = tmp_path / "demo"
    folder.mkdir()
    yield from closing(make_application(folder, mode="demo"))


@pytest.fixture
def any_application(tmp_path: Path, database_url: str) -> Iterator[Application]:
    """In test mode on SQLite, and once more on PostgreSQL."""
    application = make_application(tmp_path, database_url=database_url)
    application.api().post("/test/reset")
    yield from closing(application)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """One application for properties that ask many times and leave nothing that matters."""
    yield from closing(make_application(tmp_path_factory.mktemp("shared")))


def closing(application: Application) -> Iterator[Application]:
    """Hand out an application and close its database's connections afterwards."""
    try:
        yield application
    finally:
        application.close()
