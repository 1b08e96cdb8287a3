"""What happens when someone does something.

Here live plain functions, one per thing that can be asked for; each opens one transaction, returns
its outcome (returning commits, also a refusal; raising rolls back), and writes its event and queues
its notices in that transaction. Never here: HTTP, SQL, library calls, sentences for people.
``web`` and ``wiring`` may import this room; it imports ``domain`` and its own ports.
"""
