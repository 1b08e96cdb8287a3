"""Notices in words (jinja2): ``templates/notices/`` holds one text for both languages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import jinja2

from authserver.adapters.translations import Translations, Wording
from authserver.domain.notice import RULES, Notice
from authserver.domain.notice_linter import RenderedNotice, faults, harmless
from authserver.flows.ports import DeliveryFailed

FACTS = (
    *("backed_up", "by", "cause", "count", "device", "display_name", "factor", "few", "label"),
    *("old_label", "passkeys", "path", "place", "proof", "seconds", "taken"),
)
"""What a template may speak of besides ``when`` and ``secret``; a fact that is absent is empty."""


class NoticeRenderer:
    """Renders, and lets nothing pass that the linter objects to."""

    def __init__(self, templates: Path, translations: Translations) -> None:
        """``templates`` is the folder that holds ``notices``."""
        self._templates = templates
        self._translations = translations
        self._environments: dict[str, jinja2.Environment] = {}

    def render(self, notice: Notice, secret: str) -> RenderedNotice:
        """The notice in its recipient's language; ``secret`` is empty where it is no longer kept.

        Raises DeliveryFailed, for ever, if a template or the message itself is at fault.
        """
        wording = self._translations.for_locale(notice.locale)
        words = self._words(notice, wording)
        try:
            folder = f"notices/{RULES[notice.kind].template}"
            environment = self._environment(notice.locale, wording)
            subject, text, html, sms = (
                environment.get_template(f"{folder}/{part}").render(words, secret=secret).strip()
                for part in ("subject.txt", "body.txt", "body.html", "sms.txt")
            )
        except Exception as fault:
            # A template can fail in any way that Python can; none of them mends itself.
            raise DeliveryFailed(f"template: {type(fault).__name__}", permanent=True) from fault
        rendered = RenderedNotice(subject=subject, text=text + "\n", html=html + "\n", sms=sms)
        if found := faults(rendered):
            raise DeliveryFailed(f"linter: {'; '.join(found)}", permanent=True)
        return rendered

    def _words(self, notice: Notice, wording: Wording) -> dict[str, object]:
        facts = {name: _shown(notice.facts, name, wording) for name in FACTS}
        translated, place = wording.gettext, facts["place"]
        return {
            **facts,
            # Whom we address by a name that cannot be shown is addressed without one.
            "display_name": harmless(notice.facts.get("display_name", "")),
            "place": translated(place),
            "when": self._translations.format_datetime(notice.at, notice.locale),
            "locale": notice.locale,
        }

    def _environment(self, locale: str, wording: Wording) -> jinja2.Environment:
        if locale not in self._environments:
            environment = jinja2.Environment(
                loader=jinja2.FileSystemLoader(self._templates),
                autoescape=jinja2.select_autoescape(enabled_extensions=("html",), default=False),
                undefined=jinja2.StrictUndefined,
                trim_blocks=True,
                lstrip_blocks=True,
                auto_reload=False,
                extensions=["jinja2.ext.i18n"],
            )
            install = environment.install_gettext_translations  # type: ignore[attr-defined]
            install(wording, newstyle=True)
            self._environments[locale] = environment
        return self._environments[locale]


def _shown(facts: Mapping[str, str], name: str, wording: Wording) -> str:
    given = facts.get(name, "")
    return harmless(given) or (wording.gettext("(not shown)") if given else "")
