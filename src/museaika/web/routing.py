"""How a route is declared: what it takes stands in the handler's signature, what it gives beside its path.

A handler's parameters are filled by name: `caller` (signs in), `path`, `query`, `body`, `form` (each a
model that is checked), and the API page is built from the same declaration. What it returns is put into
the envelope; a Flask `Response` is sent as it is.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel

from museaika.accounts.service import Caller
from museaika.clock import now, rfc3339
from museaika.errors import NotFound
from museaika.web import reading
from museaika.web.auth import caller
from museaika.web.here import services
from museaika.web.replay import once
from museaika.web.schemas.base import Answer, ErrorAnswer, ReplayHeader

BASE = "/api/v1"
SIGNED_IN: list[dict[str, list[Any]]] = [{"bearer": []}, {"cookie": []}]
Handler = Callable[..., Any]

FEATURES = {
    "generation": ("enable_music_generation", "ENABLE_MUSIC_GENERATION"),
    "sockets": ("enable_real_time", "ENABLE_REAL_TIME"),
}
"""Parts that an operator can switch off: the setting's field, and its name in the environment."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Data with headers of its own."""

    data: BaseModel
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Declared:
    """What stands beside a route's path; see `Router.route`."""

    gives: Any
    status: int
    produces: tuple[str, ...]
    signed_in: bool
    replay: Callable[[Caller], bool] | None
    fails: tuple[int, ...]
    feature: str | None


class Router:
    """The routes of one resource, under `/api/v1` or at the root."""

    def __init__(self, name: str, about: str, *, feature: str | None = None, at_root: bool = False) -> None:
        self.blueprint = APIBlueprint(
            f"{name}_root" if at_root else name,
            __name__,
            url_prefix="" if at_root else BASE,
            abp_tags=[Tag(name=name, description=about)],
        )
        self._feature = feature

    def route(
        self,
        method: str,
        rule: str,
        gives: Any = None,
        *,
        status: int = 200,
        produces: tuple[str, ...] = (),
        signed_in: bool = True,
        replay: Callable[[Caller], bool] | None = None,
        fails: tuple[int, ...] = (),
    ) -> Callable[[Handler], Handler]:
        """Declare a route. `gives` is the model of `data`; without one `produces` names the media types of an
        answer outside the envelope. `replay` says for which callers an Idempotency-Key counts; `fails` names
        errors beyond the usual ones."""
        declared = Declared(gives, status, produces, signed_in, replay, fails, self._feature)

        def declare(handler: Handler) -> Handler:
            hints = get_type_hints(handler)
            view = _view(handler, hints, declared)
            view.__delay_validate_request__ = True  # type: ignore[attr-defined]
            if replay:  # for the API page; `once` reads it
                view.__annotations__ = {**hints, "header": ReplayHeader}
            responses = _responses(hints, declared)
            security = SIGNED_IN if signed_in else []
            getattr(self.blueprint, method)(rule, responses=responses, security=security)(view)
            return handler

        return declare


def _view(handler: Handler, hints: Mapping[str, Any], declared: Declared) -> Handler:
    @functools.wraps(handler)
    def view(**parts: str) -> Response:
        require_feature(declared.feature)
        person = caller() if declared.signed_in else None
        arguments = _read(hints, parts)
        if "caller" in hints:
            arguments["caller"] = person

        def run() -> Response:
            return respond(handler(**arguments), declared.status)

        if person and declared.replay and declared.replay(person):
            return once(person, run)
        return run()

    return view


def require_feature(feature: str | None) -> None:
    """Raises NotFound: code `feature_disabled`."""
    if feature is None:
        return
    setting, name = FEATURES[feature]
    if not getattr(services().settings, setting):
        raise NotFound(
            f"This server runs without {feature}. Its operator can turn it on with {name}=true.",
            code="feature_disabled",
        )


def respond(result: Any, status: int = 200) -> Response:
    """Put what a handler returned into the envelope."""
    if isinstance(result, Response):
        return result
    reply = result if isinstance(result, Reply) else Reply(result)
    body = f'{{"success":true,"data":{reply.data.model_dump_json()},"timestamp":"{rfc3339(now())}"}}'
    return Response(body, status, headers=dict(reply.headers), mimetype="application/json")


def _read(hints: Mapping[str, Any], parts: dict[str, str]) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if "path" in hints:
        arguments["path"] = reading.read_path(hints["path"], parts)
    if "query" in hints:
        arguments["query"] = reading.read_query(hints["query"])
    if "form" in hints:
        arguments["form"] = reading.read_form(hints["form"])
    if "body" in hints:
        arguments["body"] = reading.read_json(hints["body"])
    return arguments


def _responses(hints: Mapping[str, Any], declared: Declared) -> dict[int, Any]:
    """What the API page says can be answered, errors included."""
    told: Any = {"content": {kind: {"schema": {"type": "string"}} for kind in declared.produces}}
    if declared.gives is not None:
        told = Answer.__class_getitem__(declared.gives)
    statuses = {422, 429, 503, *declared.fails}
    statuses |= {401, 403} if declared.signed_in else set()
    statuses |= {404} if "path" in hints or declared.feature else set()
    statuses |= {400, 413, 415} if hints.keys() & {"body", "form"} else set()
    statuses |= {409} if declared.replay else set()
    return {declared.status: told, **dict.fromkeys(sorted(statuses), ErrorAnswer)}
