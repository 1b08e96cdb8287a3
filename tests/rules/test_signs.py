"""A newcomer finds a sign on every door, and nothing behind it that does not belong there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(path.parent for path in (ROOT / "authserver").rglob("__init__.py"))
MODULES = sorted((ROOT / "authserver").rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "misc"}
MODULE_MOST, FUNCTION_MOST = 250, 40
ARGUED_FOR = {
    "authserver/flows/stores.py": "one protocol per kind of thing, to be read side by side",
    "authserver/adapters/database/schema.py": "every table, to be read side by side",
    "authserver/web/problems.py": "one table, one row per reason",
    "authserver/web/harness.py": "the tester's doors with their shapes, declared in one place",
    "authserver/web/api/factors.py": "six endpoints with their declarations",
    "authserver/flows/enrol.py": "the two ways to a passkey share every step but the first",
}
"""Modules past 250 lines, each with the argument for it."""


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_package_says_what_lives_in_it(package: Path) -> None:
    sign = ast.get_docstring(ast.parse((package / "__init__.py").read_text()))
    assert sign, f"{package} has no sign"
    assert len(sign.split()) >= 12, f"the sign on {package} says too little"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_module_says_what_it_is_for(module: Path) -> None:
    assert module.stem not in FORBIDDEN_NAMES
    assert ast.get_docstring(ast.parse(module.read_text())), f"{module} has no docstring"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_modules_and_functions_stay_small(module: Path) -> None:
    name = module.relative_to(ROOT).as_posix()
    text = module.read_text()
    if name not in ARGUED_FOR:
        assert text.count("\n") <= MODULE_MOST, f"{name} is long: split it or argue for it"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = (node.end_lineno or node.lineno) - node.body[0].lineno + 1
            assert body <= FUNCTION_MOST, f"{name}: {node.name} has {body} lines"


def test_no_long_module_is_argued_for_that_is_short_again() -> None:
    for name in ARGUED_FOR:
        assert (ROOT / name).read_text().count("\n") > MODULE_MOST, f"{name} needs no argument"
