"""Says in one sentence what is missing before anything is installed."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is what the script is for
    found = ".".join(map(str, sys.version_info[:3]))
    sys.exit(f"authserver needs Python 3.11 or newer, this is {found}. Try: make PYTHON=python3.12")
try:
    import ensurepip  # noqa: F401
    import venv  # noqa: F401
except ImportError:
    sys.exit("Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv")
