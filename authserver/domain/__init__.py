"""What it is, and what we decide.

Here live the values (account, factor, proof, session, ceremony, event, notice) and the rules over
them, as pure functions of their arguments. Never here: I/O, the clock, randomness, Flask, SQL, any
third-party library. Everybody may import this room; it imports the standard library only.
"""
