from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from authserver.adapters import notice_renderer
from authserver.adapters.notice_renderer import FACTS, NoticeRenderer
from authserver.adapters.translations import Translations
from authserver.domain.event import EventKind
from authserver.domain.notice import RULES, NoticeClass
from authserver.domain.notice_linter import faults
from authserver.flows.ports import DeliveryFailed
from tests.support.notices import HOSTILE_NAMES, TEMPLATES, WORDING, a_notice, a_renderer

RENDERER = a_renderer()
KANA_OR_KANJI = re.compile(r"[ぁ-んァ-ヶ一-龠]")
CODES = {kind for kind, rule in RULES.items() if rule.notice_class is NoticeClass.CODE}
DECISIONS = {
    EventKind.EXCEPTION_APPROVED,
    EventKind.EXCEPTION_REJECTED,
    EventKind.EXCEPTION_ENDED,
}
"""Where and with what these were done says where an operator sits, not who used the account."""


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=range(len(HOSTILE_NAMES)))
@pytest.mark.parametrize("locale", ["ja", "en"])
@pytest.mark.parametrize("kind", RULES)
def test_every_template_renders_in_both_languages_whatever_the_names(
    kind: EventKind, locale: str, name: str
):
    notice = a_notice(kind=kind, locale=locale, facts=dict.fromkeys(FACTS, name))
    rendered = RENDERER.render(notice, "12345678")
    assert faults(rendered) == []
    for part in (rendered.subject, rendered.text, rendered.html, rendered.sms):
        assert part.encode()
        assert "evil" not in part
        assert "<script" not in part
        shown = "12345678" in part.replace(" ", "")
        assert not shown or kind in CODES | {EventKind.RECOVERY_BEGUN}


@pytest.mark.parametrize("locale", ["ja", "en"])
@pytest.mark.parametrize("kind", RULES)
def test_every_template_renders_when_no_fact_is_known(kind: EventKind, locale: str):
    rendered = RENDERER.render(a_notice(kind=kind, locale=locale, facts={}), "")
    assert bool(KANA_OR_KANJI.search(rendered.text)) is (locale == "ja")


@pytest.mark.parametrize(
    ("locale", "when", "where", "stop"),
    [
        ("ja", "2026年11月24日 12:00 (JST)", "東京都", "ブックマーク"),
        ("en", "24 November 2026, 12:00 (JST)", "Tokyo, JP", "open your own bookmark"),
    ],
)
@pytest.mark.parametrize(
    "kind", sorted(set(RULES) - {EventKind.SIGN_UP_COLLIDED} - CODES - DECISIONS)
)
def test_a_security_notice_says_when_where_with_what_and_how_to_stop_it(
    kind: EventKind, locale: str, when: str, where: str, stop: str
):
    rendered = RENDERER.render(a_notice(kind=kind, locale=locale), "")
    for part in (rendered.text, rendered.html):
        assert when in part
        assert where in part
        assert "Chrome 126, Windows" in part
        assert stop in part.replace("Open", "open") or "call us at once" in part or "至急" in part
    assert when in rendered.sms


@pytest.mark.parametrize(("locale", "stop"), [("ja", "お電話ください"), ("en", "call us at")])
@pytest.mark.parametrize("kind", sorted(DECISIONS))
def test_a_decision_does_not_tell_where_or_by_whom_it_was_made(
    kind: EventKind, locale: str, stop: str
):
    notice = a_notice(kind=kind, locale=locale)
    facts = {**notice.facts, "decided_by": "operator-1", "by": "operator-1"}
    rendered = RENDERER.render(a_notice(kind=kind, locale=locale, facts=facts), "")
    for part in (rendered.text, rendered.html):
        assert stop in part
        for unsaid in ("Chrome 126", "Tokyo", "東京都", "operator-1"):
            assert unsaid not in part


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        ("passkey", "signed in to your account with your passkey"),
        ("password+totp", "with your password and a code of your authenticator app"),
        ("password+recovery_code", "with your password and a recovery code"),
        ("password+email_code", "with your password and a code from our mail"),
    ],
)
def test_a_sign_in_notice_says_with_which_factors(factor: str, said: str):
    rendered = RENDERER.render(a_notice(facts={"factor": factor}), "")
    assert said in rendered.text
    assert said in rendered.html


@pytest.mark.parametrize(
    ("path", "closed"),
    [
        ("password", "Signing in with a password is closed"),
        ("second_factor", "Signing in with a password and a code is closed"),
        ("email_code", "Confirming with a mail code is closed"),
        ("recovery", "From where they are, that is closed for a while"),
    ],
)
def test_a_lock_notice_says_which_way_is_closed_for_how_long_and_that_passkeys_work(
    path: str, closed: str
):
    facts = {"path": path, "seconds": "600"}
    rendered = RENDERER.render(a_notice(kind=EventKind.PATH_LOCKED, facts=facts), "")
    for part in (rendered.text, rendered.html):
        assert closed in part
        assert "10 min" in part
        assert "Passkeys are not affected and still work" in part
    assert "passkey still works" in rendered.sms


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        ("totp", "authenticator app. We"),
        ("recovery_code", "recovery codes. We"),
        ("email_code", "had mailed to you. We"),
        ("email_code", "secure your mailbox"),
    ],
)
def test_a_refused_fallback_says_what_somebody_knew_and_that_nothing_was_lost(
    factor: str, said: str
):
    notice = a_notice(kind=EventKind.FALLBACK_REFUSED, facts={"factor": factor})
    rendered = RENDERER.render(notice, "")
    assert said in rendered.text
    assert "Nobody got in, and nothing was changed" in rendered.text
    assert "set another password" in rendered.text


SAID = [
    (EventKind.EXCEPTION_ENDED, {"by": "owner"}, "was given up from a session of your account"),
    (EventKind.EXCEPTION_ENDED, {"by": "owner"}, "Chrome 126, Windows"),
    (EventKind.EXCEPTION_ENDED, {"by": "operator-1"}, "Our staff ended the exception"),
    (EventKind.EXCEPTION_ENDED, {"count": "2"}, "only a passkey opens your account"),
    (EventKind.PATH_CLOSED, {"path": "password"}, "wrong password for your account 100 times"),
    (EventKind.PATH_CLOSED, {"path": "second_factor"}, "somebody knows your password or"),
    (EventKind.PATH_CLOSED, {"path": "email_code"}, "wrong codes from our mail 100 times"),
    (
        EventKind.PATH_CLOSED,
        {"path": "recovery"},
        "From where they are, that is closed",
    ),
    (EventKind.PATH_REOPENED, {"path": "password"}, "Signing in with a password was opened"),
    (EventKind.PATH_REOPENED, {"path": "second_factor"}, "a password and a code was opened"),
    (EventKind.PATH_REOPENED, {"path": "email_code"}, "Confirming with a mail code was opened"),
    (EventKind.RECOVERY_PROVED, {"proof": "identity_proof"}, "identified as you"),
    (EventKind.RECOVERY_PROVED, {"proof": "sms_code"}, "the one sent to your telephone"),
    (EventKind.RECOVERY_PROVED, {"count": "2"}, "All sessions have ended"),
    (EventKind.RECOVERY_BARRED, {}, "frozen, or a recovery was stopped"),
    (EventKind.RECOVERY_DONE, {"seconds": "259200"}, "For the next 72 hours"),
    (EventKind.RECOVERY_DONE, {"label": "Blue phone"}, "Blue phone"),
    (EventKind.RECOVERY_STOPPED, {"by": "stop-code"}, "with the stop code from our message"),
    (EventKind.RECOVERY_STOPPED, {"by": "session"}, "stopped from a session of your account"),
    (EventKind.ACCOUNT_FROZEN, {"cause": "recovery-stopped"}, "had brought a new passkey"),
    (EventKind.ACCOUNT_FROZEN, {}, "leaves your money and your positions untouched"),
]


@pytest.mark.parametrize(("kind", "facts", "said"), SAID)
def test_a_notice_says_what_its_facts_are(kind: EventKind, facts: dict[str, str], said: str):
    whole = {**a_notice().facts, **facts}
    rendered = RENDERER.render(a_notice(kind=kind, facts=whole), "")
    assert said in rendered.text
    assert said in rendered.html


@pytest.mark.parametrize(("passkeys", "works"), [("0", True), ("1", False)])
def test_passkeys_are_said_to_work_only_where_stopping_left_them_alone(passkeys: str, works: bool):
    facts = {"by": "stop-code", "count": "1", "passkeys": passkeys}
    rendered = RENDERER.render(a_notice(kind=EventKind.RECOVERY_STOPPED, facts=facts), "")
    for part in (rendered.text, rendered.html):
        assert ("Your passkeys are unchanged and work as before" in part) is works
        assert ("no longer opens your account" in part) is not works


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_a_frozen_account_is_not_said_to_open_with_a_passkey(locale: str):
    rendered = RENDERER.render(a_notice(kind=EventKind.ACCOUNT_FROZEN, locale=locale), "")
    for part in (rendered.text, rendered.html, rendered.sms):
        for untrue in ("work as before", "still work", "これまでどおり使え", "引き続き使え"):
            assert untrue not in part


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_the_stop_code_reaches_every_channel_in_groups_of_four_and_no_subject(locale: str):
    notice = a_notice(kind=EventKind.RECOVERY_BEGUN, locale=locale)
    rendered = RENDERER.render(notice, "403020105566")
    for part in (rendered.text, rendered.html, rendered.sms):
        assert "4030 2010 5566" in part
    assert "4030" not in rendered.subject


@pytest.mark.parametrize("few", ["yes", "no"])
def test_few_recovery_codes_left_are_worth_a_sentence(few: str):
    facts = {"count": "7", "few": few}
    rendered = RENDERER.render(a_notice(kind=EventKind.RECOVERY_CODE_USED, facts=facts), "")
    assert "Recovery codes left: 7" in rendered.text
    assert ("few recovery codes left" in rendered.text) is (few == "yes")


@pytest.mark.parametrize("locale", ["ja", "en"])
@pytest.mark.parametrize("kind", sorted(CODES))
def test_the_code_is_in_the_message_but_not_in_its_subject(kind: EventKind, locale: str):
    rendered = RENDERER.render(a_notice(kind=kind, locale=locale), "40302010")
    assert "40302010" in rendered.text
    assert "40302010" in rendered.html
    assert "40302010" in rendered.sms
    assert "40302010" not in rendered.subject


@pytest.mark.parametrize("kind", sorted(CODES | {EventKind.RECOVERY_BEGUN}))
def test_a_forgotten_code_is_said_to_be_forgotten(kind: EventKind):
    rendered = RENDERER.render(a_notice(kind=kind), "")
    assert "(no longer kept)" in rendered.text


@pytest.mark.parametrize("kind", [EventKind.SIGN_UP_BEGUN, EventKind.SIGN_UP_COLLIDED])
def test_a_stranger_cannot_put_words_into_a_message_to_somebody_elses_address(kind: EventKind):
    notice = a_notice(kind=kind, facts={"display_name": "You have won", "taken": "email"})
    rendered = RENDERER.render(notice, "40302010")
    assert "You have won" not in rendered.text + rendered.html + rendered.subject + rendered.sms


def test_a_name_is_escaped_in_html_and_plain_in_text():
    rendered = RENDERER.render(a_notice(facts={"display_name": "A & <B>"}), "")
    assert "A &amp; &lt;B&gt;" in rendered.html
    assert "A & <B>" in rendered.text


def test_a_place_of_our_own_wording_is_translated():
    rendered = RENDERER.render(a_notice(locale="ja", facts={"place": "This computer"}), "")
    assert "このコンピューター" in rendered.text


def test_a_message_with_a_fault_is_refused_for_ever(tmp_path: Path):
    renderer = _with_template(tmp_path, "Look at evil&#46;test now")
    with pytest.raises(DeliveryFailed, match="linter: text: host") as refusal:
        renderer.render(a_notice(), "")
    assert refusal.value.permanent


def test_without_the_linter_that_message_would_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(notice_renderer, "faults", lambda message: [])
    assert (
        "evil" in _with_template(tmp_path, "Look at evil&#46;test now").render(a_notice(), "").text
    )


@pytest.mark.parametrize("template", ["{{ no_such_fact }}", "{% if %}", "{{ 1 / 0 }}"])
def test_a_broken_template_is_a_failed_delivery_and_names_no_secret(tmp_path: Path, template: str):
    with pytest.raises(DeliveryFailed) as refusal:
        _with_template(tmp_path, template).render(a_notice(), "40302010")
    assert refusal.value.permanent
    assert "40302010" not in str(refusal.value)


def test_an_event_that_nobody_is_told_of_has_no_message():
    with pytest.raises(DeliveryFailed):
        RENDERER.render(a_notice(kind=EventKind.EMAIL_VERIFIED), "")


def test_every_rule_has_its_template_and_every_template_its_rule():
    folders = {path.name for path in (TEMPLATES / "notices").iterdir()} - {"frame"}
    assert folders == {rule.template for rule in RULES.values()}
    for folder in folders:
        parts = {path.name for path in (TEMPLATES / "notices" / folder).iterdir()}
        assert parts == {"subject.txt", "body.txt", "body.html", "sms.txt"}


def test_every_sentence_has_its_japanese_and_every_japanese_its_sentence():
    spoken = _sentences() | {(None, "(not shown)"), (None, "This computer")}
    assert spoken == _translated(WORDING / "ja" / "notices.po")


def test_a_missing_japanese_sentence_is_noticed(tmp_path: Path):
    source = (WORDING / "ja" / "notices.po").read_text("utf-8")
    whole = 'msgstr "ログインのお知らせ"'
    assert whole in source
    (tmp_path / "notices.po").write_text(source.replace(whole, 'msgstr ""'), "utf-8")
    missing = _sentences() - _translated(tmp_path / "notices.po")
    assert missing == {(None, "Sign-in to your account")}


def _sentences() -> set[tuple[str | None, str]]:
    methods = [("**.txt", "jinja2.ext:babel_extract"), ("**.html", "jinja2.ext:babel_extract")]
    options = {pattern: {"silent": "false"} for pattern, _ in methods}
    keywords = {"_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
    found = extract_from_dir(TEMPLATES / "notices", methods, options, keywords)
    return {(context, message) for _, _, message, _, context in found}


def _translated(path: Path) -> set[tuple[str | None, str]]:
    with path.open("rb") as file:
        catalog = read_po(file, locale="ja", abort_invalid=True)
    return {(m.context, str(m.id)) for m in catalog if m.id and m.string and not m.fuzzy}


def _with_template(folder: Path, text: str) -> NoticeRenderer:
    template = folder / "notices" / "sign-in"
    template.mkdir(parents=True)
    for part in ("subject.txt", "body.html", "sms.txt"):
        (template / part).write_text("Sign-in")
    (template / "body.txt").write_text(text)
    return NoticeRenderer(folder, Translations(WORDING))
