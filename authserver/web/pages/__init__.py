"""Pages for people: each view reads a form, calls one flow and shows a template.

They share flows, entries and problems with the API. Only ``web`` imports this package.
"""
