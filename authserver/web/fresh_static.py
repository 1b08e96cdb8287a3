"""Static files under names that carry their content's digest: cached for ever, never stale.

They travel compressed, and only they: a page holds a token beside what was typed, and the length of
the two together under compression would tell of the token (BREACH).
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, abort, request, send_from_directory

from authserver.web.guards import Access, guarded
from authserver.web.house import house

static = Blueprint("static_files", __name__)
_DIGEST_LENGTH = 12


def digests(folder: Path) -> Mapping[str, str]:
    """The first hex digits of each file's SHA-256 over the *whole* folder, by relative name.

    One digest for all: an ES module imports its neighbours by relative address, so a changed
    neighbour must change the address of every importer too.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    whole = hashlib.sha256()
    for path in files:
        whole.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    digest = whole.hexdigest()[:_DIGEST_LENGTH]
    return {path.relative_to(folder).as_posix(): digest for path in files}


def static_url(name: str) -> str:
    """The address of a static file. Raises KeyError for one that does not exist."""
    return f"/static/{house().static_digests[name]}/{name}"


@static.get("/static/<digest>/<path:name>")
@guarded(Access.ANYONE)
def serve(digest: str, name: str) -> Response:
    if house().static_digests.get(name) != digest:
        abort(404)
    response = send_from_directory(house().static_folder, name)
    if response.status_code == 200 and request.accept_encodings["gzip"]:
        response.close()
        content = _compressed(house().static_folder / name, digest)
        response = Response(content, mimetype=response.mimetype)
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@lru_cache(maxsize=256)
def _compressed(path: Path, digest: str) -> bytes:
    """The file's content, compressed once in a process; the digest is a part of the key."""
    return gzip.compress(path.read_bytes(), mtime=0)


@static.get("/favicon.ico")
@guarded(Access.ANYONE)
def favicon() -> Response:
    return send_from_directory(house().static_folder, "img/favicon.svg")
