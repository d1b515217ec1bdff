"""Socket.IO, namespace `/realtime`: what happens is told the moment it happened.

A socket belongs to one sign-in. Every event a client sends is checked like a request and acknowledged:
`{"ok": true, …}` or `{"ok": false, "error": {"code", "detail"}}`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import structlog
from flask import Flask, request
from flask_socketio import ConnectionRefusedError, SocketIO
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import from_json

from museaika.clock import rfc3339
from museaika.errors import Forbidden, Invalid, MuseAIkaError, RateLimited, Unauthenticated
from museaika.events import Event, JobEnded, JobProgressed, MoodRead, SessionEnded
from museaika.web.auth import SESSION_COOKIE
from museaika.web.backlog import LARGEST_MESSAGE, Backlogs
from museaika.web.errors import trace
from museaika.web.frames import Frames
from museaika.web.here import LINKS, METRICS, SEATS, SERVICES
from museaika.web.playlist_sockets import PlaylistSockets
from museaika.web.presence import Allowance, Presence, Visitor
from museaika.web.rollcall import RollCall
from museaika.web.schemas.base import Asked
from museaika.web.wording import invalid

log = structlog.get_logger()

NAMESPACE = "/realtime"
REFUSALS_A_SECOND, MOST_REFUSALS = 10, 100
"""What a socket may send too much, in a second and at once, before it is closed."""
Handler = Callable[[str, Visitor, Any], dict[str, Any]]


class MoodsAsked(Asked):
    """Whose moods."""

    user_id: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]


class Json:
    """JSON as the HTTP side reads it: no NaN, no half characters, no bottomless nesting."""

    dumps = staticmethod(json.dumps)

    @staticmethod
    def loads(text: str | bytes, **_: Any) -> Any:
        return from_json(text, allow_inf_nan=False)


class Realtime:
    """The sockets of one app."""

    def __init__(self, app: Flask) -> None:
        self._services = app.extensions[SERVICES]
        self._links = app.extensions[LINKS]
        self._seats = app.extensions[SEATS]
        self._metrics = app.extensions[METRICS]
        settings = self._services.settings
        self._presence = Presence()
        self._rollcall = RollCall(self._services.open_sockets, lambda: self._services.clock())
        self._allowance = Allowance(settings.ratelimit_socket_events_per_second)
        self._patience = Allowance(REFUSALS_A_SECOND, at_once=MOST_REFUSALS)
        self._io = SocketIO(
            app,
            async_mode="threading",
            cors_allowed_origins=self._may_connect_from,
            manage_session=False,
            max_http_buffer_size=LARGEST_MESSAGE,
            json=Json,
        )
        self._backlogs = Backlogs(
            self._io, NAMESPACE, lambda code: self._metrics.sockets_dropped.labels(code).inc()
        )
        self._io.on_event("connect", self._connect, namespace=NAMESPACE)
        self._io.on_event("disconnect", self._disconnect, namespace=NAMESPACE)
        self._playlists = PlaylistSockets(app, self._presence, self)
        self._frames = Frames(app, self)
        self.take("subscribe_mood", MoodsAsked, self._subscribe)
        self.take("unsubscribe_mood", MoodsAsked, self._unsubscribe)
        self._io.on_event("*", self._unknown, namespace=NAMESPACE)
        self._services.bus.subscribe(self._heard)

    def _may_connect_from(self, origin: str | None, environ: dict[str, Any]) -> bool:
        """Browsers say where a page comes from: from here, or from a site that the operator named."""
        own = f"{environ.get('wsgi.url_scheme')}://{environ.get('HTTP_HOST')}"
        settings = self._services.settings
        return origin is None or origin in (own, settings.public_url, *settings.allowed_origins)

    # --- coming and going

    def _connect(self, auth: Any = None) -> None:
        try:
            caller = self._authenticate(auth)
            self._seats.take(caller.user_id)
            self._presence.come(_sid(), Visitor(caller.user_id, caller.session_id))
            self._metrics.sockets.inc()
            self._rollcall.come(_sid(), caller.user_id)
            self._backlogs.watch(_sid())
            self._authenticate(auth)  # again: a sign-out just now found no socket here to close
        except MuseAIkaError as error:
            self._disconnect()
            raise ConnectionRefusedError(error.detail, {"code": error.code}) from None

    def _authenticate(self, auth: Any) -> Any:
        accounts = self._services.accounts
        token = auth.get("token") if isinstance(auth, dict) else None
        if isinstance(token, str) and token:
            return accounts.authenticate(token)
        cookie = request.cookies.get(SESSION_COOKIE)
        if cookie and request.headers.get("Origin"):  # a page's own; the origin was checked before
            return accounts.authenticate_cookie(cookie)
        raise Unauthenticated("Connect with auth: {token: <access token>}.")

    def _disconnect(self, *_: Any) -> None:
        visitor = self._presence.go(_sid())
        if visitor is None:
            return
        self._playlists.forget(_sid())
        self._frames.forget(_sid())
        self._seats.leave(visitor.user_id)
        self._metrics.sockets.dec()
        self._patience.forget(_sid())
        self._rollcall.go(_sid())
        if not self._presence.of(visitor.user_id):
            self._allowance.forget(visitor.user_id)

    # --- what clients send

    def take(self, name: str, model: type[BaseModel], handle: Handler) -> None:
        self.take_raw(name, lambda sid, visitor, data: handle(sid, visitor, _checked(model, data)))

    def take_raw(self, name: str, handle: Callable[[str, Visitor, tuple[Any, ...]], dict[str, Any]]) -> None:
        def receive(*data: Any) -> dict[str, Any]:
            return self._acknowledge(lambda visitor: handle(_sid(), visitor, data))

        self._io.on_event(name, receive, namespace=NAMESPACE)

    def _acknowledge(self, work: Callable[[Visitor], dict[str, Any]]) -> dict[str, Any]:
        try:
            visitor = self._presence.who(_sid())
            if visitor is None:
                raise Unauthenticated("This session has ended. Sign in again.", code="session_revoked")
            self._check_rate(visitor)
            return {"ok": True, **work(visitor)}
        except MuseAIkaError as error:
            return {"ok": False, "error": {"code": error.code, "detail": error.detail}}
        except Exception as error:  # noqa: BLE001 - whatever it was, the client gets its answer
            log.error("socket_event_failed", **trace(error))
            return {"ok": False, "error": {"code": "internal", "detail": "The fault is ours and was logged."}}

    def _check_rate(self, visitor: Visitor) -> None:
        """Raises RateLimited. A socket that goes on regardless is closed."""
        if not self._services.settings.ratelimit_enabled or self._allowance.spend(visitor.user_id):
            return
        if not self._patience.spend(_sid()):
            self._backlogs.drop(
                _sid(), "rate_limited", "You went on sending after you were asked to slow down."
            )
        raise RateLimited("Too many events. Slow down a little.")

    def _subscribe(self, sid: str, visitor: Visitor, asked: MoodsAsked) -> dict[str, Any]:
        if not self._services.accounts.may_follow(visitor.user_id, asked.user_id):
            raise Forbidden("This person does not share their moods with you.", code="not_shared")
        self._presence.follow(sid, asked.user_id)
        return {"user_id": asked.user_id}

    def _unsubscribe(self, sid: str, _: Visitor, asked: MoodsAsked) -> dict[str, Any]:
        self._presence.unfollow(sid, asked.user_id)
        return {"user_id": asked.user_id}

    def _unknown(self, name: str, *_: Any) -> dict[str, Any]:
        def refuse(_: Visitor) -> dict[str, Any]:
            raise Invalid(f"'{str(name)[:40]}' is not an event that we take.", code="unknown_event")

        return self._acknowledge(refuse)

    # --- what we tell

    def _heard(self, event: Event) -> None:
        if isinstance(event, MoodRead):
            self._tell_mood(event)
        elif isinstance(event, JobProgressed):
            step = {"job_id": event.job_id, "progress": event.progress, "stage": event.stage}
            self._tell(event.user_id, "generate_progress", step)
        elif isinstance(event, JobEnded):
            self._tell_end(event)
        elif isinstance(event, SessionEnded):
            for sid in self._presence.of(event.user_id, event.session_id):
                self._io.server.disconnect(sid, namespace=NAMESPACE)

    def _tell_mood(self, event: MoodRead) -> None:
        """To all sockets of their own, and to those who follow and still may."""
        told = {
            "user_id": event.user_id,
            "mood": event.mood,
            "scores": dict(event.scores),
            "valence": event.valence,
            "arousal": event.arousal,
            "timestamp": rfc3339(event.timestamp),
        }
        self._tell(event.user_id, "mood_update", told)
        may: dict[str, bool] = {event.user_id: False}  # they were told already
        for sid, visitor in self._presence.followers(event.user_id).items():
            if visitor.user_id not in may:
                may[visitor.user_id] = self._services.accounts.may_follow(visitor.user_id, event.user_id)
            if may[visitor.user_id]:
                self._io.emit("mood_update", told, to=sid, namespace=NAMESPACE)

    def _tell_end(self, event: JobEnded) -> None:
        if event.status == "completed":
            link = self._links.make(event.job_id, "mp3", 1, self._services.clock())
            told = {"job_id": event.job_id, "download_url": link.url, "metadata": dict(event.metadata)}
            self._tell(event.user_id, "generate_complete", told)
        else:
            error = event.error or ("It was cancelled." if event.status == "cancelled" else "It failed.")
            self._tell(event.user_id, "generate_failed", {"job_id": event.job_id, "error": error})

    def tell(self, room: str, name: str, data: dict[str, Any], but: Sequence[str] = ()) -> None:
        self._io.emit(name, data, to=room, skip_sid=list(but), namespace=NAMESPACE)

    def enter(self, sid: str, room: str) -> None:
        self._io.server.enter_room(sid, room, namespace=NAMESPACE)

    def leave(self, sid: str, room: str) -> None:
        self._io.server.leave_room(sid, room, namespace=NAMESPACE)

    def _tell(self, user_id: str, name: str, data: dict[str, Any]) -> None:
        for sid in self._presence.of(user_id):
            self._io.emit(name, data, to=sid, namespace=NAMESPACE)


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]


def _checked(model: type[BaseModel], data: tuple[Any, ...]) -> BaseModel:
    if len(data) != 1 or not isinstance(data[0], dict):
        raise Invalid("Send one object with the event.")
    try:
        return model.model_validate(data[0], strict=True)
    except ValidationError as error:
        raise invalid(error, "data") from None
