"""Finds or installs the browser of the tests: Debian's Chromium, else Playwright's own download.

The tests look at the same places (tests/support/device.py).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
HELP = (
    "No browser could be installed. Install Chromium with your system's packages, or run "
    "`.venv/bin/playwright install chromium`, and try again."
)


def found() -> str | None:
    return next((path for path in map(shutil.which, PROGRAMS) if path), None)


def by_apt() -> bool:
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return False
    print("Installing Chromium from the system's packages …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = {"stdout": subprocess.DEVNULL, "env": environment}
    update = ["apt-get", "update", "-qq"]
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
    return all(subprocess.run(step, **quiet).returncode == 0 for step in (update, install))


def by_playwright() -> bool:
    print("Downloading Playwright's Chromium …", flush=True)
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    return subprocess.run(command).returncode == 0


def playwrights_own() -> bool:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return os.path.exists(playwright.chromium.executable_path)


if __name__ == "__main__":
    if not (found() or playwrights_own() or by_apt() or by_playwright()):
        sys.exit(HELP)
