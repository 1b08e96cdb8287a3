"""Full passkey sign-ins a second, and the CPU each costs, against a server of our own on loopback.

Closed loop: options → assertion → session, each person with a passkey of their own. Prints
throughput, percentiles and server CPU (from /proc) for this machine; compare ratios, not machines.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from authserver.testing.server import RunningServer, running_server, temporary_folder

TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children, in seconds."""
    total = 0.0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(entry.name) == pid or int(fields[1]) == pid:
            total += (int(fields[11]) + int(fields[12])) / TICK
    return total


def drive(url: str, name: str, people: int, seconds: float, out: Any) -> None:
    """One client process: prepared accounts, then sign-ins until the time is over."""
    server = RunningServer(url, Path(os.devnull))
    crowd = [server.account(f"{name}-{number}") for number in range(people)]
    out.put("ready")
    deadline = time.perf_counter() + seconds
    took: list[float] = []
    turn = 0
    while time.perf_counter() < deadline:
        began = time.perf_counter()
        crowd[turn % people].sign_in()
        took.append(time.perf_counter() - began)
        turn += 1
    out.put(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=2)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--database", default=None, help="a PostgreSQL address; SQLite otherwise")
    given = parser.parse_args()
    with (
        temporary_folder() as folder,
        running_server(folder, workers=given.workers, database_url=given.database) as server,
    ):
        server.reset()
        pid = server.pid
        queue: Any = multiprocessing.Queue()
        clients = [
            multiprocessing.Process(
                target=drive, args=(server.url, f"load{n}", 20, given.seconds, queue)
            )
            for n in range(given.clients)
        ]
        for client in clients:
            client.start()
        for _ in clients:
            queue.get(timeout=120)
        before, began = cpu_seconds(pid), time.perf_counter()
        took = [t for _ in clients for t in queue.get(timeout=given.seconds + 60)]
        elapsed, cpu = time.perf_counter() - began, cpu_seconds(pid) - before
        for client in clients:
            client.join()
    cuts = statistics.quantiles(took, n=100)
    print(f"sign-ins      {len(took)} in {elapsed:.1f} s = {len(took) / elapsed:.0f}/s")
    print(f"server CPU    {cpu / len(took) * 1000:.2f} ms a sign-in")
    print(f"p50/p95/p99   {cuts[49] * 1000:.1f} / {cuts[94] * 1000:.1f} / {cuts[98] * 1000:.1f} ms")


if __name__ == "__main__":
    sys.exit(main())
