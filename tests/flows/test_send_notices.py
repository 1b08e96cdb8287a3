from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from authserver.adapters.mail import MailPostman, OutboxPostman, SmtpServer
from authserver.adapters.sealer import Sealer
from authserver.domain.event import EventKind
from authserver.domain.ids import NoticeId
from authserver.domain.notice import BACK_OFF_SECONDS, Channel, Notice
from authserver.flows.outbox import list_outbox
from authserver.flows.ports import DeliveryFailed
from authserver.flows.send_notices import LEASE, Round
from tests.support.delivery import RENDERER, SEALER, Scripted, Server
from tests.support.notices import NOON, a_notice
from tests.support.smtp_sink import SmtpSink, smtp_sink


def _notices(count: int, **changes: Any) -> list[Notice]:
    return [a_notice(id=NoticeId(f"notice-{n}"), **changes) for n in range(count)]


def _mail(sink: SmtpSink) -> MailPostman:
    return MailPostman(
        SmtpServer.parse(f"smtp://127.0.0.1:{sink.port}"),
        sender="Mihon Securities <notices@mihon.example>",
        renderer=RENDERER,
        sealer=SEALER,
        clock=SimpleNamespace(now=lambda: NOON),
        timeout_seconds=5.0,
    )


def test_what_is_due_is_sent_once():
    postman = Scripted()
    server = Server(*_notices(3), postman=postman)
    assert server.round() == Round(sent=3)
    assert server.round() == Round()
    assert len(postman.taken) == 3


def test_nothing_is_sent_inside_a_transaction_and_each_notice_settles_in_its_own():
    seen: list[int] = []
    server = Server(*_notices(3), postman=Scripted())
    look = lambda: seen.append(server.open_transactions)  # noqa: E731
    server.services.postmen["mail"].script = [look, look, look]  # type: ignore[attr-defined]
    server.round()
    assert seen == [0, 0, 0]
    assert server.transactions == 1 + 3


def test_a_poison_notice_stops_no_later_one():
    postman = Scripted(
        RuntimeError("secret 40302010"), DeliveryFailed("no", permanent=True), UnicodeError()
    )
    server = Server(*_notices(5), postman=postman)
    assert server.round() == Round(sent=2, failed=2, dead=1)
    assert server.states() == ["failed", "dead", "failed", "sent", "sent"]
    assert server.notices.causes[NoticeId("notice-0")] == ["fault: RuntimeError"]


def test_a_row_that_no_template_fits_is_dead_and_the_others_are_sent():
    broken = a_notice(id=NoticeId("broken"), kind=EventKind.EMAIL_VERIFIED)
    server = Server(broken, *_notices(2), postman=OutboxPostman(RENDERER, SEALER))
    assert server.round() == Round(sent=2, dead=1)


def test_a_failed_notice_waits_longer_each_time_and_dies_at_last():
    server = Server(a_notice(), postman=Scripted(*[DeliveryFailed("busy")] * 20))
    [notice_id] = server.notices.rows
    for seconds in BACK_OFF_SECONDS:
        assert server.round() == Round(failed=1)
        assert server.notices.rows[notice_id].next_try_at == server.time + timedelta(
            seconds=seconds
        )
        server.time += timedelta(seconds=seconds - 1)
        assert server.round() == Round()
        server.time += timedelta(seconds=1)
    assert server.round() == Round(dead=1)
    server.time += timedelta(days=365)
    assert server.round() == Round()


def test_jitter_adds_at_most_a_quarter():
    server = Server(a_notice(), postman=Scripted(DeliveryFailed("busy")))
    server.services.entropy.token = lambda length: b"\xff" * length  # type: ignore[method-assign]
    server.round()
    [row] = server.notices.rows.values()
    assert row.next_try_at == NOON + timedelta(seconds=BACK_OFF_SECONDS[0] * 1.25)


def test_a_secret_is_forgotten_when_it_was_sent_or_died_but_not_while_it_waits():
    for script, kept in (
        ([], False),
        ([DeliveryFailed("no", permanent=True)], False),
        ([DeliveryFailed("busy")], True),
    ):
        server = Server(a_notice(secret=b"sealed"), postman=Scripted(*script))
        server.round(forget=True)
        [row] = server.notices.rows.values()
        assert (row.secret == b"sealed") is kept


def test_the_demonstration_keeps_the_secret_for_its_outbox():
    server = Server(a_notice(secret=b"sealed"), postman=Scripted())
    server.round(forget=False)
    [row] = server.notices.rows.values()
    assert row.secret == b"sealed"


def test_a_worker_that_died_after_sending_leaves_its_notice_to_the_next():
    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    postman = Scripted(die)
    server = Server(a_notice(), postman=postman)
    with pytest.raises(Killed):
        server.round()
    assert server.round() == Round()
    server.time += LEASE
    assert server.round() == Round(sent=1)
    assert postman.taken[0].id == postman.taken[1].id


def test_a_lease_that_runs_out_is_not_stretched():
    postman = Scripted()
    server = Server(*_notices(3), postman=postman)

    def slow() -> None:
        server.time += timedelta(minutes=4)

    postman.script = [slow]
    assert server.round() == Round(sent=1, released=2)
    assert server.states() == ["sent", "queued", "queued"]
    assert server.round() == Round(sent=2)


def test_a_stop_finishes_the_message_in_hand_and_frees_the_rest():
    postman = Scripted()
    server = Server(*_notices(3), postman=postman)
    assert server.round(stopping=lambda: len(postman.taken) == 1) == Round(sent=1, released=2)


def test_a_channel_that_nobody_serves_waits_for_its_postman():
    server = Server(a_notice(), postman=Scripted())
    del server.services.postmen["mail"]  # type: ignore[attr-defined]
    assert server.round() == Round(failed=1)


def test_a_real_mail_server_with_faults_gets_each_notice_once_it_recovers():
    with smtp_sink() as sink:
        server = Server(*_notices(6), postman=_mail(sink))
        sink.faults = ["rcpt 450", "data 451", "drop", "rcpt 550", "data 554"]
        assert server.round() == Round(sent=1, failed=3, dead=2)
        server.time += timedelta(seconds=BACK_OFF_SECONDS[0])
        assert server.round() == Round(sent=3)
    arrived = [str(message["Message-ID"]).split("@")[0].strip("<") for message in sink.messages]
    assert arrived == ["notice-5", "notice-0", "notice-1", "notice-2"]


def test_a_connection_lost_after_the_message_gives_a_second_copy_with_the_same_id():
    with smtp_sink() as sink:
        server = Server(a_notice(), postman=_mail(sink))
        sink.faults = ["drop after"]
        assert server.round() == Round(failed=1)
        server.time += timedelta(seconds=BACK_OFF_SECONDS[0])
        assert server.round() == Round(sent=1)
    first, second = sink.messages
    assert first["Message-ID"] == second["Message-ID"]


def test_the_outbox_shows_notices_as_they_were_read():
    code = a_notice(
        id=NoticeId("code"), kind=EventKind.SIGN_UP_BEGUN, secret=SEALER.seal("40302010")
    )
    inbox = a_notice(id=NoticeId("inbox"), channel=Channel.IN_APP, recipient="account-1")
    server = Server(code, inbox, postman=Scripted())
    newest, oldest = list_outbox(server.services)
    assert newest.notice.id == "inbox"
    assert newest.rendered
    assert newest.rendered.subject == "Sign-in to your account"
    assert oldest.rendered
    assert "40302010" in oldest.rendered.text


def test_the_outbox_shows_a_notice_that_cannot_be_rendered_with_its_fault():
    server = Server(a_notice(kind=EventKind.EMAIL_VERIFIED), postman=Scripted())
    [item] = list_outbox(server.services)
    assert item.rendered is None
    assert item.fault == "template: KeyError"


def test_the_outbox_outlives_the_key_of_a_secret():
    lost = a_notice(kind=EventKind.SIGN_UP_BEGUN, secret=Sealer([b"x" * 32]).seal("40302010"))
    [item] = list_outbox(Server(lost, postman=Scripted()).services)
    assert item.rendered
    assert "(no longer kept)" in item.rendered.text
