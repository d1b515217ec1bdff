"""Who may do what: one table of every route and every socket event, tried in every role.

A route or an event that is missing from the table fails the test, so nobody adds one without saying whose it
is. Strangers come twice: one who guesses the id of a thing, and one who has no account at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.unit.web.conftest import Person

ANYBODY, SELF = "anybody", "self"
"""`anybody` needs no account; `self` concerns the caller alone, and names nothing that could be another's."""
MOOD, JOB, SESSION = "mood", "job", "session"
"""Things that have one owner and do not exist for others."""
READ, EDIT, OWN = "read a list", "edit a list", "own a list"

ALL = {
    ("GET", "/"): ANYBODY, ("GET", "/studio/<path:name>"): ANYBODY, ("GET", "/docs"): ANYBODY,
    ("GET", "/docs/<path:name>"): ANYBODY, ("GET", "/openapi.json"): ANYBODY, ("GET", "/health"): ANYBODY,
    ("GET", "/health/live"): ANYBODY, ("GET", "/health/ready"): ANYBODY, ("GET", "/metrics"): ANYBODY,
    ("GET", "/socket.io/"): ANYBODY, ("POST", "/socket.io/"): ANYBODY,
    ("GET", "/api/v1/openapi.json"): ANYBODY, ("GET", "/api/v1/health"): ANYBODY,
    ("GET", "/api/v1/health/live"): ANYBODY, ("GET", "/api/v1/health/ready"): ANYBODY,
    ("GET", "/api/v1/metrics"): ANYBODY, ("GET", "/api/v1/moods"): ANYBODY,
    ("GET", "/api/v1/generate/options"): ANYBODY,
    ("POST", "/api/v1/auth/guest"): ANYBODY, ("POST", "/api/v1/auth/refresh"): ANYBODY,
    ("GET", "/api/v1/auth/spotify/login"): ANYBODY, ("GET", "/api/v1/auth/spotify/callback"): ANYBODY,

    ("GET", "/api/v1/auth/me"): SELF, ("POST", "/api/v1/auth/logout"): SELF,
    ("GET", "/api/v1/auth/sessions"): SELF, ("DELETE", "/api/v1/auth/sessions"): SELF,
    ("GET", "/api/v1/auth/spotify"): SELF, ("DELETE", "/api/v1/auth/spotify"): SELF,
    ("GET", "/api/v1/users/me"): SELF, ("PATCH", "/api/v1/users/me"): SELF,
    ("DELETE", "/api/v1/users/me"): SELF,
    ("GET", "/api/v1/users/me/export"): SELF, ("POST", "/api/v1/users/me/mood-shares"): SELF,
    ("DELETE", "/api/v1/users/me/mood-shares/<user_id>"): SELF,
    ("POST", "/api/v1/detect/emotion"): SELF, ("POST", "/api/v1/detect/sentiment"): SELF,
    ("POST", "/api/v1/detect/manual"): SELF, ("GET", "/api/v1/detect/history"): SELF,
    ("DELETE", "/api/v1/detect/history"): SELF,
    ("GET", "/api/v1/recommendations"): SELF, ("GET", "/api/v1/recommendations/mixes"): SELF,
    ("POST", "/api/v1/recommendations/feedback"): SELF, ("GET", "/api/v1/recommendations/feedback"): SELF,
    ("DELETE", "/api/v1/recommendations/feedback/<track_id>"): SELF,
    ("POST", "/api/v1/generate"): SELF, ("GET", "/api/v1/generate"): SELF,
    ("POST", "/api/v1/playlists"): SELF, ("GET", "/api/v1/playlists"): SELF,
    ("POST", "/api/v1/playlists/import/spotify"): SELF, ("GET", "/api/v1/spotify/playlists"): SELF,
    ("GET", "/api/v1/spotify/tracks"): SELF, ("GET", "/api/v1/spotify/tracks/<spotify_id>"): SELF,
    ("GET", "/api/v1/player/devices"): SELF, ("POST", "/api/v1/player/play"): SELF,
    ("POST", "/api/v1/invitations/look"): SELF, ("POST", "/api/v1/invitations/accept"): SELF,

    ("DELETE", "/api/v1/auth/sessions/<session_id>"): SESSION,
    ("PATCH", "/api/v1/detect/history/<mood_id>"): MOOD, ("DELETE", "/api/v1/detect/history/<mood_id>"): MOOD,
    ("GET", "/api/v1/generate/<job_id>"): JOB, ("DELETE", "/api/v1/generate/<job_id>"): JOB,
    ("GET", "/api/v1/generate/<job_id>/events"): JOB, ("GET", "/api/v1/generate/<job_id>/download"): JOB,

    ("GET", "/api/v1/playlists/<playlist_id>"): READ, ("GET", "/api/v1/playlists/<playlist_id>/tracks"): READ,
    ("GET", "/api/v1/playlists/<playlist_id>/edits"): READ,
    ("GET", "/api/v1/playlists/<playlist_id>/cover"): READ,
    ("GET", "/api/v1/playlists/<playlist_id>/moods"): READ,
    ("POST", "/api/v1/playlists/<playlist_id>/export/spotify"): READ,
    ("PUT", "/api/v1/playlists/<playlist_id>"): EDIT, ("POST", "/api/v1/playlists/<playlist_id>/edits"): EDIT,
    ("DELETE", "/api/v1/playlists/<playlist_id>"): OWN,
    ("POST", "/api/v1/playlists/<playlist_id>/collaborators"): OWN,
    ("DELETE", "/api/v1/playlists/<playlist_id>/collaborators/<user_id>"): OWN,
    ("POST", "/api/v1/playlists/<playlist_id>/invitations"): OWN,
    ("GET", "/api/v1/playlists/<playlist_id>/invitations"): OWN,
    ("DELETE", "/api/v1/playlists/<playlist_id>/invitations/<invitation_id>"): OWN,
    ("PUT", "/api/v1/playlists/<playlist_id>/owner"): OWN,
}  # fmt: skip

EVENTS = {
    "subscribe_mood": MOOD, "unsubscribe_mood": SELF, "playlist_join": READ, "playlist_leave": SELF,
    "playlist_sync": READ, "playlist_edit": EDIT, "detect_frame": SELF,
}  # fmt: skip

ROLES = ("owner", "collaborator", "reader", "stranger", "stranger to a public list")
ALLOWED = {
    READ: {"owner", "collaborator", "reader", "stranger to a public list"},
    EDIT: {"owner", "collaborator"},
    OWN: {"owner"},
}
"""Who else gets 404 when the list does not exist for them, and 403 when they may see it."""

BODIES: dict[tuple[str, str], Any] = {
    ("PUT", "/api/v1/playlists/<playlist_id>"): {"title": "Monday"},
    ("POST", "/api/v1/playlists/<playlist_id>/edits"): {"action": "rename", "data": {"title": "Monday"}},
    ("POST", "/api/v1/playlists/<playlist_id>/invitations"): {"role": "reader"},
    ("POST", "/api/v1/playlists/<playlist_id>/export/spotify"): {},
    ("PATCH", "/api/v1/detect/history/<mood_id>"): {"mood": "calm"},
}
"""What a request needs that is to be refused for nothing but who asks."""


def those(*whose: str) -> list[tuple[str, str]]:
    return [route for route, belongs in ALL.items() if belongs in whose]


@dataclass
class House:
    """An app with people in it, and things of theirs."""

    app: Any
    people: dict[str, Person] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)

    def fill(self) -> House:
        self.people = {
            role: Person(self.app) for role in ("owner", "collaborator", "reader", "other", "stranger")
        }
        owner = self.people["owner"]
        self.things[MOOD] = _data(owner.post("/detect/manual", json={"mood": "sad"}))["mood_id"]
        self.things[JOB] = _data(owner.post("/generate", json={"mood": "sad", "length": 5}))["job_id"]
        self.things[SESSION] = _data(owner.get("/auth/sessions"))["items"][0]["session_id"]
        for public in (False, True):
            made = _data(owner.post("/playlists", json={"title": "Sunday", "is_public": public}))
            self.lists["public" if public else "private"] = made["id"]
        private = f"/playlists/{self.lists['private']}"
        for role in ("collaborator", "other"):
            owner.post(f"{private}/collaborators", json={"user_id": self.people[role].user_id})
        token = _data(owner.post(f"{private}/invitations", json={"role": "reader"}))["token"]
        self.people["reader"].post("/invitations/accept", json={"token": token})
        return self

    def asker(self, role: str) -> tuple[Person, str]:
        """Who asks in a role, and for which list."""
        who = "stranger" if role.startswith("stranger") else role
        return self.people[who], self.lists["public" if role.endswith("public list") else "private"]


def _data(answer: Any) -> Any:
    assert answer.status_code < 300, answer.text
    return answer.get_json()["data"]


@pytest.fixture
def house(app: Any) -> House:
    return House(app).fill()


def rules(app: Any) -> set[tuple[str, str]]:
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def test_every_route_stands_in_the_table(app) -> None:
    assert rules(app) ^ ALL.keys() == set()


def test_every_event_stands_in_the_table(app) -> None:
    handlers = app.extensions["socketio"].server.handlers["/realtime"]
    assert set(handlers) - {"connect", "disconnect", "*"} == set(EVENTS)


@pytest.mark.parametrize(("method", "rule"), those(SELF, MOOD, JOB, SESSION, *ALLOWED))
def test_without_an_account_there_is_nothing(one_person, method, rule) -> None:
    path = rule.replace("<", "x").replace(">", "x")
    for headers in ({}, {"Authorization": "Bearer made.up.token"}, {"Authorization": "Basic YTpi"}):
        answer = one_person.app.test_client().open(path, method=method, json={}, headers=headers)
        assert answer.status_code == 401, f"{method} {rule}: {answer.text}"


@pytest.mark.parametrize(
    ("method", "rule"), [key for key, whose in ALL.items() if whose in (MOOD, JOB, SESSION)]
)
def test_what_belongs_to_another_does_not_exist(house, method, rule) -> None:
    path = rule.removeprefix("/api/v1")
    for name in (MOOD, JOB, SESSION):
        path = path.replace(f"<{name}_id>", house.things[name])
    options = {"json": BODIES.get((method, rule))} if method in ("PATCH", "POST", "PUT") else {}
    theirs = house.people["stranger"].request(method, path, **options)
    unknown = house.people["stranger"].request(method, path[:-3] + "abc", **options)
    assert theirs.status_code == 404, theirs.text
    if not path.endswith(("events", "download")):
        assert theirs.get_json()["error"]["code"] == unknown.get_json()["error"]["code"], (
            "telling them apart leaks"
        )
    if not path.endswith(("events", "download")):
        assert house.people["owner"].request(method, path, **options).status_code == 200


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "rule"), those(*ALLOWED))
def test_a_list_is_open_to_those_whom_the_table_names(house, method, rule, role) -> None:
    asker, list_id = house.asker(role)
    other, collaborator = house.people["other"].user_id, house.people["collaborator"].user_id
    path = rule.removeprefix("/api/v1").replace("<playlist_id>", list_id)
    path = path.replace("<user_id>", other).replace("<invitation_id>", "inv_none")
    body = BODIES.get((method, rule), {"user_id": collaborator})
    answer = asker.request(method, path, **({"json": body} if method in ("PUT", "POST") else {}))
    may = role in ALLOWED[ALL[method, rule]]
    if may:
        assert answer.status_code not in (401, 403) or answer.get_json()["error"]["code"].startswith("spotify")
        if "inv_none" not in path and "spotify" not in path:
            assert answer.status_code < 300, answer.text
    else:
        assert answer.status_code == (404 if role == "stranger" else 403), answer.text


def test_people_who_are_in_a_list_may_leave_it(house) -> None:
    for role in ("collaborator", "reader"):
        person, list_id = house.asker(role)
        assert person.delete(f"/playlists/{list_id}/collaborators/{person.user_id}").status_code == 200
        assert person.get(f"/playlists/{list_id}").status_code == 404
