"""Whatever a client sends, it gets an answer in words, and never a fault of ours."""

from __future__ import annotations

import io

import pytest
from gunicorn.http.errors import InvalidChunkSize, NoMoreData

JSON = {"Content-Type": "application/json"}

GARBAGE = {
    "nothing": b"",
    "a brace": b"{",
    "no object": b"[]",
    "a word": b'"happy"',
    "null": b"null",
    "a number": b"17",
    "invalid UTF-8": b'{"text": "\xff\xfe"}',
    "another encoding": '{"text": "hi"}'.encode("utf-16"),
    "not a number": b'{"mood": NaN, "valence": NaN, "arousal": Infinity, "text": -Infinity}',
    "beyond floats": b'{"valence": 1e999, "arousal": 1e999, "tempo": 1e999, "mood": "calm"}',
    "half a character": b'{"text": "\\ud800", "mood": "\\udfff", "user_id": "\\ud800", "refresh_token": "a"}',
    "a giant integer": b'{"seed": ' + b"9" * 5000 + b', "mood": "calm"}',
    "bottomless lists": b'{"text": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "bottomless objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "an unknown field": b'{"wombat": true}',
    "wrong types": b'{"text": {}, "texts": "x", "mood": [], "user_id": 3, "refresh_token": {}, "cookie": 1}',
    "only a null": b'{"text": null, "texts": null, "mood": null, "user_id": null, "display_name": 4}',
    "control characters": b'{"mood": "\\u0000\\u0007", "user_id": "\\u0000", "display_name": "\\u0000"}',
    "a long word": b'{"mood": "' + b"x" * 100_000 + b'"}',
}
"""None of these is good input for any route that takes a body."""

HARMLESS = {
    ("/auth/guest", "nothing"),
    ("/users/me", "nothing"),
    ("/playlists/pl_1", "nothing"),
    ("/playlists/pl_1/invitations", "nothing"),
    ("/playlists/pl_1/export/spotify", "nothing"),
    ("/playlists/import/spotify", "nothing"),
    ("/player/play", "nothing"),
}
"""An empty body means `{}` where every field may be left out."""

BODY_ROUTES = [
    ("POST", "/auth/guest"),
    ("POST", "/auth/refresh"),
    ("PATCH", "/users/me"),
    ("POST", "/users/me/mood-shares"),
    ("POST", "/detect/sentiment"),
    ("POST", "/detect/manual"),
    ("PATCH", "/detect/history/mood_1"),
    ("POST", "/recommendations/feedback"),
    ("POST", "/playlists"),
    ("PUT", "/playlists/pl_1"),
    ("POST", "/playlists/pl_1/edits"),
    ("POST", "/playlists/pl_1/collaborators"),
    ("PUT", "/playlists/pl_1/owner"),
    ("POST", "/playlists/pl_1/invitations"),
    ("POST", "/invitations/look"),
    ("POST", "/invitations/accept"),
    ("POST", "/playlists/import/spotify"),
    ("POST", "/playlists/pl_1/export/spotify"),
    ("POST", "/player/play"),
    ("POST", "/generate"),
]


LISTS = ("/playlists", "/playlists/pl_1")
"""A full list is a large body."""


def refused(answer, *statuses: int) -> None:
    """A 4xx in the envelope, with a sentence."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:300])
    assert not statuses or answer.status_code in statuses, (answer.status_code, answer.text[:300])
    body = answer.get_json()
    assert body["success"] is False
    error = body["error"]
    assert error["status"] == answer.status_code
    assert error["detail"].strip()
    assert error["detail"][-1] in ".)}?" or " " in error["detail"]
    assert error["request_id"] == answer.headers["X-Request-Id"]


def test_the_list_of_routes_that_take_a_body_is_complete(app):
    declared = {
        (method.upper(), path.removeprefix("/api/v1").format(mood_id="mood_1", playlist_id="pl_1"))
        for path, item in app.api_doc["paths"].items()
        for method, operation in item.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    assert declared == set(BODY_ROUTES)


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_refused_in_words_by_every_route_that_takes_a_body(one_person, name):
    for method, path in BODY_ROUTES:
        if (path, name) in HARMLESS:
            continue
        refused(one_person.request(method, path, data=GARBAGE[name], headers=JSON), 400, 422)


def test_only_json_that_cannot_be_parsed_is_a_400(one_person):
    unparsable = {"a brace", "invalid UTF-8", "not a number", "half a character", "bottomless lists"}
    for name in unparsable:
        refused(one_person.post("/detect/manual", data=GARBAGE[name], headers=JSON), 400)
    for name in ("no object", "beyond floats", "an unknown field", "wrong types"):
        refused(one_person.post("/detect/manual", data=GARBAGE[name], headers=JSON), 422)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", "", "garbage"])
def test_a_body_of_another_type_is_refused(one_person, kind):
    for method, path in BODY_ROUTES:
        refused(one_person.request(method, path, data=b'{"mood": "calm"}', headers={"Content-Type": kind}), 415)


def test_a_body_too_large_is_refused_before_it_is_read(one_person):
    class Unreadable(io.BytesIO):
        def read(self, *_):
            raise AssertionError("it was read")

    def claiming(size: int) -> dict[str, object]:
        return {"CONTENT_LENGTH": str(size), "wsgi.input": Unreadable()}

    for method, path in BODY_ROUTES:
        size = 3_000_000 if path in LISTS else 300_000
        refused(one_person.request(method, path, headers=JSON, environ_overrides=claiming(size)), 413)
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    refused(one_person.post("/detect/emotion", headers=form, environ_overrides=claiming(11_000_000)), 413)


def test_a_body_without_a_length_is_cut_off_at_the_limit(one_person):
    endless = {"wsgi.input": io.BytesIO(b" " * 300_000), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    refused(one_person.post("/detect/manual", headers=JSON, environ_overrides=endless), 413)


class Broken(io.RawIOBase):
    """A stream that breaks off, as one of a badly chunked body does."""

    def readable(self) -> bool:
        return True

    def __init__(self, trouble: Exception) -> None:
        self.trouble = trouble

    def read(self, *_):
        raise self.trouble

    readinto = read


@pytest.mark.parametrize("trouble", [OSError("gone"), InvalidChunkSize(b"zz"), NoMoreData()])
def test_a_body_that_breaks_off_is_told_so(one_person, trouble):
    broken = {"wsgi.input": Broken(trouble), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    refused(one_person.post("/detect/manual", headers=JSON, environ_overrides=broken), 400)
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    refused(one_person.post("/detect/emotion", headers=form, environ_overrides=broken), 400)


FORMS = {
    "no boundary": ("multipart/form-data", b"--x\r\n"),
    "no parts": ("multipart/form-data; boundary=x", b""),
    "cut short": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="image"\r\n',
    ),
    "binary": ("multipart/form-data; boundary=x", bytes(range(256))),
    "many parts": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 500 + b"--x--\r\n",
    ),
    "JSON": ("application/json", b'{"image": "x", "consent": true}'),
    "urlencoded": ("application/x-www-form-urlencoded", b"image=x&consent=true"),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_is_none_is_refused(one_person, name):
    kind, body = FORMS[name]
    refused(one_person.post("/detect/emotion", data=body, headers={"Content-Type": kind}), 400, 413, 415, 422)


@pytest.mark.parametrize(
    "fields",
    [{"consent": "perhaps"}, {"boxes": "[[1,2,3]]"}, {"boxes": "[1]"}, {"boxes": "{"},
     {"boxes": "[[-1,0,5,5]]"}, {"boxes": "[[1,2,3,4e9]]"}, {"detail": "finest"}, {"session_id": "a b"},
     {"text": "x" * 5001}, {"wombat": "1"}, {"boxes": "[" * 30_000}, {"boxes": str([[1, 2, 3, 4]] * 65)}],
)  # fmt: skip
def test_a_wrong_field_of_the_form_is_refused(one_person, fields):
    data = {"image": (io.BytesIO(b"face"), "a.jpg"), "consent": "true", **fields}
    refused(one_person.post("/detect/emotion", data=data, content_type="multipart/form-data"), 422)


def test_an_image_sent_as_a_field_is_refused(one_person):
    data = {"image": "not a file", "consent": "true"}
    refused(one_person.post("/detect/emotion", data=data, content_type="multipart/form-data"), 422)


QUERIES = [
    ("/detect/history", ["limit=0", "limit=101", "limit=1e3", "limit=", "cursor=zzz", "cursor=",
                         "from=yesterday", "from=2026-01-01", "to=2026-01-01T12:00:00",
                         "source=dream", "bucket=year", "wombat=1",
                         "cursor=%ff%fe", "from=9999-99-99T00:00:00Z",
                         "from=0001-01-01T00:00:00%2B14:00", "to=9999-12-31T23:59:59-14:00"]),
    ("/recommendations", ["mood=hapy", "limit=-1", "goal=sleep", "target=nowhere", "path=long", "discover=2",
                          "discover=nan", "language=klingon", "cursor=zzz", "cursor=W10", "cursor=WzEsMl0",
                          "mood=%00", "mood=calm&goal=lift&target=happy", "cursor=WzFlOTk5LG51bGwsMCwwXQ"]),
    ("/playlists", ["limit=x", "cursor=zzz", "title=x"]),
    ("/playlists/pl_1/edits", ["since=-1", "since=x", "cursor=", "since=1&limit=501", "since=" + "9" * 30]),
    ("/playlists/pl_1/tracks", ["limit=0", "cursor=%ff", "cursor=a"]),
    ("/generate", ["limit=x", "cursor=zzz", "cursor=" + "a" * 600]),
    ("/generate/gen_x/download", ["format=ogg", "variation=0", "variation=x", "token="]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "query"), [(path, query) for path, queries in QUERIES for query in queries])
def test_a_wrong_query_is_refused(one_person, path, query):
    refused(one_person.get(f"{path}?{query}"), 422)


HEADERS = [
    {"Authorization": "Basic abc"}, {"Authorization": "Bearer"}, {"Authorization": "Bearer a.b.c"},
    {"Authorization": "Bearer " + "W" * 6000}, {"Authorization": "Bearer \xe9"}, {"Authorization": ""},
    {"Authorization": "Bearer " + "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."},
]  # fmt: skip


@pytest.mark.parametrize("headers", HEADERS)
def test_a_token_that_is_none_is_a_401(app, headers):
    answer = app.test_client().get("/api/v1/auth/me", headers=headers)
    refused(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_odd_headers_do_no_harm(one_person):
    for headers in (
        {"X-Request-Id": "a b\tc"}, {"X-Request-Id": "x" * 5000}, {"Accept": "\xff;;;q=z"},
        {"Range": "bytes=z"},
        {"If-None-Match": '"""'}, {"Origin": "null"}, {"Origin": "http://[::1"}, {"Idempotency-Key": "x"},
        {"Cookie": "museaika_session=\xff; =; ;;"}, {"Content-Length": "0"}, {"Accept-Language": "x" * 4000},
    ):  # fmt: skip
        answer = one_person.get("/auth/me", headers=headers)
        assert answer.status_code == 200, (headers, answer.text)
    for key in ("", " ", "x" * 256, "snö"):
        answer = one_person.post("/generate", json={"mood": "calm"}, headers={"Idempotency-Key": key})
        refused(answer, 422)


def test_wrong_addresses_and_methods_are_told_in_the_envelope(app, one_person):
    refused(one_person.get("/nowhere"), 404)
    refused(one_person.get("/auth/spotify/login"), 404)
    refused(one_person.get("/detect/history/%00"), 404, 405)
    refused(one_person.delete("/detect/history/%ff%fe"), 404)
    refused(one_person.get("/generate/" + "x" * 200), 422)
    wrong_method = one_person.delete("/moods")
    refused(wrong_method, 405)
    assert "GET" in wrong_method.headers["Allow"]
    refused(app.test_client().get("/studio/../../../etc/passwd"), 404)
    refused(app.test_client().get("/docs/..%2f..%2fapp.py"), 404)
    assert one_person.request("HEAD", "/auth/me").status_code == 200
    assert one_person.request("OPTIONS", "/generate").status_code == 200
    refused(one_person.request("TRACE", "/generate"), 405)
