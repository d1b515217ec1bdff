"""What pydantic finds wrong, in words that people understand."""

from __future__ import annotations

from pydantic import ValidationError

from museaika.errors import FieldError, Invalid

SENTENCES = {
    "missing": "This is required.",
    "extra_forbidden": "There is no such field here. Leave it out, or check its spelling.",
    "string_type": "This must be text in quotes.",
    "string_too_short": "This must have at least {min_length} {characters}.",
    "string_too_long": "This may have at most {max_length} {characters}.",
    "string_pattern_mismatch": "This holds characters that are not taken here; it must match {pattern}.",
    "json_invalid": "This must be JSON: {error}.",
    "int_type": "This must be a whole number.",
    "int_parsing": "This must be a whole number.",
    "int_parsing_size": "This number is too large.",
    "int_from_float": "This must be a whole number.",
    "float_type": "This must be a number.",
    "float_parsing": "This must be a number.",
    "finite_number": "This must be a finite number.",
    "bool_type": "This must be true or false.",
    "bool_parsing": "This must be true or false.",
    "list_type": "This must be a list.",
    "dict_type": "This must be an object.",
    "model_type": "This must be a JSON object.",
    "model_attributes_type": "This must be a JSON object.",
    "too_short": "This must have at least {min_length} {items}.",
    "too_long": "This may have at most {max_length} {items}.",
    "greater_than": "This must be more than {gt}.",
    "greater_than_equal": "This must be at least {ge}.",
    "less_than": "This must be less than {lt}.",
    "less_than_equal": "This must be at most {le}.",
    "literal_error": "This must be one of {expected}.",
    "timezone_aware": "The time must name its offset, as in 2026-01-01T12:00:00Z.",
    "datetime_from_date_parsing": "This must be a time such as 2026-01-01T12:00:00Z.",
    "datetime_parsing": "This must be a time such as 2026-01-01T12:00:00Z.",
    "datetime_type": "This must be a time such as 2026-01-01T12:00:00Z.",
}
"""pydantic's kinds of error in words that people understand."""


def invalid(error: ValidationError, where: str) -> Invalid:
    """Tell everything that is wrong with what came in; `where` is body, query, path or form."""
    wrongs = tuple(
        FieldError((where, *(str(part) for part in e["loc"])), _sentence(e["type"], e["msg"], e.get("ctx", {})))
        for e in error.errors(include_url=False, include_input=False)
    )
    first = wrongs[0]
    name = ".".join(first.loc[1:]) or f"the {where}"
    more = f" ({len(wrongs) - 1} more under `errors`.)" if len(wrongs) > 1 else ""
    return Invalid(f"{name}: {first.msg}{more}", code="invalid", errors=wrongs)


def _sentence(kind: str, message: str, context: dict[str, object]) -> str:
    template = SENTENCES.get(kind)
    if template is None:
        return message.removeprefix("Value error, ")
    amount = context.get("min_length", context.get("max_length"))
    things = {"characters": "character", "items": "item"} if amount == 1 else {}
    plain = {name: f"{value:g}" if isinstance(value, float) else value for name, value in context.items()}
    return template.format(**{"characters": "characters", "items": "items", **things, **plain})
