"""The JSON API under ``/api/v1``: one file per thing, each endpoint declared once.

The declaration validates requests and makes the OpenAPI document (``contract``); the views call one
flow and shape its outcome (``bodies``). Only ``web`` imports this package.
"""
