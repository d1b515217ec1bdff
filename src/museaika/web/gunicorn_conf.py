"""How gunicorn serves MuseAIka: one process with many threads, so that a stream or a socket blocks nobody.

One process, because sockets, sittings and rates are counted in it; more of them need Redis between.
"""

from museaika.settings import load_settings

_settings = load_settings()

bind = f"{_settings.host}:{_settings.port}"
worker_class = "gthread"
workers = 1
threads = _settings.web_threads
worker_connections = 2000
keepalive = 20
timeout = 60
graceful_timeout = 5
loglevel = _settings.log_level.lower()
control_socket_disable = True  # it would lie in the home folder
