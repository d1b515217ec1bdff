"""A Spotify with a memory: its accounts service and its Web API, as an app in development mode meets them.

People sign in at its page and agree to scopes; tokens expire and are revoked; refresh tokens rotate; lists have
snapshot ids; Premium, the allow-list of the app, scopes and a quota are kept. `faults` makes it answer late,
wrongly or not at all. Answers have the shape of the Web API's description, which tests hold against it.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, redirect, request
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "muse-app", "muse-app-secret"
ID_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def spotify_id(seed: str) -> str:
    """22 letters and digits, the same for the same seed."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:16], "big")
    return "".join(ID_LETTERS[number // 62**place % 62] for place in range(22))


@dataclass
class Person:
    user_id: str
    name: str
    email: str
    premium: bool = True
    registered: bool = True
    top: list[str] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    device: str | None = None
    playing: list[str] = field(default_factory=list)


@dataclass
class Token:
    person: str
    scopes: set[str]
    expires_at: float


@dataclass
class List:
    list_id: str
    owner: str
    name: str
    description: str
    public: bool
    items: list[str] = field(default_factory=list)
    snapshot: str = "0"


class FakeSpotify:
    """The state, to be looked at and changed by tests, and the app that serves it."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.tracks: dict[str, dict[str, Any]] = {}
        self.lists: dict[str, List] = {}
        self.codes: dict[str, dict[str, Any]] = {}
        self.access: dict[str, Token] = {}
        self.refresh: dict[str, tuple[str, set[str]]] = {}
        self.lifetime_s = 3600.0
        self.rotate = True
        self.retry_after: tuple[str, str] | None = None
        """What a 429 says, and its reason, while it is set."""
        self.quota: int | None = None
        self.faults: deque[Callable[[], Response]] = deque()
        self.asked: list[tuple[str, str]] = []
        self.refreshes = 0
        self.public: str | None = None
        """The address that people reach it under, where that is not its own."""
        self._ids = itertools.count()
        self._lock = threading.RLock()

    # --- what a test prepares

    def add_person(self, user_id: str, name: str, **more: Any) -> Person:
        person = Person(user_id, name, f"{user_id}@muse.example", **more)
        self.people[user_id] = person
        return person

    def add_track(self, artist: str, title: str, *, year: int = 2000, isrc: str | None = None) -> str:
        track_id = spotify_id(f"{artist}/{title}")
        self.tracks[track_id] = _track(track_id, artist, title, year, isrc)
        return track_id

    def revoke(self, user_id: str) -> None:
        """As if the person had removed the app at Spotify."""
        self.access = {key: token for key, token in self.access.items() if token.person != user_id}
        self.refresh = {key: held for key, held in self.refresh.items() if held[0] != user_id}

    def expire(self) -> None:
        """All access tokens have had their hour."""
        for token in self.access.values():
            token.expires_at = 0

    # --- the app

    def app(self) -> Flask:
        app = Flask("fake-spotify")
        app.before_request(self._gatekeeper)
        accounts = [
            ("/favicon.ico", ["GET"], lambda: Response(status=204)),
            ("/authorize", ["GET"], self._authorize), ("/agree", ["POST"], self._agree),
            ("/api/token", ["POST"], self._token),
        ]  # fmt: skip
        api: list[tuple[str, list[str], Callable[..., Any], str | None]] = [
            ("/me", ["GET"], self._me, None),
            ("/search", ["GET"], self._search, None),
            ("/tracks/<track_id>", ["GET"], self._one_track, None),
            ("/me/top/tracks", ["GET"], self._top, "user-top-read"),
            ("/me/tracks", ["GET"], self._saved, "user-library-read"),
            ("/me/library", ["PUT"], self._save, "user-library-modify"),
            ("/me/playlists", ["GET"], self._lists, "playlist-read-private"),
            ("/me/playlists", ["POST"], self._create, "playlist-modify-private"),
            ("/playlists/<list_id>", ["GET"], self._list, None),
            ("/playlists/<list_id>", ["PUT"], self._describe, "playlist-modify-private"),
            ("/playlists/<list_id>/items", ["GET"], self._items, "playlist-read-private"),
            ("/playlists/<list_id>/items", ["POST"], self._add, "playlist-modify-private"),
            ("/playlists/<list_id>/items", ["PUT"], self._replace, "playlist-modify-private"),
            ("/playlists/<list_id>/items", ["DELETE"], self._remove, "playlist-modify-private"),
            ("/playlists/<list_id>/images", ["PUT"], self._cover, "ugc-image-upload"),
            ("/me/player/devices", ["GET"], self._devices, "user-read-playback-state"),
            ("/me/player/play", ["PUT"], self._play, "user-modify-playback-state"),
            ("/me/player/pause", ["PUT"], self._controlled, "user-modify-playback-state"),
            ("/me/player/next", ["POST"], self._controlled, "user-modify-playback-state"),
            ("/me/player/previous", ["POST"], self._controlled, "user-modify-playback-state"),
            ("/me/player/seek", ["PUT"], self._controlled, "user-modify-playback-state"),
            ("/me/player/volume", ["PUT"], self._controlled, "user-modify-playback-state"),
            ("/me/player/queue", ["POST"], self._controlled, "user-modify-playback-state"),
            ("/me/player/queue", ["GET"], self._queue, "user-read-playback-state"),
            ("/me/player/currently-playing", ["GET"], self._current, "user-read-playback-state"),
            ("/me/player/recently-played", ["GET"], self._recent, "user-read-recently-played"),
        ]
        for rule, methods, view in accounts:
            app.add_url_rule(rule, rule, view, methods=methods)
        for rule, methods, view, scope in api:
            app.add_url_rule(f"/v1{rule}", f"{methods[0]} {rule}", self._guarded(view, scope), methods=methods)
        return app

    def _gatekeeper(self) -> Response | None:
        self.asked.append((request.method, request.path))
        if self.faults:
            return self.faults.popleft()()
        if not request.path.startswith("/v1"):
            return None
        if self.quota is not None:
            self.quota -= 1
            if self.quota < 0:
                self.retry_after = self.retry_after or ("30", "RATE_LIMITED")
        if self.retry_after:
            wait, reason = self.retry_after
            return _error(429, "API rate limit exceeded", reason, {"Retry-After": wait})
        return None

    # --- signing in

    def _authorize(self) -> str | Response:
        wanted = request.args
        if wanted.get("client_id") != CLIENT_ID or not wanted.get("redirect_uri"):
            return Response("INVALID_CLIENT: Invalid redirect URI", 400)
        if wanted.get("code_challenge_method") != "S256" or not wanted.get("code_challenge"):
            return Response("code_challenge required", 400)
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{wanted.get(name, "")}">'
            for name in ("redirect_uri", "state", "scope", "code_challenge")
        )
        people = "".join(f"<option>{user_id}</option>" for user_id in self.people)
        return (
            "<!doctype html><title>Spotify</title><h1>Log in to Spotify</h1><p>MuseAIka wants: "
            f'{wanted.get("scope")}</p><form method="post" action="/agree">{fields}'
            f'<select name="who">{people}</select><button name="answer" value="yes">Agree</button>'
            '<button name="answer" value="no">Cancel</button></form>'
        )

    def _agree(self) -> Response:
        given = request.form
        back = {"state": given["state"]}
        if given["answer"] == "no":
            return _go(given["redirect_uri"], {**back, "error": "access_denied"})
        code = secrets.token_urlsafe(24)
        self.codes[code] = {**given.to_dict(), "expires_at": time.time() + 600}
        return _go(given["redirect_uri"], {**back, "code": code})

    def _token(self) -> Response:
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            return _oauth_error("invalid_client")
        given = request.form
        with self._lock:
            if given.get("grant_type") == "authorization_code":
                return self._redeem(given.to_dict())
            if given.get("grant_type") == "refresh_token":
                return self._refreshed(given.get("refresh_token", ""))
        return _oauth_error("unsupported_grant_type")

    def _redeem(self, given: dict[str, str]) -> Response:
        held = self.codes.pop(given.get("code", ""), None)
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        good = (
            held
            and held["expires_at"] > time.time()
            and held["redirect_uri"] == given.get("redirect_uri")
            and held["code_challenge"] == challenge
        )
        if not held or not good:
            return _oauth_error("invalid_grant")
        return self._granted(held["who"], set(held["scope"].split()), secrets.token_urlsafe(32))

    def _refreshed(self, token: str) -> Response:
        self.refreshes += 1
        held = self.refresh.get(token)
        if held is None:
            return _oauth_error("invalid_grant")
        if not self.rotate:
            return self._granted(*held, None)
        del self.refresh[token]
        return self._granted(*held, secrets.token_urlsafe(32))

    def _granted(self, person: str, scopes: set[str], refresh: str | None) -> Response:
        access = secrets.token_urlsafe(32)
        self.access[access] = Token(person, scopes, time.time() + self.lifetime_s)
        told = {"access_token": access, "token_type": "Bearer", "expires_in": int(self.lifetime_s),
                "scope": " ".join(sorted(scopes))}  # fmt: skip
        if refresh:
            self.refresh[refresh] = (person, scopes)
            told["refresh_token"] = refresh
        return jsonify(told)

    def _guarded(self, view: Callable[..., Any], scope: str | None) -> Callable[..., Any]:
        def guarded(**parts: str) -> Any:
            key = request.headers.get("Authorization", "").removeprefix("Bearer ")
            token = self.access.get(key)
            if token is None or token.expires_at <= time.time():
                return _error(401, "The access token expired" if token else "Invalid access token")
            person = self.people[token.person]
            if not person.registered:
                return _error(403, "User not registered in the Developer Dashboard")
            if scope and scope not in token.scopes:
                return _error(403, "Insufficient client scope")
            with self._lock:
                return view(person, **parts)

        return guarded

    # --- looking things up

    def _me(self, person: Person) -> Response:
        return jsonify(_user(person, private=True))

    def _search(self, _: Person) -> Response:
        query, limit = request.args["q"], int(request.args.get("limit", 5))
        if not 1 <= limit <= 10:
            return _error(400, "Invalid limit")
        found = [track for track in self.tracks.values() if _fits(track, query)]
        return jsonify({"tracks": self._page(found[:limit], len(found), limit, 0, "/v1/search")})

    def _one_track(self, _: Person, track_id: str) -> Response:
        track = self.tracks.get(track_id)
        return jsonify(track) if track else _error(404, "Non existing id")

    def _top(self, person: Person) -> Response:
        return self._listed([self.tracks[one] for one in person.top], "/v1/me/top/tracks")

    def _saved(self, person: Person) -> Response:
        saved = [{"added_at": "2024-01-01T00:00:00Z", "track": self.tracks[one]} for one in person.saved]
        return self._listed(saved, "/v1/me/tracks")

    def _save(self, person: Person) -> Response:
        uris = request.args.get("uris", "").split(",")
        if len(uris) > 40:
            return _error(400, "Too many ids")
        person.saved = [uri.removeprefix("spotify:track:") for uri in uris] + person.saved
        return Response(status=200)

    # --- lists

    def _lists(self, person: Person) -> Response:
        own = [self._told(one, short=True) for one in self.lists.values() if one.owner == person.user_id]
        return self._listed(own, "/v1/me/playlists")

    def _create(self, person: Person) -> Response:
        given = request.get_json()
        if not given.get("name"):
            return _error(400, "Missing required field: name")
        list_id = spotify_id(f"list {next(self._ids)}")
        made = List(
            list_id, person.user_id, given["name"], given.get("description", ""), given.get("public", True)
        )
        self.lists[list_id] = made
        return jsonify(self._told(made)), 201  # type: ignore[return-value]

    def _list(self, _: Person, list_id: str) -> Response:
        found = self.lists.get(list_id)
        return jsonify(self._told(found)) if found else _error(404, "Resource not found")

    def _describe(self, person: Person, list_id: str) -> Response:
        found = self._own(person, list_id)
        if isinstance(found, Response):
            return found
        given = request.get_json()
        found.name, found.public = given.get("name", found.name), given.get("public", found.public)
        found.description = given.get("description", found.description)
        return Response(status=200)

    def _items(self, person: Person, list_id: str) -> Response:
        found = self._own(person, list_id)
        if isinstance(found, Response):
            return found
        items = [self._item(person, uri) for uri in found.items]
        return self._listed(items, f"/v1/playlists/{list_id}/items")

    def _add(self, person: Person, list_id: str) -> Response:
        return self._written(person, list_id, lambda items, given: _inserted(items, given), 201)

    def _replace(self, person: Person, list_id: str) -> Response:
        def work(items: list[str], given: dict[str, Any]) -> list[str]:
            if "uris" in given:
                return list(given["uris"])
            start, before, length = given["range_start"], given["insert_before"], given.get("range_length", 1)
            moved, rest = items[start : start + length], items[:start] + items[start + length :]
            place = before if before <= start else before - length
            return rest[:place] + moved + rest[place:]

        return self._written(person, list_id, work, 200)

    def _remove(self, person: Person, list_id: str) -> Response:
        def work(items: list[str], given: dict[str, Any]) -> list[str]:
            gone = {one["uri"] for one in given["items"]}
            return [uri for uri in items if uri not in gone]

        return self._written(person, list_id, work, 200)

    def _written(self, person: Person, list_id: str, work: Callable[..., list[str]], status: int) -> Response:
        found = self._own(person, list_id)
        if isinstance(found, Response):
            return found
        given = request.get_json()
        if max(len(given.get("uris", ())), len(given.get("items", ()))) > 100:
            return _error(400, "You can add a maximum of 100 tracks per request.")
        found.items = work(found.items, given)
        found.snapshot = secrets.token_urlsafe(12)
        return jsonify({"snapshot_id": found.snapshot}), status  # type: ignore[return-value]

    def _cover(self, person: Person, list_id: str) -> Response:
        found = self._own(person, list_id)
        if isinstance(found, Response):
            return found
        base64.b64decode(request.get_data(), validate=True)
        return Response(status=202)

    def _own(self, person: Person, list_id: str) -> List | Response:
        found = self.lists.get(list_id)
        if found is None:
            return _error(404, "Resource not found")
        return found if found.owner == person.user_id else _error(403, "You cannot see this playlist")

    # --- the player

    def _devices(self, person: Person) -> Response:
        device = {
            "id": person.device, "is_active": True, "is_private_session": False, "is_restricted": False,
            "name": "Kitchen", "type": "Speaker", "volume_percent": 50, "supports_volume": True,
        }  # fmt: skip
        return jsonify({"devices": [device] if person.device else []})

    def _play(self, person: Person) -> Response:
        if not person.premium:
            return _error(403, "Player command failed: Premium required", "PREMIUM_REQUIRED")
        if person.device is None:
            return _error(404, "Player command failed: No active device found", "NO_ACTIVE_DEVICE")
        person.playing = (request.get_json(silent=True) or {}).get("uris", person.playing)
        return Response(status=204)

    def _controlled(self, person: Person) -> Response:
        if not person.premium:
            return _error(403, "Player command failed: Premium required", "PREMIUM_REQUIRED")
        return Response(status=204)

    def _queue(self, person: Person) -> Response:
        tracks = [self._track_at(uri) for uri in person.playing]
        return jsonify({"currently_playing": tracks[0] if tracks else None, "queue": tracks})

    def _current(self, person: Person) -> Response:
        if not person.playing:
            return Response(status=204)
        return jsonify(
            {
                "timestamp": 0, "progress_ms": 0, "is_playing": True, "currently_playing_type": "track",
                "item": self._track_at(person.playing[0]), "actions": {"disallows": {}},
            }
        )  # fmt: skip

    def _recent(self, person: Person) -> Response:
        played = [{"track": self._track_at(uri), "played_at": "2024-01-01T00:00:00Z"} for uri in person.playing]
        return jsonify({"href": "", "limit": 20, "cursors": {}, "total": len(played), "items": played})

    def _track_at(self, uri: str) -> dict[str, Any] | None:
        return self.tracks.get(uri.removeprefix("spotify:track:"))

    # --- how things are told

    def _listed(self, items: list[Any], path: str) -> Response:
        limit, offset = int(request.args.get("limit", 20)), int(request.args.get("offset", 0))
        if not 1 <= limit <= 50:
            return _error(400, "Invalid limit")
        return jsonify(self._page(items[offset : offset + limit], len(items), limit, offset, path))

    def _page(self, items: list[Any], total: int, limit: int, offset: int, path: str) -> dict[str, Any]:
        following = offset + limit
        base = (
            f"{self.public}{path.removeprefix('/v1')}" if self.public else request.host_url.rstrip("/") + path
        )
        link = f"{base}?{urlencode({'offset': following, 'limit': limit})}"
        return {
            "href": base, "limit": limit, "offset": offset, "total": total, "items": items,
            "next": link if following < total else None, "previous": None,
        }  # fmt: skip

    def _item(self, person: Person, uri: str) -> dict[str, Any]:
        track = self.tracks.get(uri.removeprefix("spotify:track:"))
        added_by = {"id": person.user_id, "type": "user", "uri": f"spotify:user:{person.user_id}"}
        return {"added_at": "2024-01-01T00:00:00Z", "added_by": added_by, "is_local": False, "item": track}

    def _told(self, one: List, *, short: bool = False) -> dict[str, Any]:
        path = f"/v1/playlists/{one.list_id}/items"
        told = {
            "id": one.list_id, "type": "playlist", "uri": f"spotify:playlist:{one.list_id}", "name": one.name,
            "description": one.description, "public": one.public, "collaborative": False,
            "snapshot_id": one.snapshot, "images": [], "href": f"https://api.spotify.com/v1/playlists/{one.list_id}",
            "external_urls": {"spotify": f"https://open.spotify.com/playlist/{one.list_id}"},
            "owner": _user(self.people[one.owner], private=False),
        }  # fmt: skip
        items = (
            {"href": path, "total": len(one.items)} if short else self._page([], len(one.items), 100, 0, path)
        )
        return {**told, "items": items}


class Served:
    """A fake that listens; `home` is its address."""

    def __init__(self, fake: FakeSpotify, port: int = 0) -> None:
        self._server = make_server("127.0.0.1", port, fake.app(), threaded=True)
        self.home = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _fits(track: dict[str, Any], query: str) -> bool:
    if query.startswith("isrc:"):
        return bool(track["external_ids"].get("isrc") == query.removeprefix("isrc:"))
    words = query.replace("track:", " ").replace("artist:", " ").replace('"', " ").casefold().split()
    names = f"{track['name']} {track['artists'][0]['name']}".casefold()
    return all(word in names for word in words)


def _inserted(items: list[str], given: dict[str, Any]) -> list[str]:
    place = given.get("position", len(items))
    return items[:place] + list(given["uris"]) + items[place:]


def _track(track_id: str, artist: str, title: str, year: int, isrc: str | None) -> dict[str, Any]:
    who = _simple("artist", spotify_id(artist), artist)
    album = {
        **_simple("album", spotify_id(f"{artist} album"), "Album"), "album_type": "album", "total_tracks": 10,
        "images": [], "release_date": str(year), "release_date_precision": "year", "artists": [who],
        "available_markets": ["SE"],
    }  # fmt: skip
    return {
        **_simple("track", track_id, title), "artists": [who], "album": album, "disc_number": 1,
        "duration_ms": 200_000, "explicit": False, "external_ids": {"isrc": isrc} if isrc else {},
        "is_local": False, "track_number": 1,
    }  # fmt: skip


def _simple(kind: str, item_id: str, name: str) -> dict[str, Any]:
    return {
        "id": item_id, "name": name, "type": kind, "uri": f"spotify:{kind}:{item_id}",
        "href": f"https://api.spotify.com/v1/{kind}s/{item_id}",
        "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{item_id}"},
    }  # fmt: skip


def _user(person: Person, *, private: bool) -> dict[str, Any]:
    told = {
        "id": person.user_id, "display_name": person.name, "type": "user",
        "uri": f"spotify:user:{person.user_id}", "href": f"https://api.spotify.com/v1/users/{person.user_id}",
        "external_urls": {"spotify": f"https://open.spotify.com/user/{person.user_id}"},
    }  # fmt: skip
    more = {
        "email": person.email,
        "product": "premium" if person.premium else "free",
        "country": "SE",
        "images": [],
    }
    return {**told, **more} if private else told


def _error(status: int, message: str, reason: str | None = None, headers: Any = None) -> Response:
    told: dict[str, Any] = {"status": status, "message": message}
    if reason:
        told["reason"] = reason
    response = jsonify({"error": told})
    response.status_code = status
    response.headers.update(headers or {})
    return response


def _oauth_error(error: str) -> Response:
    response = jsonify({"error": error, "error_description": error.replace("_", " ")})
    response.status_code = 400
    return response


def _go(address: str, query: dict[str, str]) -> Response:
    response: Response = redirect(f"{address}?{urlencode(query)}")  # type: ignore[assignment]
    return response
