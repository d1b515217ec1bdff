"""Signing in, staying signed in, signing out."""

from __future__ import annotations

from flask import Response

from museaika.accounts.service import Caller
from museaika.errors import Forbidden
from museaika.web.auth import clear_cookies, set_cookies
from museaika.web.here import services
from museaika.web.routing import Router, respond
from museaika.web.schemas.accounts import (
    GuestAsked,
    RefreshAsked,
    SignInTold,
    UserTold,
    tell_sign_in,
    tell_user,
)
from museaika.web.schemas.base import Deleted

router = Router("Accounts", "Who calls, and for how long we believe it.")


@router.route("post", "/auth/guest", SignInTold, signed_in=False, fails=(403,))
def sign_in_guest(body: GuestAsked) -> Response:
    """Make a guest account and sign it in"""
    if not services().settings.guests_enabled:
        raise Forbidden(
            "This server does not take guests. Its operator can allow them with ENABLE_GUESTS=true.",
            code="guests_disabled",
        )
    signed_in = services().accounts.guest(body.display_name)
    response = respond(tell_sign_in(signed_in))
    if body.cookie:
        set_cookies(response, signed_in)
    return response


@router.route("post", "/auth/refresh", SignInTold, signed_in=False, fails=(401,))
def refresh(body: RefreshAsked) -> SignInTold:
    """Swap the refresh token for new tokens; each is good once"""
    return tell_sign_in(services().accounts.refresh(body.refresh_token))


@router.route("get", "/auth/me", UserTold)
def who_am_i(caller: Caller) -> UserTold:
    """Who the token belongs to"""
    return tell_user(caller.user)


@router.route("post", "/auth/logout", Deleted)
def sign_out(caller: Caller) -> Response:
    """Revoke this session, for open sockets too"""
    services().accounts.logout(caller)
    response = respond(Deleted(deleted=1))
    clear_cookies(response)
    return response
