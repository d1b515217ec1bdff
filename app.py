"""For `FLASK_APP=app.py flask run`, and for `from app import create_app`."""

import sys
from pathlib import Path

# So that it works where the requirements were installed, but MuseAIka itself was not.
sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))

from museaika.web.app import create_app

__all__ = ["create_app"]
