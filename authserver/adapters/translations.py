"""Sentences in both languages, read from ``wording/<locale>/*.po`` at start (Babel).

English is the source text. No compiled catalogues lie about: what is in the .po file is what is
said. A sentence that two files translate differently is an error, not a matter of their order.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

from babel.dates import format_date as babel_date
from babel.dates import format_datetime as babel_datetime
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

JST = timezone(timedelta(hours=9), "JST")
SOURCE_LOCALE = "en"
_DATE = {"ja": "y年M月d日", "en": "d MMMM y"}
_DATETIME = {"ja": "y年M月d日 HH:mm", "en": "d MMMM y, HH:mm"}


class WordingConflict(ValueError):
    """Two .po files of one language translate the same sentence differently."""


class Wording:
    """One language's sentences, in the shape that jinja2's i18n extension installs."""

    def __init__(self, catalogue: gettext.NullTranslations) -> None:
        self._catalogue = catalogue

    def gettext(self, message: str) -> str:
        # The empty message id is the catalogue's header and no sentence.
        return self._catalogue.gettext(message) if message else ""

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return self._catalogue.ngettext(singular, plural, number)

    def pgettext(self, context: str, message: str) -> str:
        return self._catalogue.pgettext(context, message)

    def npgettext(self, context: str, singular: str, plural: str, number: int) -> str:
        return self._catalogue.npgettext(context, singular, plural, number)


class Translations:
    """All languages that are there; an unknown one speaks the source's English."""

    def __init__(self, wording: Path) -> None:
        """Read ``wording/<locale>/*.po``. Raises WordingConflict, or PoFileError for a bad file."""
        self._source = Wording(gettext.NullTranslations())
        self._wordings = {
            directory.name: Wording(_load(directory))
            for directory in sorted(wording.iterdir())
            if directory.is_dir() and any(directory.glob("*.po"))
        }

    def for_locale(self, locale: str) -> Wording:
        return self._wordings.get(locale, self._source)

    def gettext(self, locale: str, message: str) -> str:
        return self.for_locale(locale).gettext(message)

    def ngettext(self, locale: str, singular: str, plural: str, number: int) -> str:
        return self.for_locale(locale).ngettext(singular, plural, number)

    def format_datetime(self, at: datetime, locale: str) -> str:
        """``at`` (aware) in Japanese time, with its zone: 2026年11月24日 19:05 (JST)."""
        return f"{babel_datetime(_aware(at), _pattern(_DATETIME, locale), JST, locale)} (JST)"

    def format_date(self, at: datetime, locale: str) -> str:
        """The day of ``at`` (aware) in Japan: 2026年11月24日."""
        return babel_date(_aware(at).astimezone(JST), _pattern(_DATE, locale), locale)


def _load(directory: Path) -> gettext.NullTranslations:
    merged = Catalog(locale=directory.name)
    for path in sorted(directory.glob("*.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale=directory.name, abort_invalid=True)
        for message in _translated(catalog):
            present = merged.get(message.id, message.context)
            if present is not None and present.string != message.string:
                raise WordingConflict(
                    f"{path.name} translates {message.id!r} as {message.string!r}, another file of "
                    f"{directory.name} as {present.string!r}. Make them one, or give one a context."
                )
            merged.add(message.id, message.string, context=message.context)
    compiled = io.BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _translated(catalog: Catalog) -> Iterator[Message]:
    """Finished translations only: a fuzzy one is a guess, an empty one is missing."""
    for message in catalog:
        said = message.string
        complete = bool(said) and (isinstance(said, str) or all(said or ()))
        if message.id and complete and not message.fuzzy:
            yield message


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a time without its zone cannot be shown to anybody")
    return at


def _pattern(patterns: dict[str, str], locale: str) -> str:
    return patterns.get(locale, patterns[SOURCE_LOCALE])
