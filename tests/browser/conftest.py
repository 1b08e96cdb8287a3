"""The same browser, server and devices as the journeys; these tests look at what goes wrong."""

from tests.journeys.conftest import chromium, device, login_id, server

__all__ = ["chromium", "device", "login_id", "server"]
