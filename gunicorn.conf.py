"""What `gunicorn wsgi:app` reads: the same as the packaged server."""

from museaika.web.gunicorn_conf import *  # noqa: F403
