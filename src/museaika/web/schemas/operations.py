"""How the server is."""

from __future__ import annotations

from typing import Literal

from museaika.web.schemas.base import Told


class DependencyTold(Told):
    """One thing the server leans on: `kind` names the back end, `detail` says what is wrong with it. What the
    server can do without is `degraded` at worst."""

    status: Literal["up", "degraded", "down"]
    kind: str
    detail: str | None


class HealthTold(Told):
    """`ok`, or `degraded` when something it leans on is not up."""

    status: Literal["ok", "degraded"]
    version: str
    dependencies: dict[str, DependencyTold]


class LiveTold(Told):
    status: Literal["ok"] = "ok"
