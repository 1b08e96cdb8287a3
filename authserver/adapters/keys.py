"""The server's master keys: one small file beside the database, never in it.

Every other key is derived from them, one per purpose (HKDF, RFC 5869), so that there is one thing
to protect, to back up and to rotate: a new first line is the new key, older lines still open what
they sealed. The oldest line stays for ever: digests of codes are under it, and nobody can digest
anew a code that only its owner knows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import TypeVar

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from authserver.adapters import key_file
from authserver.adapters.key_file import FILE_NAME, KEY_BYTES, KeyFile, KeysUnusable
from authserver.flows.ports import Entropy

__all__ = ["FILE_NAME", "KeyRing", "Keys", "KeysUnusable"]

_LOG = logging.getLogger("authserver.keys")
T = TypeVar("T")
_State = tuple[int, ...]


class Keys:
    """The master keys in force, newest first."""

    def __init__(self, masters: Sequence[bytes]) -> None:
        if not masters or any(len(master) != KEY_BYTES for master in masters):
            raise KeysUnusable(f"There must be at least one key, each of {KEY_BYTES} bytes.")
        self._masters = tuple(masters)

    @classmethod
    def load(cls, directory: Path, entropy: Entropy, *, create: bool = False) -> Keys:
        """Read ``master.keys``; with ``create``, make directory and file where there are none.

        Raises KeysUnusable.
        """
        file = KeyFile(directory, entropy)
        if not file.path.exists():
            if not create:
                raise KeysUnusable(
                    f"There is no key file {file.path}. Put the backed-up file there, or let a "
                    "first start create it; a new key cannot open what an old one sealed."
                )
            file.create()
        return cls(file.read())

    def derive(self, purpose: str) -> list[bytes]:
        """One 32-byte key per master key for this purpose, newest first."""
        info = b"authserver:" + purpose.encode()
        return [
            HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(master)
            for master in self._masters
        ]

    def succeeded_by(self, other: Keys) -> bool:
        """Whether the others may take the place of these: what must last is under the oldest."""
        return self._masters[-1] == other._masters[-1]


class KeyRing:
    """The keys of a process that goes on while they are rotated; shared by its threads.

    The file is looked at, not read, at each use. A file that is missing, broken or of another
    server changes nothing: the keys that were good stay in force, and one warning says so.
    """

    def __init__(self, directory: Path, entropy: Entropy, *, create: bool = False) -> None:
        """Raises KeysUnusable, as ``Keys.load`` does: a process must not begin without keys."""
        self._path = directory / FILE_NAME
        self._seen = _state(self._path)
        self._keys = Keys.load(directory, entropy, create=create)
        self._lock = Lock()

    def keys(self) -> Keys:
        """The keys in force at this moment."""
        state = _state(self._path)
        if state != self._seen:
            self._look_again(state)
        return self._keys

    def follow(self, purpose: str, make: Callable[[Sequence[bytes]], T]) -> Callable[[], T]:
        """What ``make`` makes of the keys for a purpose, made anew whenever they changed."""
        held = (self._keys, make(self._keys.derive(purpose)))

        def current() -> T:
            nonlocal held
            keys, made = held
            if (present := self.keys()) is not keys:
                made = make(present.derive(purpose))
                held = (present, made)
            return made

        return current

    def _look_again(self, state: _State) -> None:
        with self._lock:
            if state == self._seen:
                return
            # The state is older than what is read now, so a change in between is seen next time.
            self._seen = state
            try:
                found = Keys(key_file.read(self._path))
                if not self._keys.succeeded_by(found):
                    raise KeysUnusable(f"{self._path} ends with another key than before.")
            except (KeysUnusable, OSError) as fault:
                _LOG.warning("the keys in force stay: %s", fault)
                return
            self._keys = found


def _state(path: Path) -> _State:
    """What differs when the file is another; empty where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
