"""The file of master keys on the disk: always whole, private, and changed by one hand at a time."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from authserver.domain.ids import from_base64url, to_base64url
from authserver.flows.ports import Entropy

KEY_BYTES = 32
FILE_NAME = "master.keys"
_LOCK_NAME = ".rotation.lock"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class KeysUnusable(Exception):
    """The keys cannot be used as they are; the text says what to do about it."""


class KeyFile:
    """``master.keys`` in its folder: one key a line, the newest first."""

    def __init__(self, directory: Path, entropy: Entropy) -> None:
        self.path = directory / FILE_NAME
        self._entropy = entropy

    def create(self) -> None:
        """Make folder and file where there are none.

        Several processes may start at once: exactly one file comes into being, whole.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._draft([self._entropy.token(KEY_BYTES)])
        try:
            # A link appears whole or not at all, and never replaces the file of a faster process.
            os.link(draft, self.path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        _sync_directory(self.path.parent)

    def read(self) -> list[bytes]:
        """The keys, newest first. Raises KeysUnusable."""
        return read(self.path)

    @contextmanager
    def rotation(self) -> Iterator[None]:
        """Be the only one who changes the file. Raises KeysUnusable where somebody else does.

        The lock goes with the process, so a rotation that was killed bars nobody.
        """
        lock = self._lock()
        try:
            yield
        finally:
            os.close(lock)

    def _lock(self) -> int:
        try:
            owner = self.path.stat()
            lock = os.open(self.path.parent / _LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as refused:
            raise KeysUnusable(
                f"The keys in {self.path.parent} cannot be changed ({refused.strerror})."
            ) from None
        try:
            _give_to(lock, owner)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as refused:
            os.close(lock)
            held = isinstance(refused, BlockingIOError)
            why = "another rotation is under way" if held else refused.strerror
            raise KeysUnusable(f"Nothing was changed: {why}.") from None
        return lock

    def add(self) -> None:
        """Put a fresh key in front. Only within ``rotation``."""
        self._replace([self._entropy.token(KEY_BYTES), *self.read()])

    def between(self) -> int:
        """How many keys are neither newest nor oldest."""
        return max(0, len(self.read()) - 2)

    def retired(self, before: datetime) -> int:
        """How many keys are neither newest nor oldest, and were so already at that moment."""
        changed = _EPOCH + timedelta(microseconds=self.path.stat().st_mtime_ns // 1000)
        return self.between() if changed <= before else 0

    def forget(self, number: int) -> None:
        """Drop so many keys, the oldest ones but the very oldest. Only within ``rotation``."""
        if not number:
            return
        if not 0 < number <= self.between():
            raise ValueError("the newest and the oldest key stay")
        keys = self.read()
        self._replace([*keys[: -1 - number], keys[-1]])

    def _replace(self, keys: Sequence[bytes]) -> None:
        """Whole or not at all. Raises KeysUnusable where the disk refuses; then nothing changed."""
        try:
            self._draft(keys, self.path.stat()).rename(self.path)
        except OSError as refused:
            raise KeysUnusable(f"{self.path} was not changed ({refused.strerror}).") from None
        _sync_directory(self.path.parent)

    def _draft(self, keys: Sequence[bytes], owner: os.stat_result | None = None) -> Path:
        """The keys in a private file beside the real one, on the disk before anybody sees it."""
        draft = self.path.parent / f".{FILE_NAME}.{to_base64url(self._entropy.token(9))}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                if owner is not None:
                    _give_to(descriptor, owner)
                file.writelines(to_base64url(key) + "\n" for key in keys)
                file.flush()
                os.fsync(descriptor)
        except OSError:
            draft.unlink()
            raise
        return draft


def read(path: Path) -> list[bytes]:
    """The keys in a file, newest first. Raises KeysUnusable, and OSError where it is not there."""
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


def _give_to(descriptor: int, owner: os.stat_result) -> None:
    """A file that root makes belongs to whom the keys belong: the server must be able to read it.

    Raises PermissionError where somebody else than root changes keys that are not theirs.
    """
    made = os.fstat(descriptor)
    if made.st_uid != owner.st_uid:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
