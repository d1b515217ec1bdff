"""The routes, one file for each resource."""

from __future__ import annotations

from museaika.web.routes import (
    auth,
    detect,
    generation,
    history,
    members,
    operations,
    player,
    playlists,
    recommendations,
    spotify,
    users,
)
from museaika.web.routes.pages import pages
from museaika.web.routing import Router

__all__ = ["all_routers", "pages"]


def all_routers() -> tuple[Router, ...]:
    return (
        auth.router,
        spotify.router,
        detect.router,
        history.router,
        recommendations.router,
        playlists.router,
        player.router,
        members.router,
        generation.router,
        users.router,
        operations.router,
        operations.root_router,
    )
