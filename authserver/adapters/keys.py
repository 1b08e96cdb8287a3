"""The server's master keys: one small file beside the database, never in it.

Every other key is derived from them, one per purpose (HKDF, RFC 5869), so that there is one thing
to protect, to back up and to rotate: a new first line is the new key, older lines still open what
they sealed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from authserver.domain.ids import from_base64url, to_base64url
from authserver.flows.ports import Entropy

KEY_BYTES = 32
FILE_NAME = "master.keys"


class KeysUnusable(Exception):
    """The keys cannot be used as they are; the text says what to do about it."""


class Keys:
    """The master keys in force, newest first."""

    def __init__(self, masters: Sequence[bytes]) -> None:
        if not masters or any(len(master) != KEY_BYTES for master in masters):
            raise KeysUnusable(f"There must be at least one key, each of {KEY_BYTES} bytes.")
        self._masters = tuple(masters)

    @classmethod
    def load(cls, directory: Path, entropy: Entropy, *, create: bool = False) -> Keys:
        """Read ``master.keys``; with ``create``, make directory and file where there are none.

        Several processes may start at once: exactly one file comes into being, whole, and all of
        them read that one. Raises KeysUnusable.
        """
        path = directory / FILE_NAME
        if not path.exists():
            if not create:
                raise KeysUnusable(
                    f"There is no key file {path}. Put the backed-up file there, or let a first "
                    "start create it; a new key cannot open what an old one sealed."
                )
            _create(path, entropy)
        return cls(_read(path))

    def derive(self, purpose: str) -> list[bytes]:
        """One 32-byte key per master key for this purpose, newest first."""
        info = b"authserver:" + purpose.encode()
        return [
            HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(master)
            for master in self._masters
        ]


def _create(path: Path, entropy: Entropy) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.parent / f".{FILE_NAME}.{to_base64url(entropy.token(9))}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(to_base64url(entropy.token(KEY_BYTES)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link appears whole or not at all, and never replaces the file of a faster process.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> list[bytes]:
    for place, allowed in ((path.parent, 0o700), (path, 0o600)):
        mode = stat.S_IMODE(place.stat().st_mode)
        if mode & 0o077:
            raise KeysUnusable(
                f"{place} is open to other people on this machine (mode {mode:04o}). "
                f"Run: chmod {allowed:o} '{place}'"
            )
    keys = []
    lines = path.read_text(encoding="ascii", errors="replace").split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        key = from_base64url(line.strip())
        if key is None or len(key) != KEY_BYTES:
            raise KeysUnusable(
                f"Line {number} of {path} is not {KEY_BYTES} bytes in unpadded base64url. "
                "Restore the file from its backup; a damaged key opens nothing."
            )
        keys.append(key)
    if not keys:
        raise KeysUnusable(f"{path} holds no key. Restore it from its backup.")
    return keys
