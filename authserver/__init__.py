"""authserver: a login server for online broking in which phishing finds nothing to steal.

The map, one sentence per room:

* ``domain``   – what *is* it, and what do we *decide*?  Pure values and rules.
* ``flows``    – what *happens* when someone does something?  One function, one transaction.
* ``adapters`` – how do *we* reach the outside?  Database, mail, cryptography: one library each.
* ``web``      – how does the *outside* reach us?  Pages and JSON API, thin.
* ``testing``  – the published test kit; it speaks to a server over HTTP, as an outsider.

Above them stand ``wiring`` (the one place where concrete things meet), ``app`` (the application),
``door`` (requests enter it whole or not at all) and ``cli`` (the operator's door). Arrows point
inward only, and a machine checks them (import-linter, ``pyproject.toml``).
"""

__version__ = "0.1.0"
