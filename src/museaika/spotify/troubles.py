"""What can go wrong with Spotify, as errors that say what to do. Nothing of ours is down because of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from museaika.clock import rfc3339
from museaika.errors import Conflict, Forbidden, Invalid, MuseAIkaError, NotFound, Unavailable

REFUSALS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "PREMIUM_REQUIRED": (
            "spotify_premium_required",
            "Spotify lets apps play music only for people with Premium. Everything else works without it.",
        ),
        "NO_ACTIVE_DEVICE": (
            "spotify_no_device",
            "No device of yours is playing Spotify. Open Spotify on one and try again, or name a device_id.",
        ),
        "NOT_REGISTERED": (
            "spotify_not_allowed",
            "This server's Spotify app is in development mode, and your account is not on its list. Ask the "
            "person who runs the server to add your Spotify e-mail address under User Management.",
        ),
        "INSUFFICIENT_SCOPE": (
            "spotify_scope_missing",
            "You have not allowed this yet. Connect Spotify again, and agree to what it asks.",
        ),
    }
)  # fmt: skip
"""Why Spotify refuses, by the reasons it gives: our code, and what a person reads."""


class Blocked(Unavailable):
    """Spotify asked us to wait, or our own budget is used up: until `retry_at` nothing is sent."""

    def __init__(self, reason: str, retry_at: datetime, at: datetime) -> None:
        self.reason, self.retry_at = reason, retry_at
        wait = max((retry_at - at).total_seconds(), 1.0)
        super().__init__(
            f"Spotify takes no requests from this server until {rfc3339(retry_at)}. Everything else works.",
            code="spotify_quota",
            retry_after_s=wait,
        )


class TokenRefused(Exception):
    """Spotify no longer takes this access token: refresh it, once."""


def reconnect() -> Conflict:
    return Conflict("Your connection to Spotify has ended. Connect it again.", code="spotify_reconnect")


def not_connected() -> Conflict:
    return Conflict(
        "You are not connected to Spotify. Begin at GET /api/v1/auth/spotify/login.",
        code="spotify_not_connected",
    )


def taken() -> Conflict:
    return Conflict(
        "This Spotify account is connected to another account here. Sign out and log in with Spotify to use "
        "that one, or disconnect it there first.",
        code="spotify_taken",
    )


def unreachable(what: str) -> Unavailable:
    return Unavailable(
        f"Spotify can't be reached ({what}). Everything else works.",
        code="spotify_unavailable",
        retry_after_s=5,
    )


def garbled() -> Unavailable:
    return Unavailable(
        "Spotify answered something that we do not understand.", code="spotify_garbled", retry_after_s=30
    )


def refusal(status: int, reason: str, message: str) -> MuseAIkaError:
    """The error for an answer of 400 to 499, by its status and the reason or message in it."""
    if status == 403 and "registered" in message.casefold():
        reason = "NOT_REGISTERED"
    elif status == 403 and "scope" in message.casefold():
        reason = "INSUFFICIENT_SCOPE"
    if reason in REFUSALS:
        code, words = REFUSALS[reason]
        return (Conflict if reason == "NO_ACTIVE_DEVICE" else Forbidden)(words, code=code)
    if status == 404:
        return NotFound("Spotify does not know it, or not any more.", code="spotify_not_found")
    if status == 403:
        return Forbidden("Spotify does not allow that for your account.", code="spotify_forbidden")
    return Invalid(f"Spotify refused the request ({status}).", code="spotify_refused")
