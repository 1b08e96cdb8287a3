"""The API's reference, readable without a network and without a third party's script."""

from __future__ import annotations

from flask import render_template

from authserver.web.guards import Access, guarded
from authserver.web.house import house
from authserver.web.openapi import document
from authserver.web.pages.blueprint import pages


@pages.get("/docs")
@guarded(Access.ANYONE)
def docs() -> str:
    return render_template(
        "docs/docs.html",
        openapi=document(
            test_mode=house().harness is not None,
            factors=house().services.policy.sign_in.second_factors,
        ),
    )
