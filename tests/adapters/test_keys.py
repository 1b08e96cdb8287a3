from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from authserver.adapters.keys import FILE_NAME, Keys, KeysUnusable
from authserver.adapters.system import SystemEntropy
from authserver.domain.ids import to_base64url

ENTROPY = SystemEntropy()


def _file(folder: Path, text: str, mode: int = 0o600) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    path = folder / FILE_NAME
    path.write_text(text)
    path.chmod(mode)
    return folder


def test_a_first_start_makes_a_private_folder_with_one_private_file(tmp_path: Path):
    folder = tmp_path / "instance" / "keys"
    Keys.load(folder, ENTROPY, create=True)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]
    assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600


def test_the_next_start_finds_the_same_keys(tmp_path: Path):
    first = Keys.load(tmp_path / "keys", ENTROPY, create=True)
    again = Keys.load(tmp_path / "keys", ENTROPY, create=True)
    assert first.derive("sealing") == again.derive("sealing")


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path):
    folder = tmp_path / "keys"
    with ThreadPoolExecutor(16) as pool:
        loaded = list(pool.map(lambda _: Keys.load(folder, ENTROPY, create=True), range(64)))
    assert len({tuple(keys.derive("sealing")) for keys in loaded}) == 1
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]


def test_without_leave_to_create_a_missing_file_is_a_clear_fault(tmp_path: Path):
    with pytest.raises(KeysUnusable, match="backed-up file"):
        Keys.load(tmp_path / "keys", ENTROPY)
    assert not (tmp_path / "keys").exists()


def test_each_purpose_has_keys_of_its_own(tmp_path: Path):
    keys = Keys.load(tmp_path / "keys", ENTROPY, create=True)
    assert keys.derive("sealing") != keys.derive("digests")
    assert [len(key) for key in keys.derive("sealing")] == [32]


def test_keys_are_derived_in_the_order_of_the_file(tmp_path: Path):
    old, new = to_base64url(b"o" * 32), to_base64url(b"n" * 32)
    before = Keys.load(_file(tmp_path / "before", f"{old}\n"), ENTROPY)
    after = Keys.load(_file(tmp_path / "after", f"{new}\n\n{old}\n"), ENTROPY)
    assert after.derive("sealing")[1:] == before.derive("sealing")


@pytest.mark.parametrize(
    "text", ["", "\n", "short\n", "=" * 43, "é" * 43, to_base64url(b"x" * 31), "A" * 42 + "B\n"]
)
def test_a_damaged_file_is_never_replaced_and_says_what_to_do(tmp_path: Path, text: str):
    folder = _file(tmp_path / "keys", text)
    with pytest.raises(KeysUnusable, match="backup"):
        Keys.load(folder, ENTROPY, create=True)
    assert (folder / FILE_NAME).read_text() == text


def test_a_message_about_a_damaged_line_does_not_repeat_it(tmp_path: Path):
    folder = _file(tmp_path / "keys", "secret-but-wrong\n")
    with pytest.raises(KeysUnusable) as fault:
        Keys.load(folder, ENTROPY)
    assert "secret-but-wrong" not in str(fault.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int):
    folder = _file(tmp_path / "keys", to_base64url(b"x" * 32), mode)
    with pytest.raises(KeysUnusable, match="chmod 600"):
        Keys.load(folder, ENTROPY)


def test_a_folder_that_others_can_enter_is_refused(tmp_path: Path):
    folder = _file(tmp_path / "keys", to_base64url(b"x" * 32))
    folder.chmod(0o755)
    with pytest.raises(KeysUnusable, match="chmod 700"):
        Keys.load(folder, ENTROPY)
