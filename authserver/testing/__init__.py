"""The published test kit: a software passkey, an API client with a person's verbs, a server.

It speaks to a server over HTTP only, as any outsider would, and imports no room of the server. It
takes no lock away: a software passkey signs like a real one, and what it gets wrong, on demand, the
server refuses. Integrators may import it from here; the server never does.
"""
