"""The README's example runs as it stands, with nothing but the published fixture."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from authserver.testing.server import RunningServer

README = Path(__file__).parents[2] / "README.md"


def test_the_example_in_the_readme_passes(authserver: RunningServer) -> None:
    (example,) = re.findall(r"```python\n(.+?)```", README.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(example, "README.md", "exec"), names)
    names["test_a_person_signs_in"](authserver)
