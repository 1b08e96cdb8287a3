"""Events: numbered by the database, read forward."""

from __future__ import annotations

from dataclasses import replace

from authserver.adapters.database.engine import Database
from authserver.domain.event import EventKind, SecurityEvent
from authserver.domain.ids import AccountId, SessionId
from authserver.domain.outcome import Reason
from tests.adapters.database.given import CROWD, an_event, at_once


def _logged(database: Database, *events: SecurityEvent) -> None:
    with database.transaction() as tx:
        for event in events:
            tx.events.add(event)


def test_an_event_comes_back_with_its_number_and_without_the_browser(database: Database) -> None:
    done = an_event(account_id=AccountId("account-1"), session_id=SessionId("session-1"))
    refused = an_event(kind=EventKind.SIGN_IN_REFUSED, reason=Reason.PASSKEY_UNKNOWN, details={})
    with_browser = replace(done, client=replace(done.client, browser=b"digest of a cookie"))
    _logged(database, with_browser, refused)
    with database.snapshot() as tx:
        assert tx.events.after(0, 10, None) == [
            replace(done, sequence=1),
            replace(refused, sequence=2),
        ]


def test_events_are_read_oldest_first_from_a_number_on(database: Database) -> None:
    _logged(database, *(an_event() for _ in range(5)))
    with database.snapshot() as tx:
        assert [event.sequence for event in tx.events.after(1, 3, None)] == [2, 3, 4]
        assert tx.events.after(5, 3, None) == []


def test_events_of_one_account_are_read_alone(database: Database) -> None:
    mine, theirs = AccountId("account-1"), AccountId("account-2")
    _logged(database, *(an_event(account_id=owner) for owner in (mine, theirs, mine, None)))
    with database.snapshot() as tx:
        assert [event.sequence for event in tx.events.after(0, 10, mine)] == [1, 3]
        assert [event.sequence for event in tx.events.after(1, 10, mine)] == [3]


def test_a_crowd_of_events_gets_a_number_each(database: Database) -> None:
    at_once(lambda _number: _logged(database, an_event()))
    with database.snapshot() as tx:
        numbers = [event.sequence for event in tx.events.after(0, 100, None)]
    assert numbers == list(range(1, CROWD + 1))


def test_text_of_any_script_comes_back_unchanged(database: Database) -> None:
    details = {"label": '鍵 🔑 "quoted" \\ back', "空": ""}
    _logged(database, an_event(details=details))
    with database.snapshot() as tx:
        assert tx.events.after(0, 1, None)[0].details == details
