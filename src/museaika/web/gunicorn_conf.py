"""How gunicorn serves MuseAIka: one process with many threads, so that a stream or a socket blocks nobody.

One process, because sockets, sittings and rates are counted in it; more of them need Redis between.
"""

import logging
from typing import Any

from museaika.settings import load_settings
from museaika.telemetry import configure_logging

_settings = load_settings()

bind = f"{_settings.host}:{_settings.port}"
worker_class = "gthread"
workers = 1
threads = _settings.web_threads
worker_connections = 2000
keepalive = 20
timeout = 60
graceful_timeout = 5
loglevel = "info" if _settings.log_level == "DEBUG" else "warning"  # its own words; ours are below
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {},
    "root": {"handlers": []},
    "loggers": {name: {"handlers": [], "propagate": True} for name in ("gunicorn.error", "gunicorn.access")},
}
control_socket_disable = True  # it would lie in the home folder


def on_starting(_: Any) -> None:
    """Log as all of MuseAIka does; the processes that are forked later inherit it. Addresses are not
    logged, because signed links carry their token in them."""
    configure_logging(_settings.log_level, _settings.log_format)
    logging.getLogger("gunicorn.access").disabled = True
