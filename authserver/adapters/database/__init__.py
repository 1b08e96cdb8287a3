"""The database room: SQLite or PostgreSQL, through SQLAlchemy Core, with every statement in sight.

Here live the tables (``schema``), one module of statements per kind of thing, the ``Transaction``
that joins them, and ``engine.Database``, which opens transactions. "Once" and "first" are decided
here by unique indexes and conditional updates, never by an ``if`` over what was read before.
Never here: policy, the clock, randomness, an ORM. Only ``wiring``, ``cli`` and tests import this
room; ``sqlalchemy``, ``alembic`` and ``psycopg`` are imported nowhere else.
"""
