"""Strangers measure how long answers take, and what they look like, and learn no more from it.

SQLite only: there the database works in this process, whose processor time is what is measured.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from authserver.adapters.passkey_verifier import PasskeyVerifier
from authserver.adapters.password_hasher import Parameters, PasswordHasher
from authserver.app import assemble
from authserver.domain.outcome import Reason, Refused
from authserver.domain.passkey.verdict import SignatureRefused
from authserver.domain.sign_up import SignUpStep
from authserver.flows import decoys, enrolment_codes, password_sign_in, sign_in, sign_up
from authserver.flows.ceremonies import Descriptor
from authserver.flows.ports import Services
from authserver.flows.recording import Recorder
from authserver.flows.seeding import HERE
from tests.support import anonymous_doors as doors
from tests.support.anonymous_doors import Street
from tests.support.application import Application, make_application
from tests.support.statistics import Margins
from tests.support.stopwatch import Question, ask_all, told_apart

MARGINS = Margins(least=0.2, apart=1.1)
"""Red only where order *and* size tell kinds apart.

By order: with 64 in each sample and nothing to tell, an AUC outside 0.2 to 0.8 is six standard
deviations away (with 16, three: once in 300); measured, real differences of a few microseconds, a
row read here and not there, lie between 0.3 and 0.75. By size: medians differ by up to six
hundredths, also on a machine with three times as much to do as it can; there alone, the quickest
door (0.4 ms) went up to seventeen, in no order. What the twins below switch off moves medians by a
fifth at the least, and AUCs beyond 0.95.
"""
WARM_UP = 4
SAMPLES = 68
"""Of each kind, the warm-up included: 64 count."""
DEAR_SAMPLES = 20
"""Where each costs a hash of 20 ms: 16 count."""
SEED = 2025


@pytest.fixture(scope="module")
def dear(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """The application as it runs, whose password hash outweighs all else that it does."""
    application = make_application(tmp_path_factory.mktemp("time"))
    yield application
    application.close()


@pytest.fixture(scope="module")
def cheap(dear: Application) -> Application:
    """The same with a hash that costs next to nothing, so that all else can be seen."""
    services = dear.house.services
    hasher = PasswordHasher(services.entropy, Parameters(memory=8, passes=1))
    house = dataclasses.replace(
        dear.house, services=dataclasses.replace(services, password_hasher=hasher)
    )
    return Application(assemble(house), house)


def street(application: Application) -> Street:
    services = application.house.services

    def freeze(login_id: str) -> None:
        database: Any = services.database
        with database.writing() as connection:
            frozen = text("UPDATE accounts SET state = 'frozen' WHERE login_id = :it")
            connection.execute(frozen, {"it": login_id})

    def issue(login_id: str) -> None:
        with services.database.transaction() as tx:
            account = tx.accounts.by_login_id(login_id)
            assert account is not None
            enrolment_codes.issue(Recorder(services, tx, HERE, services.clock.now()), account.id)

    return Street(place=application, freeze=freeze, issue=issue)


def shown(
    application: Application,
    door: Callable[[Street, int], list[Question]],
    samples: int = SAMPLES,
) -> list[str]:
    """What a stranger with a stopwatch finds out at one door."""
    asked = door(street(application), samples)
    return told_apart(ask_all(application, asked, seed=SEED, warm_up=WARM_UP), MARGINS)


def locked_like_locked(street: Street, samples: int) -> list[Question]:
    """Without the hash, a lock is seen in time: nothing is written. An unknown id's lock is too."""
    return [one for one in doors.locked_password(street, samples) if one.kind != "unknown"]


@pytest.mark.parametrize(
    "door",
    [
        doors.password,
        locked_like_locked,
        doors.passkey_options,
        doors.refused_assertion,
        doors.enrolment_code,
        doors.opening,
    ],
    ids=lambda door: door.__name__,
)
def test_known_and_unknown_ids_get_answers_of_one_shape_after_one_time(
    cheap: Application, door: Callable[[Street, int], list[Question]]
) -> None:
    assert shown(cheap, door) == []


@pytest.mark.parametrize(
    "door", [doors.password, doors.locked_password], ids=lambda door: door.__name__
)
def test_every_refused_password_costs_one_hash(
    dear: Application, door: Callable[[Street, int], list[Question]]
) -> None:
    assert shown(dear, door, DEAR_SAMPLES) == []


def without_work_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PasswordHasher, "_work_for_nothing", lambda *_: None)


def without_a_hash_where_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    begin_try, verify, counted = password_sign_in.begin_try, PasswordHasher.verify, []

    def begin(*given: Any) -> object:
        counted[:] = [begin_try(*given)]
        return counted[0]

    def only_counted(hasher: PasswordHasher, hashed: str | None, password: str) -> bool:
        return counted[0] is not None and verify(hasher, hashed, password)

    monkeypatch.setattr(password_sign_in, "begin_try", begin)
    monkeypatch.setattr(PasswordHasher, "verify", only_counted)


def without_decoys(monkeypatch: pytest.MonkeyPatch) -> None:
    def early(services: Services, login_id: str) -> object:
        with services.database.snapshot() as tx:
            return [Descriptor(*one) for one in tx.passkeys.named_by(login_id)]

    monkeypatch.setattr(sign_in, "_allowed", early)


def without_verifying_decoys(monkeypatch: pytest.MonkeyPatch) -> None:
    verify = PasskeyVerifier.verify_assertion

    def only_real(verifier: PasskeyVerifier, checked: Any, **given: Any) -> object:
        if given["public_key"] == decoys.PUBLIC_KEY:
            return SignatureRefused(cause="invented")
        return verify(verifier, checked, **given)

    monkeypatch.setattr(PasskeyVerifier, "verify_assertion", only_real)


def without_an_event_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    redeem = enrolment_codes.redeem

    def only_known(services: Services, *given: Any, **named: Any) -> object:
        with services.database.snapshot() as tx:
            known = tx.accounts.by_login_id(named["login_id"])
        return redeem(services, *given, **named) if known else Refused(Reason.CODE_WRONG)

    monkeypatch.setattr(enrolment_codes, "redeem", only_known)


def without_a_message_to_the_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = sign_up.begin

    def only_free(services: Services, client: Any, now: Any, names: sign_up.Application) -> object:
        with services.database.snapshot() as tx:
            taken = tx.accounts.by_login_id(names.login_id) or tx.accounts.by_email(names.email)
        if taken:
            return sign_up.Advanced(SignUpStep.VERIFY_EMAIL)
        return begin(services, client, now, names)

    monkeypatch.setattr(sign_up, "begin", only_free)


@pytest.mark.parametrize(
    ("hash_is", "door", "sabotage", "told_by"),
    [
        ("dear", doors.password, without_work_for_nobody, "time"),
        ("dear", doors.locked_password, without_a_hash_where_locked, "time"),
        ("cheap", doors.passkey_options, without_decoys, "shape"),
        ("cheap", doors.refused_assertion, without_verifying_decoys, "time"),
        ("cheap", doors.enrolment_code, without_an_event_for_nobody, "time"),
        ("cheap", doors.opening, without_a_message_to_the_owner, "time"),
    ],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_the_stopwatch_sees_what_each_kind_of_haste_gives_away(
    dear: Application,
    cheap: Application,
    monkeypatch: pytest.MonkeyPatch,
    hash_is: str,
    door: Callable[[Street, int], list[Question]],
    sabotage: Callable[[pytest.MonkeyPatch], None],
    told_by: str,
) -> None:
    sabotage(monkeypatch)
    application, samples = (dear, DEAR_SAMPLES) if hash_is == "dear" else (cheap, SAMPLES)
    # A machine that is busy enough may hide a fifth of a millisecond once; three looks it may not.
    looks = (shown(application, door, samples) for _ in range(3))
    assert any(line.startswith(told_by) for found in looks for line in found)
