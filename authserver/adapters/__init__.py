"""How we reach the outside: the database, mail, cryptography, the clock.

Each module here fulfils one of the promises in ``flows.ports`` or ``flows.stores`` and imports one
library that nobody else imports. Never here: decisions about who may do what, sentences for people,
HTTP. It imports ``domain`` and the flows' protocols; only ``wiring`` and tests may import it.
"""
