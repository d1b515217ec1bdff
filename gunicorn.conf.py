"""What `gunicorn wsgi:app` reads: the same as the packaged server."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))

from museaika.web.gunicorn_conf import *  # noqa: F403
