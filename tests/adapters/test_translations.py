from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import jinja2
import pytest

from authserver.adapters.translations import Translations, WordingConflict

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
PLURALS = '"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
AT = datetime(2026, 11, 24, 10, 5, tzinfo=UTC)


def _wording(folder: Path, **files: str) -> Translations:
    (folder / "ja").mkdir(parents=True)
    for name, entries in files.items():
        (folder / "ja" / f"{name}.po").write_text(HEAD + PLURALS + entries, "utf-8")
    return Translations(folder)


def _entry(message: str, said: str) -> str:
    return f'msgid "{message}"\nmsgstr "{said}"\n\n'


def test_all_files_of_a_language_are_one_wording(tmp_path: Path):
    wording = _wording(tmp_path, pages=_entry("Yes", "はい"), notices=_entry("No", "いいえ"))
    assert wording.gettext("ja", "Yes") == "はい"
    assert wording.gettext("ja", "No") == "いいえ"


def test_english_is_the_source_text_and_so_is_an_unknown_language(tmp_path: Path):
    wording = _wording(tmp_path, pages=_entry("Yes", "はい"))
    assert wording.gettext("en", "Yes") == "Yes"
    assert wording.gettext("fr", "Yes") == "Yes"
    assert wording.ngettext("en", "one", "many", 2) == "many"


def test_the_same_sentence_with_the_same_translation_may_stand_twice(tmp_path: Path):
    wording = _wording(tmp_path, pages=_entry("Yes", "はい"), notices=_entry("Yes", "はい"))
    assert wording.gettext("ja", "Yes") == "はい"


def test_two_translations_of_one_sentence_are_an_error_that_names_the_file(tmp_path: Path):
    with pytest.raises(WordingConflict, match=r"pages\.po.*Yes"):
        _wording(tmp_path, notices=_entry("Yes", "はい"), pages=_entry("Yes", "ええ"))


def test_a_context_keeps_two_translations_apart(tmp_path: Path):
    other = 'msgctxt "notice"\n' + _entry("Yes", "ええ")
    wording = _wording(tmp_path, pages=_entry("Yes", "はい"), notices=other)
    assert wording.gettext("ja", "Yes") == "はい"
    assert wording.for_locale("ja").pgettext("notice", "Yes") == "ええ"


def test_guesses_and_gaps_are_not_spoken(tmp_path: Path):
    wording = _wording(tmp_path, pages="#, fuzzy\n" + _entry("Yes", "はい") + _entry("No", ""))
    assert wording.gettext("ja", "Yes") == "Yes"
    assert wording.gettext("ja", "No") == "No"


def test_the_empty_sentence_is_empty_and_not_the_header(tmp_path: Path):
    assert _wording(tmp_path, pages=_entry("Yes", "はい")).gettext("ja", "") == ""


def test_plurals_follow_the_language(tmp_path: Path):
    entry = 'msgid "%(num)s day"\nmsgid_plural "%(num)s days"\nmsgstr[0] "%(num)s日"\n\n'
    wording = _wording(tmp_path, pages=entry)
    assert wording.ngettext("ja", "%(num)s day", "%(num)s days", 1) == "%(num)s日"
    assert wording.ngettext("ja", "%(num)s day", "%(num)s days", 5) == "%(num)s日"


def test_a_template_speaks_the_language_that_was_installed(tmp_path: Path):
    wording = _wording(tmp_path, pages=_entry("Hello %(name)s", "%(name)sさん"))
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    environment.install_gettext_translations(wording.for_locale("ja"), newstyle=True)
    template = environment.from_string("{{ _('Hello %(name)s', name=name) }}")
    assert template.render(name="<demo>") == "&lt;demo&gt;さん"


def test_a_time_is_shown_in_japanese_time_with_its_zone(tmp_path: Path):
    wording = _wording(tmp_path, pages="")
    assert wording.format_datetime(AT, "ja") == "2026年11月24日 19:05 (JST)"
    assert wording.format_datetime(AT, "en") == "24 November 2026, 19:05 (JST)"
    elsewhere = AT.astimezone(timezone(timedelta(hours=-8)))
    assert wording.format_datetime(elsewhere, "ja") == "2026年11月24日 19:05 (JST)"


def test_a_day_is_the_day_in_japan(tmp_path: Path):
    wording = _wording(tmp_path, pages="")
    assert wording.format_date(AT + timedelta(hours=6), "ja") == "2026年11月25日"
    assert wording.format_date(AT + timedelta(hours=6), "en") == "25 November 2026"


def test_a_time_without_a_zone_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="without its zone"):
        _wording(tmp_path, pages="").format_datetime(datetime(2026, 11, 24), "ja")  # noqa: DTZ001
