"""Accounts: who somebody is, how long we believe it, and what they chose."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from museaika.accounts import tokens
from museaika.accounts.ports import Sessions, Users
from museaika.accounts.tokens import Claims, Tokens
from museaika.accounts.user import Preferences, Session, User
from museaika.clock import Clock, now
from museaika.errors import Conflict, Invalid, NotFound, Unauthenticated
from museaika.events import Publisher, SessionEnded

REUSE_GRACE = timedelta(seconds=10)
"""So long after a rotation the previous refresh token may come again: its answer may have got lost."""

GUEST = "Guest"
"""The name of who gave none."""
LONGEST_NAME = 80

MAX_MOOD_SHARES = 200
WRITE_ATTEMPTS = 8
PREFERENCES = frozenset(Preferences.__slots__)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A fresh sign-in: two tokens for programs, and a cookie for the studio page. `expires_in` seconds."""

    user: User
    session: Session
    access_token: str
    refresh_token: str
    expires_in: int
    cookie: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and with which sign-in."""

    user: User
    session_id: str

    @property
    def user_id(self) -> str:
        return self.user.user_id


class AccountService:
    """Signs people in and out and keeps their profiles; every way in ends in `authenticate`."""

    def __init__(
        self,
        users: Users,
        sessions: Sessions,
        publisher: Publisher,
        *,
        jwt_key: str,
        old_jwt_keys: Iterable[str] = (),
        access_minutes: int = 15,
        refresh_days: int = 30,
        clock: Clock = now,
    ) -> None:
        self._users = users
        self._sessions = sessions
        self._publisher = publisher
        self._tokens = Tokens(jwt_key, old_jwt_keys)
        self._access = timedelta(minutes=access_minutes)
        self._refresh = timedelta(days=refresh_days)
        self._clock = clock

    def guest(self, display_name: str | None = None) -> SignIn:
        """Make a guest account and sign it in."""
        return self.sign_in(self._new("guest", display_name or GUEST))

    def welcome(self, display_name: str, email: str | None) -> User:
        """Make an account for somebody who came from Spotify."""
        return self._new("spotify", display_name, email)

    def connected(self, user_id: str, display_name: str | None, email: str | None) -> User:
        """A person has connected Spotify: a guest is one no longer, and everything of theirs stays."""

        def known(user: User) -> User:
            name = display_name if display_name and user.display_name == GUEST else user.display_name
            return replace(user, kind="spotify", display_name=name, email=email or user.email)

        return self._change(user_id, known)

    def _new(self, kind: Literal["guest", "spotify"], display_name: str, email: str | None = None) -> User:
        at = self._clock()
        user = User(f"usr_{uuid.uuid4().hex}", kind, display_name[:LONGEST_NAME], at, at, email)
        self._users.create(user)
        return user

    def sign_in(self, user: User) -> SignIn:
        at = self._clock()
        session_id = f"ses_{uuid.uuid4().hex}"
        token = tokens.first_refresh(session_id)
        session = Session(session_id, user.user_id, tokens.hashed(token), at, at + self._refresh)
        self._sessions.delete_expired(at)
        self._sessions.create(session)
        return self._signed_in(user, session, token)

    def refresh(self, refresh_token: str) -> SignIn:
        """Swap a refresh token for new tokens; the one that was swapped is worth nothing afterwards.

        Seen again within `REUSE_GRACE` it gives the same successor (the answer got lost, or two tabs
        asked at once); seen later it was stolen, and the session ends for everybody who has it.

        Raises:
            Unauthenticated: code `session_revoked` or `token_invalid`.
        """
        if not refresh_token.isascii():
            raise _not_ours()
        at = self._clock()
        digest, following = tokens.hashed(refresh_token), self._tokens.next_refresh(refresh_token)
        session = self._live_session(tokens.session_of(refresh_token), at)
        user = self._users.get(session.user_id)
        if user is None:
            raise _revoked()
        if hmac.compare_digest(digest, session.refresh_hash):
            if self._sessions.rotate(
                session.session_id, expected_hash=digest, new_hash=tokens.hashed(following), at=at
            ):
                return self._signed_in(user, session, following)
            session = self._live_session(session.session_id, at)
        self._check_repeat(session, digest, at)
        return self._signed_in(user, session, following)

    def _check_repeat(self, session: Session, digest: str, at: datetime) -> None:
        """Let a repeat of the latest rotation pass; end the session when an older one comes back."""
        if session.previous_hash is None or not hmac.compare_digest(digest, session.previous_hash):
            raise _not_ours()
        if session.rotated_at is None or at - session.rotated_at > REUSE_GRACE:
            self._end(session.user_id, session.session_id)
            raise Unauthenticated(
                "This refresh token was used before, so somebody else may have it. "
                "The session was ended to be safe; sign in again.",
                code="session_revoked",
            )

    def claims(self, access_token: str) -> Claims:
        """What a signed access token says, without asking the stores. Raises Unauthenticated."""
        return self._tokens.read(access_token, audience=tokens.API, at=self._clock())

    def authenticate(self, access_token: str) -> Caller:
        """The person behind a bearer token whose session still stands. Raises Unauthenticated."""
        return self._caller(self.claims(access_token))

    def authenticate_cookie(self, cookie: str) -> Caller:
        """The person behind a session cookie. Raises Unauthenticated."""
        return self._caller(self._tokens.read(cookie, audience=tokens.STUDIO, at=self._clock()))

    def csrf_token(self, session_id: str) -> str:
        return self._tokens.csrf(session_id)

    def logout(self, caller: Caller) -> None:
        """Revoke the session, for open sockets too."""
        self._end(caller.user_id, caller.session_id)

    def sessions(self, user_id: str) -> Sequence[Session]:
        """The sign-ins of a person that still stand, newest first."""
        at = self._clock()
        return [session for session in self._sessions.of(user_id) if session.expires_at > at]

    def end_session(self, user_id: str, session_id: str) -> None:
        """Revoke one of a person's sign-ins, for its open sockets too. Raises NotFound."""
        session = self._sessions.get(session_id)
        if session is None or session.user_id != user_id:
            raise NotFound("There is no such session of yours.", code="session_not_found")
        self._end(user_id, session_id)

    def end_all_sessions(self, user_id: str) -> int:
        """Sign a person out everywhere, open sockets included; says of how many sign-ins."""
        ended = self._sessions.delete_all(user_id)
        self._publisher.publish(SessionEnded(user_id, None))
        return ended

    def get(self, user_id: str) -> User:
        user = self._users.get(user_id)
        if user is None:
            raise NotFound("There is no such user.", code="user_not_found")
        return user

    def update(self, user_id: str, changes: Mapping[str, Any]) -> User:
        """Change `display_name` or preferences (by their names in `Preferences`); others stay."""
        preferences = {name: value for name, value in changes.items() if name in PREFERENCES}
        profile = {name: value for name, value in changes.items() if name not in PREFERENCES}
        return self._change(
            user_id,
            lambda user: replace(user, **profile, preferences=replace(user.preferences, **preferences)),
        )

    def share_moods(self, user_id: str, with_user: str) -> User:
        """Let another person follow one's moods; twice is as good as once."""
        if with_user == user_id:
            raise Invalid("Your moods are yours already: name another person's user_id.", code="own_id")
        self.get(with_user)

        def add(user: User) -> User:
            if len(user.mood_shares) >= MAX_MOOD_SHARES and with_user not in user.mood_shares:
                raise Conflict(
                    f"You share your moods with {MAX_MOOD_SHARES} people, the most there can be. "
                    "Remove one first.",
                    code="too_many_shares",
                )
            return replace(user, mood_shares=tuple(dict.fromkeys((*user.mood_shares, with_user))))

        return self._change(user_id, add)

    def unshare_moods(self, user_id: str, with_user: str) -> User:
        return self._change(
            user_id,
            lambda user: replace(user, mood_shares=tuple(u for u in user.mood_shares if u != with_user)),
        )

    def may_follow(self, caller_id: str, owner_id: str) -> bool:
        """Whether the caller may see the owner's moods: one's own, or those of someone who shares them."""
        if caller_id == owner_id:
            return True
        owner = self._users.get(owner_id)
        return owner is not None and caller_id in owner.mood_shares

    def erase(self, user_id: str) -> None:
        """Forget the person and every sign-in; again does nothing."""
        self._sessions.delete_all(user_id)
        self._users.delete(user_id)
        self._publisher.publish(SessionEnded(user_id, None))

    def _change(self, user_id: str, change: Callable[[User], User]) -> User:
        """Read, change, compare and set; begin again when another write came first."""
        for _ in range(WRITE_ATTEMPTS):
            user = self.get(user_id)
            changed = change(user)
            if changed == user:
                return user
            stored = self._users.replace(
                replace(changed, updated_at=self._clock()), expected_version=user.version
            )
            if stored is not None:
                return stored
        raise Conflict("The profile is being changed from elsewhere. Try again.", code="busy")

    def _caller(self, claims: Claims) -> Caller:
        session = self._live_session(claims.session_id, self._clock())
        user = self._users.get(claims.user_id)
        if user is None or session.user_id != claims.user_id:
            raise _revoked()
        return Caller(user, session.session_id)

    def _live_session(self, session_id: str, at: datetime) -> Session:
        session = self._sessions.get(session_id)
        if session is None or session.expires_at <= at:
            raise _revoked()
        return session

    def _end(self, user_id: str, session_id: str) -> None:
        self._sessions.delete(session_id)
        self._publisher.publish(SessionEnded(user_id, session_id))

    def _signed_in(self, user: User, session: Session, refresh_token: str) -> SignIn:
        at = self._clock()
        expires_at = min(at + self._access, session.expires_at)
        access = Claims(user.user_id, session.session_id, expires_at)
        studio = Claims(user.user_id, session.session_id, session.expires_at)
        return SignIn(
            user=user,
            session=session,
            access_token=self._tokens.sign(access, audience=tokens.API, at=at),
            refresh_token=refresh_token,
            expires_in=int((expires_at - at).total_seconds()),
            cookie=self._tokens.sign(studio, audience=tokens.STUDIO, at=at),
        )


def _not_ours() -> Unauthenticated:
    return Unauthenticated("The refresh token is not valid. Sign in again.", code="token_invalid")


def _revoked() -> Unauthenticated:
    return Unauthenticated("This session has ended. Sign in again.", code="session_revoked")
