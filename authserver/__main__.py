"""``python -m authserver`` is the command ``authserver``."""

from authserver.cli import main

main()
