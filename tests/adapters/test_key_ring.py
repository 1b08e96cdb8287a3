"""A process that goes on while its keys are rotated: it follows good changes and no others."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from authserver.adapters.ceremony_tokens import CeremonyTokens, FollowingCeremonyTokens
from authserver.adapters.key_file import KeyFile
from authserver.adapters.keys import KeyRing, KeysUnusable
from authserver.adapters.sealer import FollowingSealer, Sealer
from authserver.adapters.system import SystemEntropy
from authserver.domain.ids import to_base64url
from tests.adapters.test_ceremony_tokens import CEREMONY

ENTROPY = SystemEntropy()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def ring(folder: Path) -> KeyRing:
    return KeyRing(folder, ENTROPY, create=True)


def rotate(folder: Path) -> None:
    file = KeyFile(folder, ENTROPY)
    with file.rotation():
        file.add()


def test_a_process_that_was_started_before_opens_and_seals_under_the_new_key(
    folder: Path, ring: KeyRing
) -> None:
    sealer = FollowingSealer(ring.follow("sealer", Sealer))
    before = sealer.seal("code")
    rotate(folder)
    newest = Sealer(KeyRing(folder, ENTROPY).keys().derive("sealer")[:1])
    assert sealer.open(newest.seal("from a newer process")) == "from a newer process"
    assert newest.open(sealer.seal("from the older one")) == "from the older one"
    assert sealer.open(before) == "code"
    assert newest.open(sealer.resealed(before) or b"") == "code"
    assert sealer.resealed(newest.seal("code")) is None


def test_a_ceremony_may_begin_before_a_rotation_and_end_after_it(
    folder: Path, ring: KeyRing
) -> None:
    tokens = FollowingCeremonyTokens(ring.follow("ceremony", CeremonyTokens))
    before = tokens.seal(CEREMONY)
    rotate(folder)
    assert tokens.open(before) == CEREMONY
    newest = CeremonyTokens(KeyRing(folder, ENTROPY).keys().derive("ceremony")[:1])
    assert newest.open(tokens.seal(CEREMONY)) == CEREMONY
    assert newest.open(before) is None


def test_nothing_is_derived_anew_while_the_file_stays_as_it_is(folder: Path, ring: KeyRing) -> None:
    current = ring.follow("sealer", Sealer)
    made = current()
    assert all(current() is made for _ in range(100))
    rotate(folder)
    assert current() is not made
    assert current() is current()


def missing(path: Path) -> None:
    path.unlink()


def broken(path: Path) -> None:
    path.write_text("not a key\n")


def empty(path: Path) -> None:
    path.write_text("")


def open_to_others(path: Path) -> None:
    path.chmod(0o644)


def of_another_server(path: Path) -> None:
    path.write_text(to_base64url(b"x" * 32) + "\n")


@pytest.mark.parametrize("spoil", [missing, broken, empty, open_to_others, of_another_server])
def test_a_file_that_cannot_be_used_changes_nothing_and_one_warning_says_so(
    folder: Path, ring: KeyRing, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], None]
) -> None:
    path = folder / "master.keys"
    good, keys = path.read_bytes(), ring.keys()
    with caplog.at_level(logging.WARNING, "authserver.keys"):
        spoil(path)
        assert all(ring.keys() is keys for _ in range(10))
    (warning,) = caplog.messages
    assert warning.startswith("the keys in force stay")
    assert "not a key" not in warning
    path.write_bytes(good)
    path.chmod(0o600)
    rotate(folder)
    assert len(ring.keys().derive("sealer")) == 2


def test_a_process_does_not_begin_without_keys(folder: Path) -> None:
    with pytest.raises(KeysUnusable):
        KeyRing(folder, ENTROPY)
