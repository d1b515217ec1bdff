"""For those who run the server: is it alive, can it work, what are its numbers."""

from __future__ import annotations

from flask import Response

from museaika import __version__
from museaika.errors import Unavailable
from museaika.web.here import metrics, services
from museaika.web.routing import Router
from museaika.web.schemas.operations import DependencyTold, HealthTold, LiveTold

router = Router("Operations", "Is it alive, can it work, what are its numbers.")
root_router = Router("Operations", "The same, where load balancers look.", at_root=True)


def health() -> HealthTold:
    """Each dependency's state"""
    return _health()


def live() -> LiveTold:
    """Whether the process answers at all"""
    return LiveTold()


def ready() -> HealthTold:
    """Whether requests should be sent here; 503 while a dependency is down"""
    state = _health()
    down = [f"{name}: {d.detail or 'down'}" for name, d in state.dependencies.items() if d.status == "down"]
    if down:
        raise Unavailable(" ".join(down), code="dependency_unavailable", retry_after_s=2)
    return state


def numbers() -> Response:
    """Prometheus metrics"""
    return metrics().page()


def _health() -> HealthTold:
    found = {
        name: DependencyTold(status=state.status, kind=state.kind, detail=state.detail)
        for name, state in services().health().items()
    }
    up = all(dependency.status == "up" for dependency in found.values())
    return HealthTold(status="ok" if up else "degraded", version=__version__, dependencies=found)


for place in (router, root_router):
    place.route("get", "/health", HealthTold, signed_in=False)(health)
    place.route("get", "/health/live", LiveTold, signed_in=False)(live)
    place.route("get", "/health/ready", HealthTold, signed_in=False)(ready)
    place.route("get", "/metrics", produces=("text/plain",), signed_in=False)(numbers)
