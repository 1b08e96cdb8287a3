"""Runs every check in turn, stops at the first that fails and says what to do about it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
PROCESSES = "2"
CHECKS = (
    ("Format", ["ruff", "format", "--check", "--quiet", "."], "run `make format`"),
    ("Lint", ["ruff", "check", "--quiet", "."], "mend what is listed; `make format` mends some"),
    ("Types", ["mypy", "--no-error-summary"], "mend the types that are listed"),
    ("Arrows", ["lint-imports", "--no-cache", "--no-logo"], "move the import to its room"),
    (
        "Tests",
        ["pytest", "-q", "-n", PROCESSES, "--dist", "loadscope"],
        "run the failing test by itself: .venv/bin/pytest PATH::NAME",
    ),
)


def main() -> int:
    for name, command, advice in CHECKS:
        print(f"── {name}: {' '.join(command)}", flush=True)
        began = time.monotonic()
        status = subprocess.run([str(BIN / command[0]), *command[1:]]).returncode
        print(f"   {name}: {time.monotonic() - began:.1f} s", flush=True)
        if status != 0:
            print(f"\n{name} failed: {advice}.", file=sys.stderr)
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
