"""Tokens say who calls, for a while, to one audience, and to nobody who has not the key."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from jwt.api_jws import PyJWS

from museaika.accounts import tokens
from museaika.accounts.tokens import API, STUDIO, Claims, Tokens
from museaika.errors import Unauthenticated

KEY = "a key of thirty-two characters or more"
AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
CLAIMS = Claims("usr_1", "ses_1", AT + timedelta(minutes=15))


@pytest.fixture
def made() -> str:
    return Tokens(KEY).sign(CLAIMS, audience=API, at=AT)


def test_what_was_signed_is_read_again(made: str) -> None:
    assert Tokens(KEY).read(made, audience=API, at=AT) == CLAIMS


def test_a_token_is_good_until_its_last_second_and_no_longer(made: str) -> None:
    Tokens(KEY).read(made, audience=API, at=CLAIMS.expires_at - timedelta(seconds=1))
    with pytest.raises(Unauthenticated) as refused:
        Tokens(KEY).read(made, audience=API, at=CLAIMS.expires_at)
    assert refused.value.code == "token_expired"


def test_another_audience_another_key_and_another_issuer_are_refused(made: str) -> None:
    foreign = jwt.encode({**_payload(made), "iss": "somebody"}, KEY, "HS256")
    for token, audience, key in ((made, STUDIO, KEY), (made, API, KEY[::-1]), (foreign, API, KEY)):
        with pytest.raises(Unauthenticated) as refused:
            Tokens(key).read(token, audience=audience, at=AT)
        assert refused.value.code == "token_invalid"


def test_after_the_key_was_changed_old_tokens_are_read_and_new_ones_are_signed_with_the_new_key(
    made: str,
) -> None:
    changed = Tokens(KEY[::-1], [KEY])
    assert changed.read(made, audience=API, at=AT) == CLAIMS
    fresh = changed.sign(CLAIMS, audience=API, at=AT)
    assert Tokens(KEY[::-1]).read(fresh, audience=API, at=AT) == CLAIMS
    with pytest.raises(Unauthenticated):
        Tokens(KEY).read(fresh, audience=API, at=AT)


@pytest.mark.parametrize("key_id", ["", "00000000", 7, None, ["a"], "../../etc/passwd"])
def test_an_unknown_key_id_is_refused(made: str, key_id: object) -> None:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": key_id}).encode()).rstrip(b"=").decode()
    with pytest.raises(Unauthenticated):
        Tokens(KEY).read(head + made[made.index(".") :], audience=API, at=AT)


def test_no_other_algorithm_is_believed(made: str) -> None:
    payload = _payload(made)
    unsigned = jwt.encode(payload, None, "none")
    stronger = jwt.encode(payload, KEY * 2, "HS512")
    own_kind = jwt.encode(payload, KEY * 2, "HS384")
    for token in (unsigned, stronger, own_kind):
        with pytest.raises(Unauthenticated):
            Tokens(KEY).read(token, audience=API, at=AT)


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "sid", "iat", "exp"])
def test_a_token_that_leaves_something_out_is_refused(made: str, missing: str) -> None:
    payload = {name: value for name, value in _payload(made).items() if name != missing}
    with pytest.raises(Unauthenticated):
        Tokens(KEY).read(jwt.encode(payload, KEY, "HS256"), audience=API, at=AT)


def _part(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


BOTTOMLESS = f"{_part('[' * 3000)}.{_part('{}')}.x"
GARBAGE = ["", ".", "..", "a.b", "a.b.c", "\ud800", "é.é.é", "x" * 10_000, BOTTOMLESS]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_is_refused_and_breaks_nothing(garbage: str) -> None:
    with pytest.raises(Unauthenticated):
        Tokens(KEY).read(garbage, audience=API, at=AT)


@pytest.mark.parametrize(
    "odd",
    [{"exp": 1e30}, {"exp": "soon"}, {"exp": None}, {"exp": -1e30}, {"sub": 7}, {"aud": {}}, {"sid": None}],
)
def test_odd_times_and_names_are_refused(made: str, odd: dict[str, object]) -> None:
    payload = json.dumps({**_payload(made), **odd}).encode()
    with pytest.raises(Unauthenticated):
        Tokens(KEY).read(PyJWS().encode(payload, KEY, "HS256"), audience=API, at=AT)


def _payload(token: str) -> dict[str, object]:
    payload: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    return payload


def test_the_next_refresh_token_follows_from_this_one_and_the_key() -> None:
    first = tokens.first_refresh("ses_1")
    assert tokens.session_of(first) == "ses_1"
    assert Tokens(KEY).next_refresh(first) == Tokens(KEY).next_refresh(first)
    assert Tokens(KEY).next_refresh(first) != Tokens(KEY[::-1]).next_refresh(first)
    assert tokens.session_of(Tokens(KEY).next_refresh(first)) == "ses_1"
    assert tokens.first_refresh("ses_1") != first


def test_each_session_has_a_csrf_value_of_its_own() -> None:
    assert Tokens(KEY).csrf("ses_1") == Tokens(KEY).csrf("ses_1") != Tokens(KEY).csrf("ses_2")
