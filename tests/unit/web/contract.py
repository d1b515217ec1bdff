"""Checks answers against the API page: what `/openapi.json` says of a route is what the route does."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from jsonschema import Draft202012Validator as Validator
from werkzeug.exceptions import HTTPException


def check(app: Flask, method: str, path: str, answer: Any) -> str | None:
    """Fail unless the answer is one that the page announces; returns the operation, such as `GET /moods`."""
    template = _template(app, method, path.partition("?")[0])
    if template is None:
        return None
    spec = app.api_doc
    operation = spec["paths"].get(template, {}).get(method.lower())
    if operation is None:
        return None
    if answer.status_code in (206, 304):  # HTTP's own, of a 200
        return f"{method} {template}"
    told = operation["responses"].get(str(answer.status_code))
    assert told, f"{method} {template} does not announce {answer.status_code}: {answer.text[:300]}"
    assert answer.mimetype in told["content"], (answer.mimetype, list(told["content"]))
    if answer.mimetype == "application/json":
        schema = told["content"]["application/json"]["schema"]
        whole = {**schema, "components": spec["components"]}
        Validator(whole, format_checker=Validator.FORMAT_CHECKER).validate(answer.get_json())
    return f"{method} {template}"


def _template(app: Flask, method: str, path: str) -> str | None:
    try:
        rule, _ = app.url_map.bind("localhost").match(path, method, return_rule=True)
    except HTTPException:
        return None
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
