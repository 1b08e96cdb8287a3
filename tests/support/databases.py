"""Databases for tests: each test that asks for one runs on SQLite and on PostgreSQL.

PostgreSQL is the server at ``AUTHSERVER_TEST_POSTGRESQL_URL``, or else the one on the usual port of
this machine. Where none answers, a cluster is started from Debian's binaries for the length of the
run; where there are none either, the test is skipped and says so.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import delete, make_url

from authserver.adapters.database import harness
from authserver.adapters.database.engine import Database
from authserver.adapters.database.migrate import migrate
from authserver.adapters.database.schema import test_clock as clock_table

__all__ = [
    "database",
    "database_url",
    "migrated_postgresql",
    "migrated_sqlite",
    "postgresql_server",
    "unmigrated_url",
]

_SERVER = os.environ.get(
    "AUTHSERVER_TEST_POSTGRESQL_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
)
_BOTH = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on which we may create databases."""
    if _answers(_SERVER):
        yield _SERVER
        return
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        pytest.skip("no PostgreSQL answers, and its binaries are not installed here")
    with _own_cluster(programs[-1].parent, tmp_path_factory.mktemp("postgresql")) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: str) -> Iterator[str]:
    """One migrated database for all tests of this process; they empty it, one after the other."""
    with created_database(postgresql_server) as url:
        migrate(url)
        yield url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy from."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=_BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated, empty database: first SQLite, then PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "authserver.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("migrated_postgresql")
    return url


@pytest.fixture(params=_BOTH)
def unmigrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without a single table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'authserver.db'}"
        return
    with created_database(request.getfixturevalue("postgresql_server")) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database with nothing in it."""
    database = Database.open(database_url)
    if database.dialect == "postgresql":
        with database.writing() as connection:
            harness.empty(connection)
            connection.execute(delete(clock_table))
    yield database
    database.dispose()


@contextmanager
def created_database(server: str) -> Iterator[str]:
    """A new database on the server, dropped at the end."""
    name = f"authserver_test_{uuid4().hex[:12]}"
    with _administration(server) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with _administration(server) as connection:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))


def _administration(server: str) -> psycopg.Connection[tuple[object, ...]]:
    plain = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True, connect_timeout=3)


def _answers(server: str) -> bool:
    try:
        _administration(server).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def _own_cluster(programs: Path, folder: Path) -> Iterator[str]:
    """A cluster that trusts this machine and spares the disk; gone after the run."""
    owner = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    data = Path("/tmp" if owner else folder) / f"authserver-test-{uuid4().hex[:12]}"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k '' -c fsync=off"

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [programs / program, "-D", data, *arguments],
            check=True,
            user=owner,
            cwd="/",
            stdout=subprocess.DEVNULL,
        )

    try:
        run("initdb", "-A", "trust", "-U", "postgres", "--no-sync")
        run("pg_ctl", "-w", "-l", f"{data}/log", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(data, ignore_errors=True)
