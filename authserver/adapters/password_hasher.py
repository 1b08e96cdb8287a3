"""Password hashes (argon2-cffi): Argon2id, RFC 9106, and never more at once than may be.

A hash costs some 20 ms of one core and 19 MiB, two hundred times what a passkey costs. Whoever
floods the server with passwords must not thereby keep people with passkeys waiting.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

import argon2
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from authserver.domain.password_cost import MINIMUM, Parameters
from authserver.flows.ports import Entropy, HasherBusy

SALT_BYTES = 16
"""RFC 9106 section 3.1: 128 bits are enough for every password."""
HASH_BYTES = 32
SLOTS = 1
"""Hashes at once in one process: there is a process for each core, and one hash fills a core.

With one hashing and one waiting, two of a process's four threads (``serving``) remain for
everything that is not a password, even while one of them waits for the database's lock.
"""
WAIT_SECONDS = 0.25
"""How long the one who waits does so: a dozen hashes, less than anybody notices."""

_MEBIBYTE = 1024


_ENOUGH_MEMORY = 64 * _MEBIBYTE
"""RFC 9106 section 4, second recommendation; beyond it, passes are what makes a hash dearer."""
_MORE_MEMORY = 5 * _MEBIBYTE


class PasswordHasher:
    """Fulfils ``flows.ports.PasswordHasher``; one for each process, shared by its threads."""

    def __init__(
        self,
        entropy: Entropy,
        parameters: Parameters = MINIMUM,
        *,
        slots: int = SLOTS,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._entropy = entropy
        self._argon2 = _argon2(parameters)
        # A hash that no password has: all zeroes, with the parameters in force.
        self._nobodys = f"$argon2id$v=19${parameters}${'A' * 22}${'A' * 43}"
        self._slots = BoundedSemaphore(slots)
        self._places = BoundedSemaphore(slots + 1)
        self._wait_seconds = wait_seconds

    def hash(self, password: str) -> str:
        """The password's hash as a PHC string, which records its parameters. Raises HasherBusy."""
        with self._slot():
            return self._argon2.hash(_bytes(password), salt=self._entropy.token(SALT_BYTES))

    def verify(self, hashed: str | None, password: str) -> bool:
        """Whether it is this password. Raises HasherBusy.

        Without a hash, or with one that cannot be read, a hash that nobody has is compared, so that
        time does not tell an account without a password from one with a wrong password.
        """
        with self._slot():
            try:
                if hashed is not None:
                    return self._argon2.verify(hashed, _bytes(password))
            except VerifyMismatchError:
                return False
            except (InvalidHashError, VerificationError, UnicodeEncodeError):
                pass  # not a hash of ours: the work is still done
            self._work_for_nothing(password)
            return False

    def outdated(self, hashed: str) -> bool:
        """Whether the hash has other parameters than those in force, or cannot be read at all."""
        try:
            return self._argon2.check_needs_rehash(hashed)
        except InvalidHashError:
            return True

    def _work_for_nothing(self, password: str) -> None:
        try:
            self._argon2.verify(self._nobodys, _bytes(password))
        except VerifyMismatchError:
            return

    @contextmanager
    def _slot(self) -> Iterator[None]:
        """A slot, at once or after a short wait, of which only one may wait. Raises HasherBusy."""
        if not self._places.acquire(blocking=False):
            raise HasherBusy
        try:
            if not self._slots.acquire(timeout=self._wait_seconds):
                raise HasherBusy
            try:
                yield
            finally:
                self._slots.release()
        finally:
            self._places.release()


def measured(parameters: Parameters) -> float:
    """Seconds that one hash takes on this machine: the quickest of five."""
    hasher, taken = _argon2(parameters), []
    for _ in range(5):
        began = time.perf_counter()
        hasher.hash(b"any password takes as long", salt=bytes(SALT_BYTES))
        taken.append(time.perf_counter() - began)
    return min(taken)


def tune(target_seconds: float, *, measure: Callable[[Parameters], float] = measured) -> Parameters:
    """The dearest parameters whose hash takes at most so long here, and never below the minimum.

    Memory grows first, for it is what makes guessing hardware dear; then the passes over it.
    """
    chosen = MINIMUM
    for memory in range(chosen.memory, _ENOUGH_MEMORY + 1, _MORE_MEMORY):
        dearer = Parameters(memory=memory)
        if measure(dearer) > target_seconds:
            return chosen
        chosen = dearer
    while measure(dearer := Parameters(memory=chosen.memory, passes=chosen.passes + 1)) <= (
        target_seconds
    ):
        chosen = dearer
    return chosen


def _argon2(parameters: Parameters) -> argon2.PasswordHasher:
    return argon2.PasswordHasher(
        time_cost=parameters.passes,
        memory_cost=parameters.memory,
        parallelism=parameters.lanes,
        hash_len=HASH_BYTES,
        salt_len=SALT_BYTES,
        type=argon2.Type.ID,
    )


def _bytes(password: str) -> bytes:
    # What cannot be typed is refused before it is hashed; here it must only not be a fault.
    return password.encode("utf-8", "surrogatepass")
