"""What a handler finds around it: the services of this app, its sittings, and this request's id."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Request, current_app, g

from museaika.web.links import Links
from museaika.web.metrics import Metrics
from museaika.web.seats import FREE_THREADS, Seats
from museaika.web.sittings import Sittings

if TYPE_CHECKING:
    from museaika.bootstrap import Services
    from museaika.web.schemas.playlists import Names

SERVICES, SITTINGS, METRICS = "museaika.services", "museaika.sittings", "museaika.metrics"
LINKS, SEATS = "museaika.links", "museaika.seats"


def install(app: Flask, services: Services) -> None:
    settings = services.settings
    app.extensions[SERVICES] = services
    app.extensions[SITTINGS] = Sittings()
    app.extensions[METRICS] = Metrics()
    app.extensions[LINKS] = Links(settings.secret("secret_key"), settings.public_url or "")
    app.extensions[SEATS] = Seats(max(settings.web_threads - FREE_THREADS, 1))


def services() -> Services:
    return cast("Services", current_app.extensions[SERVICES])


def names() -> Names:
    """What tracks are called, those of Spotify included where it is known."""
    spotify = services().spotify
    return spotify.names if spotify else services().catalogue


def sittings() -> Sittings:
    return cast(Sittings, current_app.extensions[SITTINGS])


def links() -> Links:
    return cast(Links, current_app.extensions[LINKS])


def seats() -> Seats:
    return cast(Seats, current_app.extensions[SEATS])


def metrics() -> Metrics:
    return cast(Metrics, current_app.extensions[METRICS])


def request_id() -> str:
    return cast(str, g.request_id)


class PrivateRequest(Request):
    """A request whose uploads stay in memory: an image never touches the disk, not even for a moment."""

    max_form_parts = 32

    def _get_file_stream(self, *_: Any, **__: Any) -> BytesIO:
        return BytesIO()
