"""Two doors, one flow: what a page can do, the API can do, through the same function."""

from __future__ import annotations

import ast
from pathlib import Path

WEB = Path(__file__).parents[2] / "authserver" / "web"
PAGES_ONLY = {
    "sign_up.present": "a page asks which step comes next; the API's answers say it",
    "sign_up.renew_code": "an API client asks for a code by sending its entries again",
}


def flows_called(folder: Path) -> set[str]:
    """``module.function`` of every call into the flows."""
    called = set()
    for path in folder.glob("*.py"):
        tree = ast.parse(path.read_text())
        modules = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "authserver.flows"
            for alias in node.names
        }
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in modules
            ):
                called.add(f"{node.func.value.id}.{node.func.attr}")
    return called


def test_every_flow_that_a_page_calls_has_its_place_in_the_api() -> None:
    pages, api = flows_called(WEB / "pages"), flows_called(WEB / "api")
    assert pages
    assert pages - api == set(PAGES_ONLY)


def test_no_view_is_long() -> None:
    for path in [*(WEB / "pages").glob("*.py"), *(WEB / "api").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.decorator_list:
                lines = (node.end_lineno or 0) - node.body[0].lineno + 1
                assert lines <= 25, f"{path.name}: {node.name} has {lines} lines"
