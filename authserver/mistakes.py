"""A mistake in the configuration is one sentence and exit status 2, never a traceback.

For the commands only (``cli``, ``key_commands``): whoever imports the server gets the exceptions.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from authserver.adapters.database.engine import DatabaseUnusable
from authserver.adapters.keys import KeysUnusable
from authserver.adapters.policy_files import PolicyError
from authserver.adapters.redis_counters import CountersUnusable
from authserver.settings import SettingsError
from authserver.web.guards import Unguarded

_MISTAKES = (
    SettingsError,
    KeysUnusable,
    PolicyError,
    Unguarded,
    DatabaseUnusable,
    CountersUnusable,
)


def plain_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the manners that this module's first line promises."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except _MISTAKES as mistake:
            click.echo(f"authserver: {mistake}", err=True)
            sys.exit(2)

    return run
