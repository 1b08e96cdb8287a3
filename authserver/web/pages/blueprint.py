"""The blueprint that all pages share."""

from flask import Blueprint

pages = Blueprint("pages", __name__)
