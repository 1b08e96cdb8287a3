"""Every message as it was written, for the demonstration and for testers."""

from __future__ import annotations

from flask import abort, render_template

from authserver.flows.outbox import list_outbox
from authserver.settings import Mode
from authserver.web.guards import Access, guarded
from authserver.web.harness import outbox_item_body
from authserver.web.house import house
from authserver.web.pages.blueprint import pages


@pages.get("/outbox")
@guarded(Access.ANYONE)
def outbox() -> str:
    if house().settings.mode is Mode.PRODUCTION:
        abort(404)
    items = [
        {**outbox_item_body(item).model_dump(), "created_at": item.notice.created_at}
        for item in list_outbox(house().services, limit=100)
    ]
    return render_template(
        "outbox/outbox.html", messages_list=items, simulated=not house().settings.smtp_url
    )
