"""Resolves the lock files for every supported Python and system, hashes included.

Needs `uv` (pip install uv). No address of a registry gets into the files: where packages come from
is the business of the machine that installs them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
OPTIONS = (
    "--quiet",
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--upgrade",
)


def lock(target: str, *sources: str) -> None:
    command = ["uv", "pip", "compile", *OPTIONS, "-o", f"requirements/{target}", *sources]
    subprocess.run(command, cwd=ROOT, check=True)
    print(f"requirements/{target}: {sum(1 for _ in (ROOT / 'requirements' / target).open())} lines")


if __name__ == "__main__":
    if shutil.which("uv") is None:
        sys.exit("uv is missing: pip install uv")
    lock("server.txt", "pyproject.toml", "requirements/server.in")
    same = ("-c", "requirements/server.txt")
    lock("test.txt", *same, "pyproject.toml", "requirements/server.in", "requirements/test.in")
