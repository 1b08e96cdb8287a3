"""How databases are opened, and what their transactions promise."""

from __future__ import annotations

import multiprocessing
import sqlite3
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from authserver.adapters.database.engine import Database, DatabaseUnusable, parse
from authserver.adapters.database.schema import accounts
from authserver.domain.account import Account
from tests.adapters.database.given import NOON, an_account, at_once, stored_account


class Interrupted(Exception):
    """Anything that goes wrong in the middle of a transaction."""


def _add_and_fail(database: Database, account: Account) -> None:
    with database.transaction() as tx:
        assert tx.accounts.add(account)
        raise Interrupted


def test_leaving_a_transaction_commits_it(database: Database) -> None:
    account = stored_account(database)
    with database.snapshot() as tx:
        assert tx.accounts.get(account.id) == account


def test_an_exception_rolls_everything_back(database: Database) -> None:
    account = an_account()
    with pytest.raises(Interrupted):
        _add_and_fail(database, account)
    with database.snapshot() as tx:
        assert tx.accounts.get(account.id) is None


def test_a_reader_does_not_see_what_is_not_committed(database: Database) -> None:
    account = an_account()
    with database.transaction() as tx:
        assert tx.accounts.add(account)
        with database.snapshot() as other:
            assert other.accounts.get(account.id) is None


def test_a_database_answers_a_ping_also_after_it_was_disposed_of(database: Database) -> None:
    database.ping()
    database.dispose()
    database.ping()
    stored_account(database)


def test_a_database_that_is_away_does_not_answer() -> None:
    absent = Database.open("postgresql://postgres@127.0.0.1:1/absent")
    with pytest.raises(OperationalError):
        absent.ping()


def test_a_fault_does_not_repeat_the_statements_parameters(database: Database) -> None:
    stored = stored_account(database, login_id="account-known")
    twice = an_account(id=stored.id, user_handle=b"private handle")
    with pytest.raises(IntegrityError) as caught, database.writing() as connection:
        connection.execute(
            accounts.insert(),
            {
                "id": twice.id,
                "login_id": twice.login_id,
                "email": "private@example.test",
                "email_key": "private@example.test",
                "display_name": "private name",
                "locale": "ja",
                "user_handle": twice.user_handle,
                "state": "open",
                "roles": "",
                "created_at": NOON,
            },
        )
    assert "private" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_spelling_of_a_postgresql_address_means_psycopg(scheme: str) -> None:
    url = parse(f"{scheme}://account-1:p%40ss@db.example/authserver?sslmode=require")
    assert url.drivername == "postgresql+psycopg"
    assert (url.password, url.query["sslmode"]) == ("p@ss", "require")


@pytest.mark.parametrize(
    "url", ["", "nonsense", "sqlite://", "sqlite:///:memory:", "mysql://root:hunter2@localhost/x"]
)
def test_an_address_that_cannot_be_served_is_refused_in_words(url: str) -> None:
    with pytest.raises(DatabaseUnusable, match="sqlite:///") as caught:
        Database.open(url)
    assert "hunter2" not in str(caught.value)


def test_a_sqlite_file_and_its_folder_are_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "instance" / "authserver.db"
    database = Database.open(f"sqlite:///{path}")
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
    modes = {
        place.name: stat.S_IMODE(place.stat().st_mode)
        for place in (path.parent, *path.parent.iterdir())
    }
    database.dispose()
    assert modes == {
        "instance": 0o700,
        "authserver.db": 0o600,
        "authserver.db-wal": 0o600,
        "authserver.db-shm": 0o600,
        "authserver.db.writer-lock": 0o600,
    }


def test_a_relative_sqlite_path_does_not_follow_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    database = Database.open("sqlite:///here.db")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
    database.dispose()
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(("synchronous", "number"), [("FULL", 2), ("NORMAL", 1)])
def test_sqlite_runs_with_the_settings_that_we_rely_on(
    tmp_path: Path, synchronous: str, number: int
) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'a.db'}", synchronous=synchronous)  # type: ignore[arg-type]
    with database.reading() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    database.dispose()
    assert found == {
        "journal_mode": "wal",
        "synchronous": number,
        "foreign_keys": 1,
        "busy_timeout": 5000,
    }


def test_a_sqlite_transaction_is_a_writer_from_its_first_moment(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    database = Database.open(f"sqlite:///{path}")
    stranger = sqlite3.connect(path, timeout=0, isolation_level=None)
    with database.transaction(), pytest.raises(sqlite3.OperationalError, match="locked"):
        stranger.execute("BEGIN IMMEDIATE")
    stranger.execute("BEGIN IMMEDIATE")
    stranger.close()
    database.dispose()


def test_processes_write_one_after_the_other(tmp_path: Path) -> None:
    """Each adds one to a number by reading and writing it: no addition may be lost."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    database = Database.open(url)
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE counter (n INTEGER)")
        connection.exec_driver_sql("INSERT INTO counter VALUES (0)")
    program = textwrap.dedent(
        """
        import sys
        from authserver.adapters.database.engine import Database
        database = Database.open(sys.argv[1])
        for _ in range(50):
            with database.writing() as connection:
                n = connection.exec_driver_sql("SELECT n FROM counter").scalar()
                connection.exec_driver_sql("UPDATE counter SET n = ?", (n + 1,))
        """
    )
    root = Path(__file__).parents[3]
    started = [subprocess.Popen([sys.executable, "-c", program, url], cwd=root) for _ in range(3)]
    assert [process.wait(timeout=60) for process in started] == [0, 0, 0]
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT n FROM counter").scalar() == 150
    database.dispose()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_leaves_its_parents_connections_alone(database: Database) -> None:
    mine = stored_account(database)
    context = multiprocessing.get_context("fork")
    child = context.Process(target=stored_account, args=(database,))
    child.start()
    child.join(timeout=30)
    assert child.exitcode == 0
    with database.transaction() as tx:
        assert tx.accounts.lock(mine.id) == mine
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM accounts").scalar() == 2


def test_a_crowd_of_writers_all_get_their_turn(database: Database) -> None:
    accounts = at_once(lambda _number: stored_account(database))
    with database.snapshot() as tx:
        assert [tx.accounts.get(account.id) for account in accounts] == accounts
