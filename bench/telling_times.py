"""What a stranger with a stopwatch learns at the doors that take a login id, over loopback.

The wall clock around each request to a running server of our own, in an order drawn by lot; the
statistics are those of ``tests/attacks/test_time_tells_nothing.py``, which measures the server's
processor time instead and decides. Here nothing is decided: a table is printed. AUC is how often a
request of the kind takes longer than one of what it must be like: 0.5 tells nothing.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from itertools import count
from statistics import median

import httpx

from authserver.testing.server import RunningServer, running_server, temporary_folder
from tests.support.anonymous_doors import DOORS, Street
from tests.support.statistics import Comparison
from tests.support.stopwatch import Question

PER_NETWORK = 50
"""Requests from one network: fewer than may fail, so that nobody is told to wait."""
WARM_UP = 5


def ask(
    server: RunningServer, questions: list[Question], serial: Iterator[int]
) -> dict[str, list[float]]:
    """The seconds that each request took, by kind. ``serial`` numbers requests over all doors."""
    order = list(questions)
    random.Random(2025).shuffle(order)
    took: dict[str, list[float]] = {question.kind: [] for question in order}
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        for question in order:
            headers = network_of(server, next(serial)) | {"Origin": server.url}
            client.cookies.clear()
            if question.cookie:
                headers["Cookie"] = f"session={question.cookie}"
            began = time.perf_counter()
            answer = client.post(question.path, json=dict(question.body), headers=headers)
            took[question.kind].append(time.perf_counter() - began)
            if answer.status_code >= 429:
                raise SystemExit(f"{question.kind}: {answer.status_code} {answer.text}")
    return {kind: times[WARM_UP:] for kind, times in took.items()}


def network_of(server: RunningServer, number: int) -> dict[str, str]:
    """The header that makes the server see the next network after every so many requests."""
    block, place = divmod(number, PER_NETWORK)
    name = f"network-{block}"
    if place == 0:
        bound = {"ip": f"10.1.{block >> 8}.{block & 255}"}
        with server.api(name) as api:
            api.post("/test/network", bound)
    return {"X-Test-Client": name}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=100, help="of each kind, at most 1000")
    given = parser.parse_args()
    samples = max(WARM_UP + 10, min(given.samples, 1000))
    print(f"{'door':<20}{'kind':<22}{'n':>5}{'median':>12}{'like':>20}{'AUC':>7}{'ratio':>7}")
    serial = count()
    with temporary_folder() as folder, running_server(folder) as server:
        for door in DOORS:
            questions = door(Street(place=server), samples)
            like = {question.kind: question.like for question in questions}
            took = ask(server, questions, serial)
            for kind, times in sorted(took.items()):
                found = Comparison.of(times, took[like[kind]])
                print(
                    f"{door.__name__:<20}{kind:<22}{len(times):>5}{median(times) * 1000:>9.3f} ms"
                    f"{like[kind]:>20}{found.auc:>7.2f}{found.ratio:>7.2f}"
                )


if __name__ == "__main__":
    sys.exit(main())
