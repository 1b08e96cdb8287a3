"""Files that start the server elsewhere name commands, settings and images that exist."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import yaml

from authserver.cli import main
from authserver.settings import PREFIX, TABLE, read

ROOT = Path(__file__).parents[2]


def services() -> dict[str, dict[str, Any]]:
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"])


def ours() -> dict[str, dict[str, Any]]:
    return {name: row for name, row in services().items() if row["image"] == "authserver"}


def test_every_service_of_ours_runs_a_command_that_exists() -> None:
    assert set(ours()) == {"migrate", "seed", "server", "worker"}
    for name, service in ours().items():
        assert service["command"][0] in main.commands, name


def test_the_settings_of_the_composition_are_settings_and_work_together() -> None:
    known = {PREFIX + setting.name for setting in TABLE}
    for service in ours().values():
        assert set(service["environment"]) <= known
        read(service["environment"])


def test_the_image_shows_nobodys_messages_unless_it_is_told_to() -> None:
    assert "\nENV AUTHSERVER_MODE=production\n" in (ROOT / "Dockerfile").read_text()
    for name, service in ours().items():
        assert service["environment"]["AUTHSERVER_MODE"] == "demo", name


def test_what_runs_is_read_only_and_without_privileges() -> None:
    for name, service in ours().items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name


def test_ports_are_opened_on_loopback_only() -> None:
    for name, service in services().items():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), name


def test_the_wheel_carries_templates_static_files_migrations_wording_and_policies() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    carried = build["targets"]["wheel"]["force-include"]
    assert set(carried) == {"templates", "static", "migrations"}
    assert all((ROOT / name).is_dir() for name in carried)
