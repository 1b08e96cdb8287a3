"""The same browser, server and devices as the journeys; these tests look at what goes wrong."""

from playwright.sync_api import expect

from tests.journeys.conftest import chromium, device, login_id, server

# A busy machine is slow; what does not come is still noticed.
expect.set_options(timeout=15_000)

__all__ = ["chromium", "device", "login_id", "server"]
