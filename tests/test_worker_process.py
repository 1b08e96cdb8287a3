"""The worker as it runs: a process of its own, a real SMTP server, a clean stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from tests.support.application import make_application
from tests.support.smtp_sink import SmtpSink, smtp_sink

PATIENCE_SECONDS = 120.0


def wait_for_a_message(sink: SmtpSink) -> None:
    """Look again and again, as a person looks into a mailbox, but not for ever."""
    pause, waited = threading.Event(), 0.0
    while not sink.messages and waited < PATIENCE_SECONDS:
        pause.wait(0.05)
        waited += 0.05


def test_a_queued_notice_reaches_a_real_mailbox_and_the_worker_stops_when_told(
    tmp_path: Path, database_url: str
) -> None:
    application = make_application(tmp_path, database_url=database_url)
    application.api().post("/test/reset")
    application.account("account-1").sign_in()
    with smtp_sink() as sink:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("AUTHSERVER_")},
            # With the tester's clock, which other tests on this database may have moved.
            "AUTHSERVER_MODE": "test",
            "AUTHSERVER_DATABASE_URL": database_url,
            "AUTHSERVER_KEYS_DIR": str(tmp_path / "keys"),
            "AUTHSERVER_SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
        }
        worker = subprocess.Popen([sys.executable, "-m", "authserver", "worker"], env=environment)
        try:
            wait_for_a_message(sink)
        finally:
            worker.send_signal(signal.SIGTERM)
            status = worker.wait(20)
    assert status == 0
    (message,) = sink.messages
    assert message["To"] == "account-1@example.test"
    assert message["Auto-Submitted"] == "auto-generated"
    assert {item["state"] for item in application.outbox()} == {"sent"}
    application.close()
