"""Errors become HTTP here, once: in our envelope, or as `application/problem+json` for who asks for it."""

from __future__ import annotations

import math
import traceback
from http import HTTPStatus

import structlog
from flask import Flask, Response, request
from flask_limiter import RateLimitExceeded
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from museaika.clock import now
from museaika.errors import MuseAIkaError
from museaika.web.here import request_id
from museaika.web.schemas.base import ErrorAnswer, Problem, Wrong

log = structlog.get_logger()

PROBLEM_JSON = "application/problem+json"

PLACES = ("body", "query", "path", "form", "header")

HTTP_WORDS = {
    400: ("malformed", "The request could not be understood. Check its headers and how its body is encoded."),
    404: ("not_found", "There is nothing at this address. GET /docs lists the routes."),
    405: ("method_not_allowed", "This address does not take {method}. It takes {allowed}."),
    408: ("timeout", "The request took too long to arrive. Send it again."),
    413: ("too_large", "The body is too large."),
    414: ("too_large", "The address is too long."),
    415: ("unsupported_type", "This address does not read that type of body."),
    416: ("range_not_satisfiable", "The file has no bytes in that range."),
    429: ("rate_limited", "Too many requests. Wait as long as Retry-After says, then go on."),
    431: ("too_large", "The headers are too large."),
}


def handle_errors(app: Flask) -> None:
    app.register_error_handler(MuseAIkaError, _ours)
    app.register_error_handler(HTTPException, _https)
    app.register_error_handler(Exception, _bug)


def problem(error: MuseAIkaError) -> Problem:
    return Problem(
        type=f"urn:museaika:error:{error.code}",
        title=error.title,
        status=error.status,
        code=error.code,
        detail=error.detail,
        errors=[Wrong(loc=_placed(e.loc), msg=e.msg) for e in error.errors],
        request_id=request_id(),
    )


def _placed(loc: tuple[str, ...]) -> list[str]:
    """Where a wrong value stands in the request; the domain knows fields, and not where they came from."""
    if loc and loc[0] in PLACES:
        return list(loc)
    if request.method in ("GET", "HEAD", "DELETE"):
        return ["query", *loc]
    return ["form" if request.mimetype == "multipart/form-data" else "body", *loc]


def _ours(error: MuseAIkaError) -> Response:
    response = _answer(problem(error))
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(math.ceil(error.retry_after_s))
    elif error.status in (429, 503):
        response.headers["Retry-After"] = "5"
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="museaika"'
    return response


def _https(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:  # a redirect
        return Response(error.get_response(request.environ).response, status, dict(error.get_headers()))
    code, detail = HTTP_WORDS.get(status, ("invalid_request", error.description or "That did not work."))
    allowed = sorted(error.valid_methods or ()) if isinstance(error, MethodNotAllowed) else []
    answer = _answer(
        Problem(
            type=f"urn:museaika:error:{code}",
            title=HTTPStatus(status).phrase,
            status=status,
            code=code,
            detail=detail.format(method=request.method, allowed=", ".join(allowed)),
            errors=[],
            request_id=request_id(),
        )
    )
    for name, value in error.get_headers():
        if name in ("Allow", "Content-Range"):
            answer.headers[name] = value
    if isinstance(error, RateLimitExceeded):
        answer.headers["Retry-After"] = "1"  # the rate's own headers say it better, where they are known
    return answer


def _bug(error: Exception) -> Response:
    """A fault of ours: the log has the trace under the request id; the caller gets the id alone."""
    log.error("request_failed", method=request.method, **trace(error))
    return _answer(problem(MuseAIkaError(f"The fault is ours and was logged as {request_id()}.")))


def trace(error: BaseException) -> dict[str, str]:
    """Where a fault happened, for the log: lines of code alone, since messages and values may be private."""
    return {"error": type(error).__name__, "trace": "".join(traceback.format_tb(error.__traceback__))}


def _answer(told: Problem) -> Response:
    accepted = request.accept_mimetypes.best_match(
        ["application/json", PROBLEM_JSON], default="application/json"
    )
    if accepted == PROBLEM_JSON:
        return Response(told.model_dump_json(), told.status, mimetype=PROBLEM_JSON)
    body = ErrorAnswer(error=told, timestamp=now()).model_dump_json()
    return Response(body, told.status, mimetype="application/json")
