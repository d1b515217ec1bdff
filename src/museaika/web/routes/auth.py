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
    SessionPath,
    SessionsTold,
    SessionTold,
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


@router.route("get", "/auth/sessions", SessionsTold)
def list_sessions(caller: Caller) -> SessionsTold:
    """Where the caller is signed in"""
    items = [
        SessionTold(
            session_id=one.session_id,
            created_at=one.created_at,
            expires_at=one.expires_at,
            current=one.session_id == caller.session_id,
        )
        for one in services().accounts.sessions(caller.user_id)
    ]
    return SessionsTold(items=items, next_cursor=None)


@router.route("delete", "/auth/sessions/<session_id>", Deleted)
def end_session(caller: Caller, path: SessionPath) -> Deleted:
    """Sign out there, open sockets included"""
    services().accounts.end_session(caller.user_id, path.session_id)
    return Deleted(deleted=1)


@router.route("delete", "/auth/sessions", Deleted)
def sign_out_everywhere(caller: Caller) -> Response:
    """Sign out everywhere, here too"""
    response = respond(Deleted(deleted=services().accounts.end_all_sessions(caller.user_id)))
    clear_cookies(response)
    return response
