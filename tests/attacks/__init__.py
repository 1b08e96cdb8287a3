"""The server as somebody who means it ill would use it.

Each test is an attack. Those that fail are ordinary tests; one that succeeds is a known hole, and
stands here as a strict expected failure until it is closed: then its mark has to go.
"""
