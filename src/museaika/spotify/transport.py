"""Requests to Spotify's Web API: one pool, bounded waiting, and never a sleep because of a 429.

Every request first asks the gate, which all processes share: while Spotify wants us to wait, or a budget of
ours is used up, the answer is an error at once and nothing is sent. Errors of the network and 5xx are tried
again, with a short, random pause, where trying again does no harm. Several who ask for the same at the same
moment get one answer.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import requests
import structlog
from requests.adapters import HTTPAdapter

from museaika.clock import Clock, now
from museaika.spotify.ports import Block, Gate
from museaika.spotify.troubles import Blocked, TokenRefused, garbled, refusal, unreachable

CONNECT_S, READ_S = 3.05, 10.0
TRIES = 3
PAUSE_S = 0.25
"""The longest first pause before another try; the next may be twice as long."""
POOL = 32
MOST_BYTES = 8 << 20
WAIT_S, LONGEST_WAIT = 30, timedelta(days=2)
"""How long a 429 counts that does not say, and the longest that we believe."""
HARMLESS = frozenset({"GET", "PUT", "DELETE"})
"""Methods that may be sent twice."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `endpoint` names it in metrics, without ids; `data` is a body that is not JSON; `once` is a
    request that does harm when it arrives twice."""

    method: str
    path: str
    endpoint: str
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
    data: bytes | None = None
    content_type: str | None = None
    once: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: `told` is the JSON, or None for an empty answer."""

    status: int
    told: Any
    etag: str | None


class Meter(Protocol):
    """Counts requests by endpoint and outcome (a status, or the name of a trouble), and how long they took."""

    def note(self, endpoint: str, outcome: str, seconds: float) -> None: ...


class Transport:
    """Sends calls in the name of somebody. `api` is the base address, such as https://api.spotify.com/v1."""

    def __init__(
        self,
        api: str,
        gate: Gate,
        meter: Meter,
        clock: Clock = now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.api = api.rstrip("/")
        self._gate, self._meter, self._clock, self._sleep = gate, meter, clock, sleep
        self._session = requests.Session()
        self._session.mount("http://", HTTPAdapter(pool_maxsize=POOL))
        self._session.mount("https://", HTTPAdapter(pool_maxsize=POOL))
        self._running: dict[tuple[str, Call, str | None], Future[Reply]] = {}
        self._lock = threading.Lock()

    def send(self, call: Call, token: str, etag: str | None = None) -> Reply:
        """Send a call; with an `etag` the answer may be status 304 without content.

        Raises:
            Blocked: nothing is sent before its `retry_at`.
            TokenRefused: the token has expired.
            MuseAIkaError: see `troubles`.
        """
        if call.method != "GET":
            return self._send(call, token, etag)
        key = (token, call, etag)
        with self._lock:
            running = self._running.get(key)
            if ours := running is None:
                running = self._running[key] = Future()
        if ours:
            self._answer(running, key)
        return running.result()

    def path_of(self, url: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The path and query of an address that Spotify gave, such as `next`. Raises Unavailable for one that
        leads elsewhere."""
        base, given = urlsplit(self.api), urlsplit(url)
        same_host = (given.scheme, given.netloc) == (base.scheme, base.netloc)
        if not same_host or not given.path.startswith(base.path + "/"):
            raise garbled()
        return given.path.removeprefix(base.path), tuple(parse_qsl(given.query))

    def _answer(self, waiting: Future[Reply], key: tuple[str, Call, str | None]) -> None:
        token, call, etag = key
        try:
            waiting.set_result(self._send(call, token, etag))
        except BaseException as problem:  # noqa: BLE001 - those who wait have to be told, whatever it is
            waiting.set_exception(problem)
        finally:
            with self._lock:
                del self._running[key]

    def _send(self, call: Call, token: str, etag: str | None) -> Reply:
        tries = TRIES if call.method in HARMLESS and not call.once else 1
        for attempt in range(1, tries + 1):
            self._pass_gate()
            began = time.monotonic()
            try:
                answer = self._try(call, token, etag)
            except requests.RequestException as problem:
                outcome = type(problem).__name__
                self._meter.note(call.endpoint, outcome, time.monotonic() - began)
                # a request that never left may be sent again, whatever it was
                again = attempt < tries or (isinstance(problem, requests.ConnectTimeout) and attempt < TRIES)
            else:
                self._meter.note(call.endpoint, str(answer.status_code), time.monotonic() - began)
                if answer.status_code < 500:
                    return self._understood(answer)
                outcome, again = str(answer.status_code), attempt < tries
            if not again:
                break
            self._sleep(random.uniform(0, PAUSE_S * 2 ** (attempt - 1)))
        _log.warning("spotify_unreachable", endpoint=call.endpoint, outcome=outcome)
        raise unreachable(outcome)

    def _pass_gate(self) -> None:
        at = self._clock()
        if block := self._gate.blocked(at) or self._gate.spend(at):
            raise Blocked(block.reason, block.until, at)

    def _try(self, call: Call, token: str, etag: str | None) -> requests.Response:
        headers: dict[str, str] = {"Authorization": f"Bearer {token}"}
        if etag:
            headers["If-None-Match"] = etag
        if call.content_type:
            headers["Content-Type"] = call.content_type
        answer = self._session.request(
            call.method,
            self.api + call.path,
            params=call.query,
            json=call.body,
            data=call.data,
            headers=headers,
            timeout=(CONNECT_S, READ_S),
            allow_redirects=False,
            stream=True,
        )
        with answer:
            answer._content = _limited(answer)
        return answer

    def _understood(self, answer: requests.Response) -> Reply:
        if answer.status_code == 304:
            return Reply(304, None, answer.headers.get("ETag"))
        told = _json(answer)
        if answer.status_code < 300:
            return Reply(answer.status_code, told, answer.headers.get("ETag"))
        if answer.status_code == 429:
            raise self._blocked(answer, told)
        if answer.status_code == 401:
            raise TokenRefused
        reason, message = _why(told)
        raise refusal(answer.status_code, reason, message)

    def _blocked(self, answer: requests.Response, told: Any) -> Blocked:
        at = self._clock()
        reason = _why(told)[0] or "RATE_LIMITED"
        block = Block(at + _wait(answer.headers, at), reason)
        self._gate.block(block)
        _log.warning("spotify_blocked", reason=reason, until=block.until.isoformat())
        return Blocked(block.reason, block.until, at)


def _limited(answer: requests.Response) -> bytes:
    parts, size = [], 0
    for part in answer.iter_content(1 << 16):
        size += len(part)
        if size > MOST_BYTES:
            raise requests.exceptions.ContentDecodingError("too long")
        parts.append(part)
    return b"".join(parts)


def _json(answer: requests.Response) -> Any:
    if not answer.content:
        return None
    try:
        return answer.json()
    except (ValueError, RecursionError):
        if answer.status_code < 300:
            raise garbled() from None
        return None


def _why(told: Any) -> tuple[str, str]:
    """The reason and the message of an error, "" where Spotify gives none."""
    error = told.get("error") if isinstance(told, dict) else None
    if not isinstance(error, dict):
        return "", str(error or "")
    return str(error.get("reason") or ""), str(error.get("message") or "")


def _wait(headers: Mapping[str, str], at: datetime) -> timedelta:
    """How long `Retry-After` says, in seconds or as a date."""
    given = headers.get("Retry-After", "")
    try:
        wait = timedelta(seconds=float(given))
    except (ValueError, OverflowError):
        try:
            wait = parsedate_to_datetime(given).astimezone(UTC) - at
        except (ValueError, TypeError):
            wait = timedelta(seconds=WAIT_S)
    return min(max(wait, timedelta(seconds=1)), LONGEST_WAIT)
