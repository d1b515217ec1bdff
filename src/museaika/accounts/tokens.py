"""The two kinds of token: short JWTs that say who calls, and refresh tokens that are worth one use.

An access token (and the session cookie, which is the same thing for another audience) is signed, not
stored. A refresh token is `<session id>.<secret>`; the store keeps its SHA-256 alone. The next refresh token
is derived from the present one with the server's key, so that a repeat of a refresh whose answer got lost
gives the same token again without anybody keeping it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import jwt

from museaika.errors import Unauthenticated

ISSUER = "museaika"
ALGORITHM = "HS256"
CLAIMS = ("iss", "aud", "sub", "sid", "iat", "exp")
Audience = Literal["museaika-api", "museaika-studio"]
API: Audience = "museaika-api"
STUDIO: Audience = "museaika-studio"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a signed token says: whose it is, from which sign-in, and until when it is good."""

    user_id: str
    session_id: str
    expires_at: datetime


class Tokens:
    """Makes tokens with the server's key (32 characters or more) and reads them, also those that were signed
    with an `old` key: the id of its key stands in each token."""

    def __init__(self, key: str, old: Iterable[str] = ()) -> None:
        self._key = key.encode()
        self._keys = {_key_id(each): each.encode() for each in (*old, key)}

    def sign(self, claims: Claims, *, audience: Audience, at: datetime) -> str:
        payload = {
            "iss": ISSUER,
            "aud": audience,
            "sub": claims.user_id,
            "sid": claims.session_id,
            "iat": int(at.timestamp()),
            "exp": int(claims.expires_at.timestamp()),
        }
        key_id = _key_id(self._key.decode())
        return jwt.encode(payload, self._key, algorithm=ALGORITHM, headers={"kid": key_id})

    def read(self, token: str, *, audience: Audience, at: datetime) -> Claims:
        """Check a token's signature, issuer, audience and time.

        Raises:
            Unauthenticated: code `token_expired` or `token_invalid`.
        """
        try:
            payload = jwt.decode(
                token,
                self._keys[jwt.get_unverified_header(token).get("kid", _key_id(self._key.decode()))],
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=audience,
                options={"require": list(CLAIMS), "verify_exp": False, "verify_iat": False},
            )
            claims = Claims(
                str(payload["sub"]), str(payload["sid"]), datetime.fromtimestamp(int(payload["exp"]), UTC)
            )
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, OverflowError, OSError, RecursionError):
            raise Unauthenticated(
                "The access token is not one of ours. Sign in again.", code="token_invalid"
            ) from None
        if claims.expires_at <= at:
            raise Unauthenticated(
                "The access token has expired. Get a new one from POST /api/v1/auth/refresh.",
                code="token_expired",
            )
        return claims

    def csrf(self, session_id: str) -> str:
        """The value that a page of ours sends back in `X-CSRF-Token`; another site can't know it."""
        return self._mac(f"csrf:{session_id}")

    def next_refresh(self, token: str) -> str:
        """The refresh token that follows `token` in the same session."""
        return f"{session_of(token)}.{self._mac(f'refresh:{token}')}"

    def _mac(self, message: str) -> str:
        digest = hmac.new(self._key, message.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def first_refresh(session_id: str) -> str:
    return f"{session_id}.{secrets.token_urlsafe(32)}"


def session_of(refresh_token: str) -> str:
    return refresh_token.partition(".")[0]


def hashed(refresh_token: str) -> str:
    return hashlib.sha256(refresh_token.encode("utf-8", "surrogatepass")).hexdigest()


def _key_id(key: str) -> str:
    return hashlib.sha256(b"museaika.jwt\0" + key.encode()).hexdigest()[:8]
