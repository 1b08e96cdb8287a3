"""The papers say what is so: settings, commands, links, and nothing that we never claim."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from authserver.settings import TABLE

ROOT = Path(__file__).parents[2]
PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
NEVER_CLAIMED = re.compile(r"(?<!not )(?<!never )(?<!neither )\b(certified|compliant)\b", re.I)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(path: Path) -> set[str]:
    kept = (re.sub(r"[^\w\- ]", "", h.lower()) for h in HEADING.findall(path.read_text()))
    return {heading.replace(" ", "-") for heading in kept}


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(paper: Path) -> None:
    for target in LINK.findall(paper.read_text()):
        if target.startswith(("http://localhost", "mailto:")):
            continue
        assert not target.startswith("http"), f"{paper.name} sends readers away: {target}"
        name, _, anchor = target.partition("#")
        path = (paper.parent / name).resolve() if name else paper
        assert path.exists(), f"{paper.name}: {target} is not there"
        if anchor:
            assert anchor in anchors(path), f"{paper.name}: {target} has no such heading"


def test_the_readme_lists_every_setting_as_it_is() -> None:
    text = (ROOT / "README.md").read_text()
    for setting in TABLE:
        default = f"`{setting.default}`" if setting.default else "empty"
        assert f"| `{setting.name}` | {default} | {setting.meaning} |" in text, setting.name


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for paper in PAPERS:
        named = set(
            re.findall(r"`make ([a-z-]+)`|^make ([a-z-]+)", paper.read_text(), re.MULTILINE)
        )
        for pair in named:
            assert (pair[0] or pair[1]) in targets, f"{paper.name} names make {pair}"


def test_every_command_that_is_named_exists_and_explains_itself() -> None:
    named = set(re.findall(r"`authserver ([a-z]+(?: [a-z]+)?)`", (ROOT / "README.md").read_text()))
    assert {"serve", "demo", "worker", "migrate", "seed", "openapi"} <= named
    for command in sorted(named):
        words = [sys.executable, "-m", "authserver", *command.split(), "--help"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"authserver {command}: {done.stderr}"
        assert len(done.stdout.split()) > 8


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_is_claimed_that_we_never_claim(paper: Path) -> None:
    assert not NEVER_CLAIMED.findall(paper.read_text())


def test_no_address_of_a_package_registry_is_committed() -> None:
    for path in (*(ROOT / "requirements").iterdir(), ROOT / "pyproject.toml", ROOT / "Makefile"):
        text = path.read_text()
        assert not re.search(
            r"https?://(?!localhost)|--index-url|--extra-index|--find-links", text
        ), path.name


def test_lock_files_pin_every_package_by_hash() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        blocks = re.split(r"\n(?=\S)", path.read_text().strip())
        for block in blocks:
            assert re.match(r"[a-z0-9._-]+(?:\[[a-z,]+\])?==", block), block.splitlines()[0]
            assert "--hash=sha256:" in block, block.splitlines()[0]
