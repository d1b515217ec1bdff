"""People, as they are asked and told."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from museaika.accounts.service import SignIn
from museaika.accounts.user import PrivacyLevel, User
from museaika.web.schemas.base import Asked, ListOf, Moment, Told


def _printable(name: str) -> str:
    if not name.isprintable():
        raise ValueError("This may not hold line breaks or control characters.")
    return name


DisplayName = Annotated[
    str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True), AfterValidator(_printable)
]


class UserTold(Told):
    """A person's own profile and preferences."""

    user_id: str
    kind: Literal["guest", "spotify"]
    display_name: str
    email: str | None
    privacy_level: PrivacyLevel
    auto_generate: bool
    image_consent: bool
    mood_shares: list[str]
    """The people who may follow this person's moods."""
    created_at: Moment
    updated_at: Moment


def tell_user(user: User) -> UserTold:
    return UserTold(
        user_id=user.user_id,
        kind=user.kind,
        display_name=user.display_name,
        email=user.email,
        privacy_level=user.preferences.privacy_level,
        auto_generate=user.preferences.auto_generate,
        image_consent=user.preferences.image_consent,
        mood_shares=list(user.mood_shares),
        created_at=user.created_at,
        updated_at=user.updated_at,
    )


class SignInTold(Told):
    """A sign-in: `access_token` goes into the Authorization header for `expires_in` seconds."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105
    expires_in: int
    refresh_token: str
    user: UserTold


def tell_sign_in(signed_in: SignIn) -> SignInTold:
    return SignInTold(
        access_token=signed_in.access_token,
        expires_in=signed_in.expires_in,
        refresh_token=signed_in.refresh_token,
        user=tell_user(signed_in.user),
    )


class SessionTold(Told):
    """One sign-in; `current` is the one that asks."""

    session_id: str
    created_at: Moment
    expires_at: Moment
    current: bool


class SessionsTold(ListOf[SessionTold]):
    """The caller's sign-ins, newest first."""


class SessionPath(Asked):
    session_id: Annotated[str, Field(min_length=1, max_length=60)]


class GuestAsked(Asked):
    """A guest needs nothing; `cookie` asks for the studio's session cookies as well."""

    display_name: DisplayName | None = None
    cookie: bool = False


class RefreshAsked(Asked):
    """The refresh token of the latest answer."""

    refresh_token: str = Field(min_length=1, max_length=500)


class ProfileAsked(Asked):
    """What to change; what is left out stays."""

    display_name: DisplayName | None = None
    privacy_level: PrivacyLevel | None = None
    auto_generate: bool | None = None
    image_consent: bool | None = None


class ShareAsked(Asked):
    """Who may follow one's moods from now on."""

    user_id: str = Field(min_length=1, max_length=100)


class SharePath(Asked):
    user_id: str


class SharesTold(Told):
    mood_shares: list[str]
