"""The key file while it is changed: whole at every moment, by one hand at a time, never poorer."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from authserver.adapters.key_file import FILE_NAME, KeyFile, KeysUnusable
from authserver.adapters.system import SystemEntropy

NOON = datetime(2026, 11, 24, 3, 0, 0, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    made = KeyFile(tmp_path / "keys", SystemEntropy())
    made.create()
    return made


def rotated(file: KeyFile, times: int) -> list[bytes]:
    for _ in range(times):
        with file.rotation():
            file.add()
    return file.read()


def changed_at(file: KeyFile, at: datetime) -> None:
    os.utime(file.path, (at.timestamp(), at.timestamp()))


def test_a_fresh_key_comes_first_and_every_older_one_stays(file: KeyFile) -> None:
    (first,) = file.read()
    second = rotated(file, 1)
    assert second[1:] == [first]
    assert rotated(file, 1)[1:] == second
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert {path.name for path in file.path.parent.iterdir()} == {FILE_NAME, ".rotation.lock"}


def test_what_goes_is_neither_the_newest_nor_the_oldest(file: KeyFile) -> None:
    keys = rotated(file, 4)
    file.forget(2)
    assert file.read() == [keys[0], keys[1], keys[4]]
    file.forget(0)
    assert len(file.read()) == 3
    for too_many in (2, 3, -1):
        with pytest.raises(ValueError, match="stay"):
            file.forget(too_many)
    file.forget(1)
    assert file.read() == [keys[0], keys[4]]


def test_a_key_is_retired_some_time_after_it_was_replaced(file: KeyFile) -> None:
    assert file.retired(NOON) == 0
    rotated(file, 3)
    changed_at(file, NOON)
    assert file.retired(NOON - timedelta(seconds=1)) == 0
    assert file.retired(NOON) == file.between() == 2


def test_a_second_rotation_is_refused_while_one_is_under_way(file: KeyFile) -> None:
    with file.rotation():
        with pytest.raises(KeysUnusable, match="another rotation"), file.rotation():
            pass
        file.add()
    assert len(rotated(file, 1)) == 3


def test_a_rotation_that_was_killed_bars_nobody(file: KeyFile) -> None:
    killed = (
        "import os, pathlib, sys\n"
        "from authserver.adapters.key_file import KeyFile\n"
        "from authserver.adapters.system import SystemEntropy\n"
        "with KeyFile(pathlib.Path(sys.argv[1]), SystemEntropy()).rotation(): os._exit(9)\n"
    )
    done = subprocess.run([sys.executable, "-c", killed, file.path.parent], check=False)
    assert done.returncode == 9
    assert len(rotated(file, 1)) == 2


def test_a_disk_that_refuses_leaves_the_old_file_whole(
    file: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.path.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with file.rotation(), pytest.raises(KeysUnusable, match="No space left"):
        file.add()
    assert file.path.read_bytes() == before
    assert {path.name for path in file.path.parent.iterdir()} == {FILE_NAME, ".rotation.lock"}


def test_without_a_file_there_is_nothing_to_rotate(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "none", SystemEntropy())
    with pytest.raises(KeysUnusable, match="cannot be changed"), file.rotation():
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_rotation_by_root_leaves_the_file_to_the_servers_own_user(file: KeyFile) -> None:
    os.chown(file.path, 10001, 10001)
    rotated(file, 1)
    for name in (FILE_NAME, ".rotation.lock"):
        assert (file.path.parent / name).stat().st_uid == 10001
