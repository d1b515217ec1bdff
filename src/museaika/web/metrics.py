"""Numbers for Prometheus: what was asked and how long it took, jobs, sockets."""

from __future__ import annotations

import time

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    GC_COLLECTOR,
    PLATFORM_COLLECTOR,
    PROCESS_COLLECTOR,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from museaika.events import Event, JobEnded, JobProgressed, MoodRead, Publisher

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """One app's numbers. Routes are named by their pattern, so that ids do not multiply them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
            self.registry.register(collector)
        self.requests = Histogram(
            "museaika_request_seconds",
            "Time to answer a request",
            ("route", "method", "status"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.moods = Counter("museaika_moods_read", "Moods read", ("mood",), registry=self.registry)
        self.jobs = Counter(
            "museaika_jobs_ended", "Generation jobs that ended", ("status",), registry=self.registry
        )
        self.job_steps = Counter("museaika_job_progress", "Steps that jobs reported", registry=self.registry)
        self.spotify = Histogram(
            "museaika_spotify_request_seconds",
            "Time that Spotify took to answer",
            ("endpoint", "outcome"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.sockets = Gauge("museaika_sockets_open", "Sockets that are connected", registry=self.registry)
        self.sockets_dropped = Counter(
            "museaika_sockets_dropped", "Sockets that we closed", ("reason",), registry=self.registry
        )

    def spotify_answered(self, endpoint: str, outcome: str, seconds: float) -> None:
        self.spotify.labels(endpoint, outcome).observe(seconds)

    def watch(self, app: Flask, bus: Publisher) -> None:
        app.before_request(_start)
        app.after_request(self._count)
        bus.subscribe(self._heard)

    def page(self) -> Response:
        return Response(generate_latest(self.registry), content_type=CONTENT_TYPE_LATEST)

    def _count(self, response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "nowhere"
        spent = time.perf_counter() - g.get("started", time.perf_counter())
        self.requests.labels(route, request.method, response.status_code).observe(spent)
        return response

    def _heard(self, event: Event) -> None:
        if isinstance(event, MoodRead):
            self.moods.labels(event.mood).inc()
        elif isinstance(event, JobEnded):
            self.jobs.labels(event.status).inc()
        elif isinstance(event, JobProgressed):
            self.job_steps.inc()


def _start() -> None:
    g.started = time.perf_counter()
