from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authserver.domain import notice_linter
from authserver.domain.notice_linter import RenderedNotice, faults, harmless

CLEAN = RenderedNotice(
    subject="Sign-in to your account",
    text="Dear demo,\n\nWhen: 24 November 2026, 19:05 (JST)\nDevice: Chrome 126, Windows\n",
    html='<!doctype html><html lang="en"><body><p>Dear demo,</p><p>Again</p></body></html>',
    sms="Mihon Securities: sign-in on 24 November 2026, 19:05 (JST). Not you? Call us.",
)

DISGUISES = {
    "a plain address": "https://evil.test/x",
    "an address in capitals": "HTTPS://EVIL.TEST",
    "a scheme with another spelling": "hxxps://evil",
    "a scheme with backslashes": "http:\\\\evil",
    "a spaced-out scheme": "h t t p s : / / evil",
    "no scheme but two slashes": "//evil/x",
    "other schemes": "mailto:desk",
    "a telephone scheme": "tel:+81312345678",
    "a script": "javascript:alert(1)",
    "www": "www.evil",
    "www before a number": "www.4711",
    "a bare host": "evil.test",
    "a bare host in a sentence": "Please visit evil.co.jp/path today",
    "a host with a number": "1.evil.xyz",
    "a Japanese host": "例え.テスト",
    "punycode": "xn--fsq",
    "an address in full width": "ｅｖｉｌ．ｃｏｍ",
    "an ideographic full stop": "evil。com",
    "a half-width ideographic full stop": "evil｡com",
    "a one-dot leader": "evil\u2024com",
    "a middle dot": "evil\u00b7com",
    "circled letters": "ⓔⓥⓘⓛ.ⓒⓞⓜ",
    "a zero-width space": "ev\u200bil.c\u200bom",
    "a soft hyphen": "ev\u00adil.com",
    "a word joiner in the scheme": "h\u2060ttps://evil",
    "a combining mark": "evil.c\u0301om",
    "an HTML entity": "evil&#46;com",
    "an entity of an entity": "evil&amp;#46;com",
    "percent escapes": "evil%2Ecom",
    "spaces around the dot": "evil . com",
    "a space after the dot": "evil. com",
    "a line break before the dot": "evil\n.com",
    "brackets around the dot": "evil[.]com",
    "a spelled dot": "evil (dot) com",
    "a spelled dot without brackets": "evil dot com",
    "a dot spelled in Japanese": "evilドットコム",
    "an IPv4 address": "192.0.2.1",
    "an IPv6 address": "[2001:db8::1]",
    "a host with a port": "evil:8080",
    "this computer": "localhost",
    "a mail address": "desk@evil",
    "a Markdown link": "[here](there)",
    "a Markdown reference": "[here][1]",
    "an HTML link in plain text": "<a title=x>",
    "a direction mark": "\u202emoc",
}


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES.keys())
@pytest.mark.parametrize("part", ["subject", "text", "sms", "html"])
def test_an_address_is_found_in_every_disguise_and_in_every_part(part: str, disguise: str):
    if part == "html":
        message = replace(CLEAN, html=f"<p>Dear demo, {disguise} and more</p>")
    else:
        message = replace(CLEAN, **{part: f"Dear demo, {disguise} and more"})
    assert any(fault.startswith(f"{part}: ") for fault in faults(message))


def test_a_clean_message_has_no_fault():
    assert faults(CLEAN) == []


@pytest.mark.parametrize("rule", notice_linter._RULES)
def test_each_rule_is_needed(rule: str, monkeypatch: pytest.MonkeyPatch):
    """The sabotage twin: without the rule, at least one disguise passes as clean text."""
    rest = {name: sign for name, sign in notice_linter._RULES.items() if name != rule}
    monkeypatch.setattr(notice_linter, "_RULES", rest)
    missed = [text for text in DISGUISES.values() if not faults(replace(CLEAN, text=text))]
    assert missed


def test_the_readings_are_needed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(notice_linter, "_readings", lambda text: [text])
    missed = {name for name, text in DISGUISES.items() if not faults(replace(CLEAN, text=text))}
    assert {"an HTML entity", "percent escapes", "an address in full width"} <= missed


@pytest.mark.parametrize(
    "source",
    [
        "<p><a>here</a></p>",
        "<p><a href='/'>here</a></p>",
        "<img src=cid:1>",
        "<form><button>go</button></form>",
        "<meta http-equiv=refresh content=0>",
        "<p onclick=x>here</p>",
        '<p style="background: url(x)">here</p>',
        '<p style="display: none">here</p>',
        "<svg><p>here</p></svg>",
        "<!-- hidden -->",
        "<![CDATA[x]]>",
        "<?php x ?>",
        "<!ENTITY x>",
        "<p>ev<strong>il</strong>.co<span>m</span></p>",
        "<p>evil&period;com</p>",
        "<p>evil&#x2e;com</p>",
        "<p>https:&sol;&sol;evil</p>",
    ],
)
def test_html_holds_a_few_harmless_elements_and_no_address(source: str):
    assert faults(replace(CLEAN, html=source))


def test_sentences_that_end_where_a_block_ends_are_no_host():
    assert (
        faults(replace(CLEAN, html="<p>Nothing was lost.</p><p>Please wait.<br>Thank you</p>"))
        == []
    )


def test_a_subject_is_one_short_line():
    assert faults(replace(CLEAN, subject="one\ntwo")) == ["subject: not one short line"]
    assert faults(replace(CLEAN, subject="")) == ["subject: not one short line"]
    assert faults(replace(CLEAN, subject="x" * 121)) == ["subject: not one short line"]


def test_a_short_message_is_short():
    assert faults(replace(CLEAN, sms="x" * 141)) == ["sms: not one short text"]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("demo", "demo"),
        ("山田　花子", "山田 花子"),
        ("ｶﾌﾞ ﾐﾎﾝ", "ｶﾌﾞ ﾐﾎﾝ"),
        ("J.R.Tolkien", "J. R. Tolkien"),
        ("St. Mary", "St. Mary"),
        ("Zoë's YubiKey 5 (blue)", "Zoë's YubiKey 5 (blue)"),
        ("demo\r\nBcc: x", "demo Bcc: x"),
        ("\ud800demo\x00\x1b", "demo"),
        ("\u202edemo", "demo"),
        ("evil.test", ""),
        ("evil。test", ""),
        ("<a href=x>", ""),
        ("call 03-1234-5678", ""),
        ("００００１１１", ""),
        ("", ""),
    ],
)
def test_what_somebody_typed_is_shown_as_it_is_or_not_at_all(typed: str, shown: str):
    assert harmless(typed) == shown


def test_a_very_long_name_is_cut():
    assert harmless("x" * 10_000) == "x" * 59 + "…"


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=200))
def test_a_harmless_name_never_spoils_a_message(typed: str):
    name = harmless(typed)
    assert len(name) <= 60
    assert faults(replace(CLEAN, text=f"Dear {name},\n")) == []


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=300))
def test_no_message_makes_the_linter_stumble(source: str):
    assert isinstance(
        faults(RenderedNotice(subject=source, text=source, html=source, sms=source)), list
    )
