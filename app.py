"""For `FLASK_APP=app.py flask run`, and for `from app import create_app`."""

from museaika.web.app import create_app

__all__ = ["create_app"]
