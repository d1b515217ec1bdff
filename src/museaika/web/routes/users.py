"""One's own profile, preferences and data."""

from __future__ import annotations

from flask import Response, send_file

from museaika.accounts.service import Caller
from museaika.web.auth import clear_cookies
from museaika.web.here import services
from museaika.web.routing import Router, respond
from museaika.web.schemas.accounts import (
    ProfileAsked,
    ShareAsked,
    SharePath,
    SharesTold,
    UserTold,
    tell_user,
)
from museaika.web.schemas.base import Deleted

router = Router("Profile", "One's own profile, preferences and data.")


@router.route("get", "/users/me", UserTold)
def profile(caller: Caller) -> UserTold:
    """The caller's profile and preferences"""
    return tell_user(caller.user)


@router.route("patch", "/users/me", UserTold)
def change_profile(caller: Caller, body: ProfileAsked) -> UserTold:
    """Change the name or the preferences; what is left out stays"""
    changes = body.model_dump(exclude_none=True)
    return tell_user(services().accounts.update(caller.user_id, changes))


@router.route("delete", "/users/me", Deleted)
def erase(caller: Caller) -> Response:
    """Erase the account and everything of it: diary, jobs, music, sign-ins"""
    services().privacy.erase(caller.user_id)
    response = respond(Deleted(deleted=1))
    clear_cookies(response)
    return response


@router.route("get", "/users/me/export", produces=("application/zip",))
def export(caller: Caller) -> Response:
    """Everything we have of the caller, as a zip of JSON files and music"""
    archive = services().privacy.export(caller.user_id)
    return send_file(archive, "application/zip", as_attachment=True, download_name="museaika-export.zip")


@router.route("post", "/users/me/mood-shares", SharesTold, fails=(404, 409))
def share_moods(caller: Caller, body: ShareAsked) -> SharesTold:
    """Let another person follow one's moods"""
    return SharesTold(
        mood_shares=list(services().accounts.share_moods(caller.user_id, body.user_id).mood_shares)
    )


@router.route("delete", "/users/me/mood-shares/<user_id>", SharesTold)
def stop_sharing(caller: Caller, path: SharePath) -> SharesTold:
    """Let another person follow one's moods no longer"""
    user = services().accounts.unshare_moods(caller.user_id, path.user_id)
    return SharesTold(mood_shares=list(user.mood_shares))
