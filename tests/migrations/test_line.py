"""The migrations as a whole: one line, one lock, and exactly the tables that the code expects."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from authserver.adapters.database.engine import Database
from authserver.adapters.database.migrate import (
    SCRIPTS,
    BrokenReferences,
    current_revision,
    head_revision,
    migrate,
)
from authserver.adapters.database.schema import metadata
from tests.support.databases import created_database

ROOT = Path(__file__).parents[2]


def _revisions() -> list[str]:
    """From the first to the last."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    steps = ScriptDirectory.from_config(config).walk_revisions()
    return [step.revision for step in steps][::-1]


@contextmanager
def _looking(url: str) -> Iterator[Connection]:
    database = Database.open(url)
    with database.reading() as connection:
        yield connection
    database.dispose()


def test_revisions_are_four_digits_and_follow_one_another() -> None:
    revisions = _revisions()
    assert revisions == [f"{number:04}" for number in range(1, len(revisions) + 1)]
    assert revisions[-1] == head_revision()


def test_a_file_is_named_after_its_revision() -> None:
    names = sorted(path.name for path in (SCRIPTS / "versions").glob("*.py"))
    assert [name[:4] for name in names] == _revisions()
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name) for name in names)


def test_a_database_is_brought_from_nothing_to_the_newest_revision(unmigrated_url: str) -> None:
    assert current_revision(unmigrated_url) is None
    assert migrate(unmigrated_url) == _revisions()
    assert current_revision(unmigrated_url) == head_revision()


def test_a_database_that_is_up_to_date_is_left_alone(unmigrated_url: str) -> None:
    migrate(unmigrated_url)
    assert migrate(unmigrated_url) == []


def test_asking_for_the_revision_makes_no_file(tmp_path: Path) -> None:
    assert current_revision(f"sqlite:///{tmp_path / 'none.db'}") is None
    assert list(tmp_path.iterdir()) == []


def test_progress_is_told_after_every_revision(unmigrated_url: str) -> None:
    told: list[tuple[int, int, str]] = []
    migrate(unmigrated_url, lambda *step: told.append(step))
    everything = _revisions()
    assert told == [(n, len(everything), name) for n, name in enumerate(everything, start=1)]


def test_servers_that_start_together_migrate_once(unmigrated_url: str) -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(_server(unmigrated_url)) for _ in range(3)]
        for server in servers:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
        for server in servers:
            assert server.stdin is not None
            server.stdin.write("go\n")
            server.stdin.flush()
        applied = [server.communicate(timeout=60)[0].split() for server in servers]
    assert [server.returncode for server in servers] == [0, 0, 0]
    assert sorted(applied) == [[], [], _revisions()]


def _server(url: str) -> subprocess.Popen[str]:
    """A process that says when it is ready, migrates when it is told to, and tells what it did."""
    program = (
        "import sys; from authserver.adapters.database.migrate import migrate;"
        "print('ready', flush=True); sys.stdin.readline(); print(*migrate(sys.argv[1]))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program, url],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_failing_migration_leaves_the_database_as_it_was(unmigrated_url: str) -> None:
    def fail(_done: int, _all: int, revision: str) -> None:
        if revision == head_revision():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        migrate(unmigrated_url, fail)
    assert current_revision(unmigrated_url) is None
    assert migrate(unmigrated_url) == _revisions()


def test_a_migration_that_breaks_references_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"

    def upgrade_badly(config: Config, _to: str) -> None:
        connection: Connection = config.attributes["connection"]
        connection.execute(text("CREATE TABLE parents (id INTEGER PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE children (id INTEGER REFERENCES parents (id))"))
        connection.execute(text("INSERT INTO children VALUES (1)"))

    monkeypatch.setattr("alembic.command.upgrade", upgrade_badly)
    with pytest.raises(BrokenReferences):
        migrate(url)
    with _looking(url) as connection:
        assert connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar() == 0


def test_there_is_no_way_back() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    for step in ScriptDirectory.from_config(config).walk_revisions():
        with pytest.raises(NotImplementedError, match="backup"):
            step.module.downgrade()


def test_migrated_tables_are_those_of_the_schema(unmigrated_url: str) -> None:
    migrate(unmigrated_url)
    with _looking(unmigrated_url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrated_sqlite_tables_are_the_schemas_to_the_letter(tmp_path: Path) -> None:
    """Alembic's comparison sees neither CHECKs nor partial indexes; this one does."""
    migrated, made = (f"sqlite:///{tmp_path / name}" for name in ("migrated.db", "made.db"))
    migrate(migrated)
    _make(made)
    assert _sqlite_definitions(migrated) == _sqlite_definitions(made)


def test_migrated_postgresql_tables_are_the_schemas_to_the_letter(postgresql_server: str) -> None:
    with (
        created_database(postgresql_server) as migrated,
        created_database(postgresql_server) as made,
    ):
        migrate(migrated)
        _make(made)
        assert _postgresql_definitions(migrated) == _postgresql_definitions(made)


def _make(url: str) -> None:
    database = Database.open(url)
    with database.writing() as connection:
        metadata.create_all(connection)
    database.dispose()


def _sqlite_definitions(url: str) -> dict[str, list[str]]:
    """Each table's and index's words in any order: a column that was added later stands last."""
    question = text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    with _looking(url) as connection:
        return {
            name: sorted(_members(" ".join(words.split())))
            for name, words in connection.execute(question)
            if name != "alembic_version"
        }


def _members(words: str) -> list[str]:
    """What stands between the outer parentheses, apart, and what stands around them."""
    before, _, rest = words.partition("(")
    inside, _, after = rest.rpartition(")")
    parts, depth = [""], 0
    for character in inside:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [before, after, *(part.strip() for part in parts)]


def _postgresql_definitions(url: str) -> list[list[tuple[Any, ...]]]:
    questions = (
        "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable,"
        " column_default, identity_generation FROM information_schema.columns"
        " WHERE table_schema = 'public'",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    )
    with _looking(url) as connection:
        return [
            sorted(
                tuple(map(str, row))
                for row in connection.execute(text(question))
                if row[0] != "alembic_version"
            )
            for question in questions
        ]
