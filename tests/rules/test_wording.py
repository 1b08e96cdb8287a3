"""Both languages are complete: a sentence without its Japanese fails the build."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None, "pgettext": ((1, "c"), 2)}
CATALOGUES = sorted((ROOT / "authserver" / "wording" / "ja").glob("*.po"))
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def sources() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.is_file():
            yield from found(path, "jinja2.ext:babel_extract")
    for path in sorted((ROOT / "authserver").rglob("*.py")):
        yield from found(path, "python")


def found(path: Path, method: str) -> Iterator[tuple[str, str]]:
    options = {"encoding": "utf-8", "trimmed": "true", "newstyle_gettext": "true"}
    stream = io.BytesIO(path.read_bytes())
    for _line, message, _comments, context in extract(
        method, stream, keywords=KEYWORDS, options=options
    ):
        for text in message if isinstance(message, tuple) else (message,):
            if text:
                yield text, f"{path.relative_to(ROOT)} {context or ''}"


def japanese() -> dict[str, str]:
    said: dict[str, str] = {}
    for path in CATALOGUES:
        with path.open("rb") as stream:
            for message in read_po(stream, locale="ja"):
                if message.id and not message.fuzzy:
                    ids = message.id if isinstance(message.id, tuple) else (message.id,)
                    text = message.string
                    if isinstance(text, tuple):
                        text = text[0]
                    for one in ids:
                        said[one] = text
    return said


def test_every_sentence_for_people_has_its_japanese() -> None:
    said = japanese()
    missing = sorted({f"{text!r} ({where})" for text, where in sources() if not said.get(text)})
    assert not missing, "no Japanese for:\n" + "\n".join(missing)


def test_no_japanese_is_kept_for_a_sentence_that_nobody_says() -> None:
    needed = {text for text, _ in sources()}
    assert sorted(set(japanese()) - needed) == []


def test_translations_keep_the_placeholders_of_their_sentence() -> None:
    for source, text in japanese().items():
        assert set(PLACEHOLDER.findall(source)) == set(PLACEHOLDER.findall(text)), source


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_no_catalogue_holds_a_sentence_twice(path: Path) -> None:
    ids = re.findall(r'^msgid "(.+)"$', path.read_text(), re.MULTILINE)
    contexts = re.findall(r"^msgctxt", path.read_text(), re.MULTILINE)
    assert len(ids) - len(set(ids)) <= len(contexts)
