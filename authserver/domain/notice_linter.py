"""Messages to people carry no address of any kind: nobody has to judge whether a link is genuine.

Two lines of defence (security.md, invariant 18). ``harmless`` makes what others typed fit to stand
in a message; ``faults`` reads the finished message as a mail program, a browser or a person with
a paste buffer would, and finds addresses in every disguise. A message with a fault is not sent.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import unquote

LONGEST_NAME = 60
LONGEST_SUBJECT = 120
LONGEST_SMS = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedNotice:
    """One notice in the words of one language, for every channel."""

    subject: str
    text: str
    html: str
    sms: str


_LOOK_ALIKES = str.maketrans(
    dict.fromkeys("·‧∙⋅۔܁܂᛫ꓸ", ".") | dict.fromkeys("⁄∕⧸╱\\", "/") | dict.fromkeys("∶꞉", ":")
)
_ENDINGS = "com|net|org|biz|jp|cn|ru|xyz|io"

_RULES = {
    "scheme": re.compile(
        r"\b(?:h[tx]{2}ps?|s?ftps?|wss?|mailto|tel|sms|smsto)\s*:|:\s*/\s*/|(?<!\w)//\s*\w"
        r"|\b(?:about|blob|cid|data|file|intent|javascript|line|market|vbscript):\S"
    ),
    "www": re.compile(r"\bwww\d*\s*\."),
    "host": re.compile(r"\w\.(?:[^\W\d_]|xn--)[\w-]+|\w\s+\.\s*[^\W\d_]{2,}"),
    "spaced host": re.compile(rf"\w\.\s+(?:{_ENDINGS})\b"),
    "spelled dot": re.compile(
        rf"[\[({{<]\s*(?:\.|dot|ドット|点)\s*[\])}}>]|\w\s+dot\s+(?:{_ENDINGS})\b"
        rf"|ドット\s*(?:コム|{_ENDINGS})"
    ),
    "port": re.compile(r"\blocalhost\b|\b[a-z][\w-]*:\d{2,5}\b(?!\d|:)"),
    "number": re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\[[0-9a-f]*:[0-9a-f:.]*\]|\b0x[0-9a-f]{8}"),
    "punycode": re.compile(r"xn--"),
    "mail address": re.compile(r"\w@[\w\[]"),
    "markup link": re.compile(
        r"\]\s*[(\[]|\]:\s*\S|\b(?:href|src|srcset|action|background)\s*=|\burl\s*\("
        r"|<\s*/?\s*(?:a|img|form|area|iframe|script|svg|object|embed|link|meta|base|style)\b"
    ),
}
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def faults(message: RenderedNotice) -> list[str]:
    """What is wrong with a message, one "part: rule" each; an empty list if it may be sent."""
    found = [f"subject: {rule}" for rule in _in_text(message.subject)]
    if "\n" in message.subject or not 0 < len(message.subject) <= LONGEST_SUBJECT:
        found.append("subject: not one short line")
    found += [f"text: {rule}" for rule in _in_text(message.text)]
    found += [f"html: {rule}" for rule in _in_html(message.html)]
    found += [f"sms: {rule}" for rule in _in_text(message.sms)]
    if not 0 < len(message.sms) <= LONGEST_SMS:
        found.append("sms: not one short text")
    return found


def harmless(text: str) -> str:
    """What somebody typed as it may stand in a message, or an empty string if it may not at all.

    One line of at most 60 visible characters, without anything that ends a header, turns the
    direction of writing or piles up marks; and neither an address nor a telephone number to call.
    """
    shown: list[str] = []
    marks = 0
    for letter in unicodedata.normalize("NFC", text[: LONGEST_NAME * 20]):
        category = unicodedata.category(letter)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category in _INVISIBLE:
            shown.append(" " if letter in "\r\n\t\u2028\u2029" else "")
        elif marks <= 2:
            shown.append(letter)
    line = " ".join("".join(shown).split())
    # "J.R.Tolkien" reads like a host, and "J. R. Tolkien" does not.
    line = re.sub(r"(?<=\b\w)\.(?=\w)", ". ", line)
    if len(line) > LONGEST_NAME:
        line = line[: LONGEST_NAME - 1].rstrip() + "…"
    # Between words, as it will stand, for ".com" is nothing by itself.
    return (
        "" if _in_text(f"x {line} x") or sum(letter.isdecimal() for letter in line) >= 7 else line
    )


def _in_text(text: str) -> list[str]:
    """The rules that a text breaks in any of its readings."""
    found = []
    if any(unicodedata.category(letter) in _INVISIBLE and letter != "\n" for letter in text):
        found.append("invisible character")
    readings = set(_readings(text))
    found += [rule for rule, sign in _RULES.items() if any(map(sign.search, readings))]
    return found


def _readings(text: str) -> list[str]:
    """The text as it stands, and as it is once entities, escapes and look-alikes are undone."""
    plain = text
    for _ in range(5):
        undone = unquote(html.unescape(plain))
        if undone == plain:
            break
        plain = undone
    return [_bare(text), _bare(plain)]


def _bare(text: str) -> str:
    """Lower case, compatibility forms folded, nothing invisible, no marks, plain dots and slashes.

    The ideographic full stop ends a sentence in Japanese, and separates labels only between
    letters of the ASCII kind (IDNA maps it to a dot).
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = (
        letter
        for letter in folded
        if letter == "\n" or unicodedata.category(letter) not in (*_INVISIBLE, "Mn", "Me")
    )
    line = re.sub(r"(?<=[a-z0-9-])\s*。\s*(?=[a-z][a-z0-9-])", ".", "".join(kept))
    return line.replace("。", "\n").translate(_LOOK_ALIKES)


class _Reader(HTMLParser):
    """Reads HTML with a list of what is allowed; words that touch on the page touch here too."""

    _ALLOWED = frozenset(
        {"html", "head", "title", "body", "main", "header", "footer", "p", "h1", "div", "br"}
        | {"table", "tbody", "tr", "th", "td", "strong", "span"}
    )
    _INLINE = frozenset({"strong", "span"})
    _ATTRIBUTES = frozenset({"lang", "style", "role", "scope"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self._ALLOWED:
            self.found.append(f"element {tag}")
        for name, value in attrs:
            if name not in self._ATTRIBUTES:
                self.found.append(f"attribute {name}")
            elif name == "style" and re.search(r"url|@|\\|expression|content|display", value or ""):
                self.found.append("attribute style")
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self._part(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.found.append("comment")

    def handle_decl(self, decl: str) -> None:
        if decl.lower() != "doctype html":
            self.found.append("declaration")

    def handle_pi(self, data: str) -> None:
        self.found.append("processing instruction")

    def unknown_decl(self, data: str) -> None:
        self.found.append("declaration")

    def _part(self, tag: str) -> None:
        if tag not in self._INLINE:
            self.text.append("\n")


def _in_html(source: str) -> list[str]:
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return reader.found + _in_text("".join(reader.text))
