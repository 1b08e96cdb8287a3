"""The API as a program outside uses it: JSON in, JSON out, one cookie jar, our own Origin."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

import httpx

PROBLEM = "application/problem+json"


class Refusal(Exception):
    """The server said no. ``code`` is the problem's stable code."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        is_problem = response.headers.get("content-type", "").startswith(PROBLEM)
        self.problem: dict[str, Any] = response.json() if is_problem else {}
        self.status = response.status_code
        self.code = str(self.problem.get("code", ""))
        super().__init__(f"{self.status} {self.code or response.text[:200]}")


class Api:
    """One browser's worth of API: its cookies, and the origin its pages would have."""

    def __init__(
        self,
        base_url: str,
        *,
        origin: str | None = None,
        name: str = "",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """``name`` goes out as X-Test-Client, so that the tester can give it an address.

        ``transport`` replaces the network, for an application in the same process.
        """
        headers = {"Origin": origin or base_url}
        if name:
            headers["X-Test-Client"] = name
        self.base_url = base_url
        self.origin = origin or base_url
        self.http = httpx.Client(
            base_url=base_url, headers=headers, timeout=30, trust_env=False, transport=transport
        )

    def __enter__(self) -> Api:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self.http.close()

    def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        step_up: str | None = None,
    ) -> httpx.Response:
        """Send; return whatever comes, refusals too. A path without a leading / is API v1."""
        target = path if path.startswith("/") else f"/api/v1/{path}"
        headers = {"Step-Up": step_up} if step_up else {}
        return self.http.request(method, target, json=body, headers=headers)

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        step_up: str | None = None,
    ) -> dict[str, Any]:
        """Send and return the answer's JSON ({} where there is none). Raises Refusal."""
        response = self.request(method, path, body, step_up=step_up)
        if not response.is_success:
            raise Refusal(response)
        return dict(response.json()) if response.content else {}

    def get(self, path: str) -> dict[str, Any]:
        return self.call("GET", path)

    def post(
        self, path: str, body: Mapping[str, Any] | None = None, *, step_up: str | None = None
    ) -> dict[str, Any]:
        return self.call("POST", path, body, step_up=step_up)

    def cookie(self) -> str | None:
        """The value of the one cookie that names this browser."""
        for name in ("__Host-session", "session"):
            value = self.http.cookies.get(name)
            if value is not None:
                return value
        return None
