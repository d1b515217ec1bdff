"""The API page is the truth: it is valid, whole, and every route does what it says."""

from __future__ import annotations

import io
import re

import pytest
from tests.unit.web import contract
from tests.unit.web.conftest import Person

WITH_SPOTIFY = re.compile(
    r"/api/v1/(spotify|player)/|/(login|callback)$|(export|import)/spotify|delete .*/auth/spotify"
)
"""What answers well only with a Spotify app: tests/integration/web/test_spotify.py holds it to the page."""


@pytest.fixture
def answers(app, services):
    """One good answer of every operation, by its name."""
    person, other = Person(app), Person(app)
    heard = {}

    def say(method, path, **options):
        headers = {"Authorization": f"Bearer {person.token}", **options.pop("headers", {})}
        answer = app.test_client().open(path, method=method, headers=headers, **options)
        heard[contract.check(app, method, path, answer)] = answer
        return answer

    base = "/api/v1"
    say("POST", f"{base}/auth/guest", json={"display_name": "Ada"})
    say("POST", f"{base}/auth/refresh", json={"refresh_token": person.refresh_token})
    say("GET", f"{base}/auth/me")
    say("GET", f"{base}/auth/spotify")
    once_more = services.accounts.sign_in(services.accounts.get(person.user_id))
    say("GET", f"{base}/auth/sessions")
    say("DELETE", f"{base}/auth/sessions/{once_more.session.session_id}")
    say("GET", f"{base}/users/me")
    say("PATCH", f"{base}/users/me", json={"privacy_level": "full", "image_consent": True})
    say("POST", f"{base}/users/me/mood-shares", json={"user_id": other.user_id})
    say("DELETE", f"{base}/users/me/mood-shares/{other.user_id}")
    say("GET", f"{base}/moods")
    say("POST", f"{base}/detect/sentiment", json={"texts": ["calm and happy", "sad"], "explain": True})
    say("POST", f"{base}/detect/emotion", data={"image": (io.BytesIO(b"face"), "me.jpg")})
    mood = say("POST", f"{base}/detect/manual", json={"mood": "scared"}).get_json()["data"]
    say("GET", f"{base}/detect/history?limit=2")
    say("GET", f"{base}/detect/history?bucket=week")
    say("PATCH", f"{base}/detect/history/{mood['mood_id']}", json={"valence": 0.5, "arousal": -0.5})
    track = say("GET", f"{base}/recommendations?goal=lift&limit=3").get_json()["data"]["items"][0]
    said = {"track_id": track["track_id"], "verdict": "like", "mood": "happy"}
    say("POST", f"{base}/recommendations/feedback", json=said)
    say("GET", f"{base}/recommendations/mixes?hour=20")
    say("GET", f"{base}/recommendations/feedback")
    say("DELETE", f"{base}/recommendations/feedback/{track['track_id']}")
    asked = {"from_mood": "sad", "tracks": [track["track_id"]]}
    made = f"{base}/playlists/" + say("POST", f"{base}/playlists", json=asked).get_json()["data"]["id"]
    say("GET", f"{base}/playlists")
    say("GET", made)
    say("GET", f"{made}/tracks?limit=2")
    say("PUT", made, json={"title": "Rain"}, headers={"If-Match": '"1"'})
    say("POST", f"{made}/edits", json={"action": "describe", "data": {"description": "d"}})
    say("GET", f"{made}/edits?since=1")
    say("GET", f"{made}/moods")
    say("GET", f"{made}/cover")
    say("POST", f"{made}/collaborators", json={"user_id": other.user_id})
    invited = say("POST", f"{made}/invitations", json={"role": "reader"}).get_json()["data"]
    say("GET", f"{made}/invitations")
    say("POST", f"{base}/invitations/look", json={"token": invited["token"]})
    say("POST", f"{base}/invitations/accept", json={"token": invited["token"]})
    say("DELETE", f"{made}/invitations/{invited['id']}")
    say("PUT", f"{made}/owner", json={"user_id": person.user_id})
    say("DELETE", f"{made}/collaborators/{other.user_id}")
    say("DELETE", made)
    say("DELETE", f"{base}/detect/history/{mood['mood_id']}")
    say("DELETE", f"{base}/detect/history")
    say("GET", f"{base}/generate/options")
    job = say("POST", f"{base}/generate", json={"mood": "calm"}).get_json()["data"]["job_id"]
    services.worker.run_one()
    say("GET", f"{base}/generate")
    say("GET", f"{base}/generate/{job}")
    say("GET", f"{base}/generate/{job}/events")
    say("GET", f"{base}/generate/{job}/download")
    say("GET", f"{base}/users/me/export")
    say("DELETE", f"{base}/generate/{job}")
    for place in ("", base):
        for name in ("health", "health/live", "health/ready", "metrics"):
            say("GET", f"{place}/{name}")
    say("POST", f"{base}/auth/logout")
    person = Person(app)
    say("DELETE", f"{base}/auth/sessions")
    person = other
    say("DELETE", f"{base}/users/me")
    return heard


def test_every_operation_answers_as_the_page_says(app, answers):
    announced = {
        f"{method.upper()} {path}"
        for path, item in app.api_doc["paths"].items()
        for method in item
        if not WITH_SPOTIFY.search(f"{method} {path}")
    }
    assert set(answers) == announced
    for operation, answer in answers.items():
        assert answer.status_code in (200, 201, 202), (operation, answer.text)


def test_answers_wear_the_envelope_with_milliseconds(answers):
    for operation, answer in answers.items():
        if answer.mimetype == "application/json":
            body = answer.get_json()
            assert set(body) == {"success", "data", "timestamp"}, operation
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["timestamp"]), operation


def test_the_page_is_valid_openapi_and_says_who_may_call(client):
    spec = client.get("/openapi.json").get_json()
    assert spec == client.get("/api/v1/openapi.json").get_json()
    assert spec["openapi"].startswith("3.1")
    known = set(spec["components"]["schemas"])
    assert _references(spec) <= {f"#/components/schemas/{name}" for name in known}
    ids = [op["operationId"] for item in spec["paths"].values() for op in item.values()]
    assert len(ids) == len(set(ids))
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            assert operation["summary"], (method, path)
            named = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
            assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}
    assert "security" not in spec["paths"]["/api/v1/moods"]["get"]
    assert spec["paths"]["/api/v1/generate"]["post"]["security"] == [{"bearer": []}, {"cookie": []}]


def _references(node):
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(_references(value) for value in node.values()))
    return set().union(*(_references(value) for value in node)) if isinstance(node, list) else set()


def test_the_docs_page_loads_nothing_from_outside(client):
    page = client.get("/docs")
    assert page.status_code == 200
    assert "http" not in page.text.replace("http-equiv", "")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "connect-src 'self'" in policy
    assert client.get("/docs/start.js").mimetype == "text/javascript"
    bundle = client.get("/docs/scalar.standalone.js")
    assert bundle.status_code == 200
    assert len(bundle.data) > 1_000_000
