"""Makes `authserver/data/common_passwords.txt`: passwords that anybody would try first.

The list is made of rules and words that stand here, and of nothing else: no list of leaked
passwords is copied, so it has neither their breadth nor their order. What it imitates is habit:

* a well-known word, English or Japanese in Roman letters, alone or twice over;
* such a word with digits, a year or an exclamation mark behind it, or digits in front of it;
* the same with letters written as digits (passw0rd, p@ssword);
* two well-known words behind one another;
* walks over the keyboard, and pieces of them joined;
* dates of birth and other numbers (only the round ones: the rule against runs catches the rest).

Only what has 8 to 24 characters counts, for shorter passwords are refused anyway; everything is in
lower case, as `domain.password` compares it. Same source, same file: run it after a change here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise, product
from pathlib import Path

TARGET = Path(__file__).parents[1] / "authserver" / "data" / "common_passwords.txt"
LEAST, MOST = 8, 24


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


FAVOURITES = _listed("""
access account admin administrator asdf asdfgh baseball batman charlie chocolate computer dragon
football freedom guest hello hockey hunter iloveyou killer letmein login london love mailbox
master matrix merlin michael monkey mustang ninja orange passwd password phoenix princess qwerty
qwertyuiop root samsung secret security shadow soccer starwars summer sunshine superman system
temp temporary test tester testing thunder tiger trustno user welcome whatever winter zaq
""")
MONEY = _listed("""
bank banking broker bull bear cash change charts crypto dividend dollar finance fund funds gold
invest investing investor invests investment margin market money nikkei portfolio profit rich
savings securities share shares stock stocks topix trade trader trading wallet wealth yen
""")
CALENDAR = _listed("""
january february march april june july august september october november december monday tuesday
wednesday thursday friday saturday sunday spring summer autumn winter christmas birthday holiday
ichigatsu nigatsu sangatsu shigatsu gogatsu rokugatsu shichigatsu hachigatsu kugatsu juugatsu
getsuyou kayoubi suiyoubi mokuyoubi kinyoubi doyoubi nichiyoubi reiwa heisei showa
""")
JAPANESE = _listed("""
aikotoba aishiteru aozora arigatou asahi asagao budou daisuki doraemon ekimae fujisan fukuoka
ganbare ganbaru genki gohan hanabi haruka hikari himawari himitsu hinata hiroshima hokkaido
hoshizora ichigo ichiban inochi kabushiki kaeru kaimono kaisha kamisama kanagawa kaneko kawaii
kazoku keiba kenkou kibou kinko kirei kitty kobe kokoro konnichiwa kouza koufuku kuroneko kyoto
macross maguro matsuri mikan minna mirai momiji momotaro nagoya naisho neko nihon nihonjin nippon
okane okinawa onigiri osaka otousan okaasan pasuwado pikachu poketto ramen sakura samurai sapporo
sekai sendai sensei shiawase shinjuku shizuka shouken shoukenkouza sumire susume sushi suzuki
takara tanaka tanoshii tanuki tenshi toukyou tokyo tomodachi toushi toushika tsubasa tsubaki umi
usagi watashi yamada yamato yasashii yokohama yume yuki zaisan
""")
MOST_LOVED = _listed("""
admin baseball charlie dragon love michael monkey neko password qwerty sakura secret summer sunshine
test tokyo toushi trader welcome yuki
""")
SEASONS = ("spring", "summer", "autumn", "winter", "haru", "natsu", "fuyu")
WORDS = sorted({*FAVOURITES, *MONEY, *CALENDAR, *JAPANESE})

DIGITS = ("1", "12", "123", "1234", "12345", "123456", "0", "00", "01", "007", "11", "111", "777")
DIGITS += ("88", "888", "99", "999", "321", "2020", "2021", "2022", "2023", "2024", "2025", "2026")
MARKS = ("!", "!!", "!1", "1!", "123!", "@", "@1", "@123", "#1", "_1", "_123", "-1", "-123")
BIRTH_YEARS = tuple(str(year) for year in range(1940, 2027))
LEET = (
    str.maketrans("o", "0"),
    str.maketrans("a", "@"),
    str.maketrans("i", "1"),
    str.maketrans("e", "3"),
    str.maketrans("s", "$"),
    str.maketrans("aeio", "4310"),
    str.maketrans("aeios", "@310$"),
    str.maketrans("aeios", "43105"),
)
ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
COLUMNS = ("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik", "9ol", "0p")


def words() -> Iterator[str]:
    """Every word as it is, twice over, written with digits, and with something about it."""
    for word in WORDS:
        yield from (word, word + word)
        for spelling in sorted({word.translate(leet) for leet in LEET}):
            yield from (spelling, spelling + "1", spelling + "123")
        for tail in (*DIGITS, *MARKS):
            yield word + tail
        for head in ("1", "12", "123", "1234", "my", "the", "mr", "its", "ilove"):
            yield head + word


def words_with_years() -> Iterator[str]:
    """The favourites of the favourites with years of birth, and seasons with theirs."""
    for word, year in product(MOST_LOVED, BIRTH_YEARS):
        yield word + year
    for word, year in product((*MOST_LOVED, *SEASONS), BIRTH_YEARS[-17:]):
        yield from (word + year, f"{word}{year}!")


def pairs() -> Iterator[str]:
    """Two words that go together for most people, in either order."""
    companions = ("love", "money", "my", "pass", "secret", "super", "test")
    for word, companion in product(WORDS, companions):
        if word != companion:
            yield from (word + companion, companion + word)


def walks() -> Iterator[str]:
    """Along the rows, up and down the columns, forwards and back, twice over and joined."""
    pieces = [row[begin:end] for row in ROWS for begin, end in _spans(len(row))]
    pieces += COLUMNS
    pieces += ["".join(pair) for pair in pairwise(COLUMNS)]
    pieces += ["".join(COLUMNS[n : n + 3]) for n in range(len(COLUMNS) - 2)]
    for piece in pieces:
        for walk in (piece, piece[::-1]):
            yield from (walk, walk + walk, walk + piece[::-1])
            yield from (walk + tail for tail in ("1", "12", "123", "1234", "!"))
    for row, length in product(ROWS, range(LEAST, MOST + 1)):
        yield (row * 3)[:length]
    for first, second in product(ROWS, ROWS):
        for length in range(3, 7):
            yield first[:length] + second[:length]
    yield from (
        "abcd1234",
        "1234abcd",
        "abc12345",
        "12345abc",
        "abc123456",
        "abcdef123",
        "a1b2c3d4",
    )
    yield from (
        "1a2b3c4d",
        "aa123456",
        "a12345678",
        "a123456789",
        "abcabc123",
        "p@ssw0rd",
        "pa55word",
    )


def numbers() -> Iterator[str]:
    """Dates of birth as people type them, and numbers that look like something."""
    for year, month, day in product(range(1950, 2011), range(1, 13), (1, 10, 20)):
        yield f"{year}{month:02}{day:02}"
    for piece in (*"0123456789", "12", "69", "123", "147", "159", "258", "369", "007", "1004"):
        yield (piece * LEAST)[:LEAST]
        yield (piece * 12)[:12]
    yield from ("11223344", "12344321", "14725836", "147258369", "15935728", "19283746", "31415926")
    yield from (
        "87654321",
        "98765432",
        "987654321",
        "9876543210",
        "10203040",
        "12121212",
        "27182818",
    )


def _spans(length: int) -> Iterator[tuple[int, int]]:
    for begin in range(length):
        for end in range(begin + 4, length + 1):
            yield begin, end


def made() -> list[str]:
    """The whole list, sorted; nothing twice."""
    found = {*words(), *words_with_years(), *pairs(), *walks(), *numbers()}
    return sorted(word for word in found if re.fullmatch(rf"[!-~]{{{LEAST},{MOST}}}", word))


if __name__ == "__main__":
    passwords = made()
    TARGET.write_text("\n".join(passwords) + "\n", "ascii")
    print(f"{TARGET.name}: {len(passwords)} passwords")
