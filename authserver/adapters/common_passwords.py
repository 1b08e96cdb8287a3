"""The packaged list of passwords that anybody would try first.

It is not a list of leaked passwords: ``tools/make_common_passwords.py`` makes it from rules that
stand there, and it knows only what those rules think of. A firm that holds a list from real leaks
should check passwords against that as well (NIST SP 800-63B-4 section 3.1.1.2).
"""

from __future__ import annotations

from pathlib import Path

LIST = Path(__file__).parents[1] / "data" / "common_passwords.txt"


def load() -> frozenset[str]:
    """Every password of the list, in lower case. Raises OSError if the package lost its data."""
    return frozenset(LIST.read_text("ascii").split())
