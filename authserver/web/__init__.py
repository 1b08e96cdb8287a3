"""How the outside reaches us.

Here live pages and the JSON API, the guards in front of them, and the one table between inside
reasons and outside answers. Never here: decisions, SQL, cryptography. Only ``wiring`` and ``app``
may import this room; it imports ``flows``, ``domain`` and the settings' type.
"""
