"""Signed links: whoever holds one may fetch that one file until it expires, without a token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

from museaika.errors import Forbidden

GOOD_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    expires_at: datetime


class Links:
    """Makes and checks links to the files of jobs. `base` is the server's public address, or empty: then
    links are paths, relative to wherever the server was reached."""

    def __init__(self, key: str, base: str = "") -> None:
        self._serializer = URLSafeSerializer(key, salt="museaika.download")
        self._base = base.rstrip("/")

    def make(self, job_id: str, kind: str, variation: int, at: datetime) -> Link:
        expires_at = (at + GOOD_FOR).replace(microsecond=0)
        token = self._serializer.dumps([job_id, kind, variation, int(expires_at.timestamp())])
        path = f"/api/v1/generate/{job_id}/download?format={kind}"
        extra = f"&variation={variation}" if variation > 1 else ""
        return Link(f"{self._base}{path}{extra}&token={token}", expires_at)

    def check(self, token: str, job_id: str, kind: str, variation: int, at: datetime) -> None:
        """Raises Forbidden: code `link_invalid`, or `link_expired`."""
        try:
            signed_for = self._serializer.loads(token)
        except (BadData, ValueError, RecursionError):
            signed_for = None
        if not isinstance(signed_for, list) or signed_for[:3] != [job_id, kind, variation]:
            raise Forbidden("This link is not one of ours for this file.", code="link_invalid")
        if datetime.fromtimestamp(signed_for[3], UTC) <= at:
            raise Forbidden(
                "This link has expired. GET the job again: its answer carries fresh links.", code="link_expired"
            )
