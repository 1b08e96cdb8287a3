"""The tester's doors, ``/test/…``: in test mode only, on a loopback address only.

They open accounts, move the clock and show what was written; they take no lock away: signatures,
user verification, cross-site checks and throttles stay as they are.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from flask import Blueprint, request
from pydantic import BaseModel, Field, StringConstraints

from authserver.domain.account import Role
from authserver.domain.action import Action
from authserver.domain.event import SecurityEvent
from authserver.domain.ids import AccountId, NoticeId, from_base64url, to_base64url
from authserver.domain.outcome import Reason, Refused
from authserver.domain.passkey.public_key import algorithm_of
from authserver.flows import outbox, seeding, send_notices
from authserver.flows.seeding import Collision, NoSuchPerson, ReadyAccount, ReadyPasskey
from authserver.web.answers import rfc3339
from authserver.web.api.contract import Body, Empty, Outcome, endpoint
from authserver.web.clients import is_address
from authserver.web.entries import BirthDate, DisplayName, Email, Kana, LoginId
from authserver.web.guards import Access
from authserver.web.house import Harness, house, now
from authserver.web.problems import Problem, Wire

api = Blueprint("test_mode", __name__, url_prefix="/test")
TAG = "Test mode"
ITEMS_MOST = 500


class ReadyPasskeyBody(Body):
    credential_id: Annotated[str, StringConstraints(min_length=22, max_length=1364)]
    public_key_cose: Annotated[str, StringConstraints(min_length=32, max_length=4096)]
    backup_eligible: bool = False
    backed_up: bool = False
    sign_count: Annotated[int, Field(ge=0, lt=2**32)] = 0
    label: Annotated[str, StringConstraints(max_length=40)] = ""


class NewAccount(Body):
    login_id: LoginId
    email: Email | None = None
    display_name: DisplayName | None = None
    locale: Literal["ja", "en"] = "ja"
    roles: list[Literal["operator", "auditor"]] = Field(default_factory=list)
    password: Annotated[str, StringConstraints(min_length=1, max_length=256)] | None = None
    totp: bool | Annotated[str, StringConstraints(pattern="^[A-Z2-7]{16,64}$")] = False
    mfa_exception: bool = False
    passkeys: list[ReadyPasskeyBody] = Field(default_factory=list, max_length=20)
    phone: Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")] | None = None
    holder_name_kana: Kana | None = None
    birth_date: BirthDate | None = None
    age_days: Annotated[int, Field(ge=0, le=36500)] = 30


class ReadyPasskeyAnswer(BaseModel):
    id: str
    credential_id: str


class AccountAnswer(BaseModel):
    account_id: str
    login_id: str
    email: str
    user_handle: str
    totp_secret: str | None
    passkeys: list[ReadyPasskeyAnswer]


class OutboxItemBody(BaseModel):
    id: str
    event_id: str
    account_id: str | None
    kind: str
    channel: str
    recipient: str
    subject: str
    text: str
    html: str
    state: str
    attempts: int
    created_at: str


class OutboxBody(BaseModel):
    items: list[OutboxItemBody]
    next_cursor: str | None


class EventBody(BaseModel):
    id: str
    sequence: int
    at: str
    kind: str
    account_id: str | None
    session_id: str | None
    outcome: str
    reason: str | None
    details: dict[str, str]


class EventsBody(BaseModel):
    items: list[EventBody]
    next_cursor: str | None


class DeliveredBody(BaseModel):
    sent: int
    failed: int
    dead: int


class MoveClock(Body):
    advance_seconds: Annotated[int, Field(ge=0, le=10 * 365 * 86400)]


class ClockBody(BaseModel):
    now: str


class BindClient(Body):
    ip: Annotated[str, StringConstraints(min_length=2, max_length=45)]
    user_agent: Annotated[str, StringConstraints(max_length=400)] = ""


class BoundBody(BaseModel):
    name: str


def _harness() -> Harness:
    harness = house().harness
    if harness is None:
        raise Problem(Wire.NO_SUCH_ROUTE)
    return harness


def _doors(**kwargs: Any) -> dict[str, Any]:
    return {"tag": TAG, "access": Access.TESTER, **kwargs}


@endpoint(
    api,
    "POST",
    "/accounts",
    **_doors(
        summary="A mail-verified, identity-proved account with passkeys of the tester's",
        action=Action.OPERATE_TEST_MODE,
        body=NewAccount,
        answer=AccountAnswer,
        status=201,
        reasons=(Reason.LOGIN_ID_TAKEN,),
    ),
)
def make_account(body: NewAccount) -> Outcome:
    ready = ReadyAccount(
        login_id=body.login_id,
        email=body.email or f"{body.login_id}@example.test",
        display_name=body.display_name or body.login_id,
        locale=body.locale,
        roles=frozenset(Role(role) for role in body.roles),
        passkeys=[_ready_passkey(passkey) for passkey in body.passkeys],
        password=body.password or "",
        totp_secret=_totp_secret(body.totp),
        mfa_exception=body.mfa_exception,
        phone=body.phone or "",
        holder_name_kana=body.holder_name_kana or seeding.HOLDER,
        birth_date=date.fromisoformat(body.birth_date) if body.birth_date else seeding.BIRTH_DATE,
        age=timedelta(days=body.age_days),
    )
    try:
        seeded = seeding.add_account(house().services, now(), ready)
    except Collision:
        return Refused(Reason.LOGIN_ID_TAKEN)
    except NoSuchPerson:
        return Refused(Reason.IDENTITY_NOT_PROVED)
    return 201, AccountAnswer(
        account_id=seeded.account.id,
        login_id=seeded.account.login_id,
        email=seeded.account.email,
        user_handle=to_base64url(seeded.account.user_handle),
        totp_secret=seeded.totp_secret or None,
        passkeys=[
            ReadyPasskeyAnswer(id=passkey.id, credential_id=to_base64url(passkey.credential_id))
            for passkey in seeded.passkeys
        ],
    )


def _totp_secret(asked: bool | str) -> str:
    if isinstance(asked, str):
        return asked
    return house().services.one_time_codes.new_secret() if asked else ""


def _ready_passkey(body: ReadyPasskeyBody) -> ReadyPasskey:
    credential_id = from_base64url(body.credential_id)
    public_key = from_base64url(body.public_key_cose)
    algorithm = algorithm_of(public_key) if public_key else None
    never = body.backed_up and not body.backup_eligible
    if credential_id is None or public_key is None or algorithm is None or never:
        raise Problem(Wire.INVALID, extra={"errors": []})
    return ReadyPasskey(
        credential_id=credential_id,
        public_key=public_key,
        algorithm=algorithm,
        sign_count=body.sign_count,
        backup_eligible=body.backup_eligible,
        backed_up=body.backed_up,
        label=body.label,
    )


@endpoint(
    api,
    "GET",
    "/outbox",
    **_doors(
        summary="Messages as rendered, newest first, with their state",
        answer=OutboxBody,
        query=("recipient", "kind", "channel", "limit", "cursor"),
    ),
)
def read_outbox() -> Outcome:
    limit = _limit()
    items = outbox.list_outbox(
        house().services,
        limit=limit,
        before=NoticeId(_query("cursor")) if _query("cursor") else None,
        recipient=_query("recipient"),
        kind=_query("kind"),
        channel=_query("channel"),
    )
    bodies = [outbox_item_body(item) for item in items]
    return 200, OutboxBody(
        items=bodies, next_cursor=bodies[-1].id if len(bodies) == limit else None
    )


def outbox_item_body(item: outbox.OutboxItem) -> OutboxItemBody:
    notice, rendered = item.notice, item.rendered
    return OutboxItemBody(
        id=notice.id,
        event_id=notice.event_id,
        account_id=notice.account_id,
        kind=notice.kind,
        channel=notice.channel,
        recipient=notice.recipient,
        subject=rendered.subject if rendered else "",
        text=rendered.text if rendered else item.fault,
        html=rendered.html if rendered else "",
        state=notice.state,
        attempts=notice.attempts,
        created_at=rfc3339(notice.created_at),
    )


@endpoint(
    api,
    "POST",
    "/outbox/deliver",
    **_doors(
        summary="Run one delivery round now",
        action=Action.OPERATE_TEST_MODE,
        answer=DeliveredBody,
    ),
)
def deliver(body: Empty) -> Outcome:
    done = send_notices.deliver_round(house().services, forget_secret=False)
    return 200, DeliveredBody(sent=done.sent, failed=done.failed, dead=done.dead)


@endpoint(
    api,
    "POST",
    "/clock",
    **_doors(
        summary="Move the clock forward; it never goes back",
        action=Action.OPERATE_TEST_MODE,
        body=MoveClock,
        answer=ClockBody,
    ),
)
def move_clock(body: MoveClock) -> Outcome:
    _harness().advance(body.advance_seconds)
    return 200, ClockBody(now=rfc3339(now()))


@endpoint(
    api,
    "GET",
    "/events",
    **_doors(
        summary="Raw security events, oldest first",
        answer=EventsBody,
        query=("account", "limit", "cursor"),
    ),
)
def read_events() -> Outcome:
    limit = _limit()
    cursor = _query("cursor")
    after = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 19 else 0
    account = AccountId(_query("account")) if _query("account") else None
    with house().services.database.snapshot() as tx:
        events = tx.events.after(after, limit, account)
    items = [_event_body(event) for event in events]
    return 200, EventsBody(
        items=items, next_cursor=str(items[-1].sequence) if len(items) == limit else None
    )


def _event_body(event: SecurityEvent) -> EventBody:
    return EventBody(
        id=event.id,
        sequence=event.sequence,
        at=rfc3339(event.at),
        kind=event.kind,
        account_id=event.account_id,
        session_id=event.session_id,
        outcome=event.outcome,
        reason=event.reason,
        details=dict(event.details),
    )


@endpoint(
    api,
    "POST",
    "/network",
    **_doors(
        summary="Bind address and user agent to the value of the X-Test-Client header",
        action=Action.OPERATE_TEST_MODE,
        body=BindClient,
        answer=BoundBody,
    ),
)
def bind_network(body: BindClient) -> Outcome:
    name = request.headers.get("X-Test-Client", "")
    if not name or len(name) > 100 or not name.isprintable():
        raise Problem(Wire.BAD_REQUEST)
    if not is_address(body.ip) or not all(c.isprintable() for c in body.user_agent):
        raise Problem(Wire.INVALID, extra={"errors": []})
    _harness().bind_client(name, body.ip, body.user_agent)
    return 200, BoundBody(name=name)


@endpoint(
    api,
    "POST",
    "/reset",
    **_doors(
        summary="An empty, freshly migrated database; the clock stays where it is",
        action=Action.OPERATE_TEST_MODE,
        status=204,
    ),
)
def reset(body: Empty) -> Outcome:
    _harness().reset()
    return 204, None


def _query(name: str) -> str:
    value = request.args.get(name, "")
    return value if len(value) <= 320 and value.isprintable() else ""


def _limit() -> int:
    text = _query("limit")
    return (
        min(int(text), ITEMS_MOST)
        if text.isascii() and text.isdigit() and 0 < len(text) < 6 and int(text)
        else 50
    )
