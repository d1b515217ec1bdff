"""People in one room edit one list and hear of it; everybody else hears nothing."""

from __future__ import annotations

import time

import pytest
from tests.unit.web.conftest import Person
from tests.unit.web.test_sockets import ask, connect, heard

from museaika.playlists.rights import RIGHT_FOR


@pytest.fixture
def line(app):
    opened = []

    def open_for(person):
        socket = connect(app, {"token": person.token})
        assert socket.is_connected("/realtime")
        opened.append(socket)
        return socket

    yield open_for
    for socket in opened:
        if socket.is_connected("/realtime"):
            socket.disconnect(namespace="/realtime")


@pytest.fixture
def ours(person, stranger):
    told = person.post("/playlists", json={"title": "Ours", "tracks": ["ma_sad_1", "ma_sad_2"]})
    list_id = told.get_json()["data"]["id"]
    person.post(f"/playlists/{list_id}/collaborators", json={"user_id": stranger.user_id})
    return list_id


def whole(person, list_id):
    return person.get(f"/playlists/{list_id}").get_json()["data"]


def join(socket, list_id, **more):
    return ask(socket, "playlist_join", {"playlist_id": list_id, **more})


def edit(socket, list_id, action, **data):
    return ask(socket, "playlist_edit", {"playlist_id": list_id, "action": action, "data": data})


def silent(socket, within_s=0.3):
    """Whether nothing of playlists arrives."""
    time.sleep(within_s)
    return [one["name"] for one in socket.get_received("/realtime") if one["name"].startswith("playlist")] == []


def updates(socket, count, within_s=3.0):
    found, deadline = [], time.monotonic() + within_s
    while len(found) < count and time.monotonic() < deadline:
        found += [
            one["args"][0] for one in socket.get_received("/realtime") if one["name"] == "playlist_update"
        ]
        time.sleep(0.01)
    return found


def test_who_joins_gets_the_list_and_then_every_edit(line, person, stranger, ours):
    one, two = line(person), line(stranger)
    joined = join(one, ours)
    assert joined == {"ok": True, "playlist": whole(person, ours), "users": [person.user_id]}
    assert join(two, ours)["users"] == sorted([person.user_id, stranger.user_id])
    acknowledged = edit(two, ours, "add_track", track_id="ma_sad_9", after=None)
    assert acknowledged["ok"] is True
    (told,) = updates(one, 1)
    assert told == {
        "playlist_id": ours,
        "version": acknowledged["version"],
        "op_id": acknowledged["op_id"],
        "action": "add_track",
        "data": {
            "entry_id": acknowledged["entry_id"],
            "track_id": "ma_sad_9",
            "after": None,
            "mood_context": None,
            "title": "sad 9",
            "artists": ["Artist 9"],
        },
        "user": stranger.user_id,
        "at": whole(person, ours)["updated_at"],
    }
    person.request("PUT", f"/playlists/{ours}", json={"title": "New", "tracks": ["ma_sad_2"]})
    assert [one["action"] for one in updates(two, 4)] == ["add_track", "rename", "remove_track", "remove_track"]


def test_a_snapshot_and_the_updates_after_it_make_the_list_as_it_is(line, app, person, stranger, ours):
    """For every kind of edit: what a client pieces together is, to the letter, what a fresh reading says."""
    cy, socket = Person(app), line(person)
    mine = join(socket, ours)["playlist"]
    first, second = (track["entry_id"] for track in mine["tracks"])
    edits = [
        ("add_track", {"track_id": "ma_happy_7", "after": first}),
        ("add_track", {"track_id": "ma_sad_7", "after": None, "mood_context": "scared"}),
        ("move_track", {"entry_id": second, "after": None}), ("remove_track", {"entry_id": first}),
        ("rename", {"title": "New"}), ("describe", {"description": "d"}), ("set_public", {"is_public": True}),
        ("tag", {"mood_tags": ["scared", "sad"]}), ("tag", {"mood_tags": None}),
    ]  # fmt: skip
    for action, data in edits:
        assert edit(socket, ours, action, **data)["ok"] is True, action
    invited = person.post(f"/playlists/{ours}/invitations", json={"role": "reader"}).get_json()["data"]
    cy.post("/invitations/accept", json={"token": invited["token"]})
    person.post(f"/playlists/{ours}/collaborators", json={"user_id": cy.user_id})
    person.delete(f"/playlists/{ours}/collaborators/{stranger.user_id}")
    person.request("PUT", f"/playlists/{ours}/owner", json={"user_id": cy.user_id})
    invited = cy.post(f"/playlists/{ours}/invitations", json={"role": "reader"}).get_json()["data"]
    stranger.post("/invitations/accept", json={"token": invited["token"]})
    cy.delete(f"/playlists/{ours}/collaborators/{stranger.user_id}")
    heard_of = updates(socket, len(edits) + 6)
    assert {told["action"] for told in heard_of} == set(RIGHT_FOR)
    for told in heard_of:
        assert told["version"] == mine["version"] + 1
        piece_together(mine, told)
    assert mine == whole(person, ours)


def piece_together(mine, told):
    """A client as the words of docs/playlists.md allow one to be written."""
    action, data, tracks = told["action"], told["data"], mine["tracks"]
    mine.update(version=told["version"], updated_at=told["at"])
    if action.endswith("_track"):
        ids = [track["entry_id"] for track in tracks]
        if action == "add_track":
            names = ("entry_id", "track_id", "title", "artists", "mood_context")
            here = {name: data[name] for name in names}
            here |= {"added_by": told["user"], "added_at": told["at"]}
        else:
            here = tracks.pop(ids.index(data["entry_id"]))
        ids = [track["entry_id"] for track in tracks]
        if action != "remove_track":
            tracks.insert(0 if data["after"] is None else ids.index(data["after"]) + 1, here)
        mine["track_count"] = len(tracks)
        mine["mood_tags"] = data.get("mood_tags", mine["mood_tags"])
    elif action.startswith("add_"):
        mine["collaborators"], mine["readers"] = (
            [who for who in mine[seats] if who != data["user_id"]] for seats in ("collaborators", "readers")
        )
        mine[f"{action.removeprefix('add_')}s"].append(data["user_id"])
    elif action.startswith("remove_"):
        mine[f"{action.removeprefix('remove_')}s"].remove(data["user_id"])
    elif action == "hand_over":
        mine["collaborators"].remove(data["user_id"])
        mine["collaborators"].append(mine["owner_id"])
        mine["owner_id"] = data["user_id"]
    else:
        mine.update(data)


def test_an_edit_needs_no_room_and_its_op_id_counts_once(line, person, ours):
    socket = line(person)
    asked = {"playlist_id": ours, "action": "add_track", "data": {"track_id": "ma_sad_5"}, "op_id": "op-1"}
    first, second = (ask(socket, "playlist_edit", {**asked, "base_version": 1}) for _ in range(2))
    assert first == second
    assert first["op_id"] == "op-1"
    assert len(whole(person, ours)["tracks"]) == 3
    over_http = person.post(
        f"/playlists/{ours}/edits", json={"action": "rename", "data": {"title": "x"}, "op_id": "op-1"}
    ).get_json()["data"]
    assert (over_http["version"], over_http["entry_id"]) == (first["version"], first["entry_id"])


def test_moving_what_is_gone_is_refused_with_the_version_that_counts(line, person, ours):
    socket = line(person)
    entry = whole(person, ours)["tracks"][0]["entry_id"]
    gone = edit(socket, ours, "remove_track", entry_id=entry)
    refused = edit(socket, ours, "move_track", entry_id=entry, after=None)
    assert (refused["ok"], refused["error"]["code"]) == (False, "entry_gone")
    assert refused["error"]["version"] == gone["version"]


def test_who_was_away_gets_what_was_missed(line, person, ours):
    socket = line(person)
    version = whole(person, ours)["version"]
    edit(socket, ours, "rename", title="One")
    edit(socket, ours, "rename", title="Two")
    for name in ("playlist_sync", "playlist_join"):
        answer = ask(socket, name, {"playlist_id": ours, "since": version})
        assert [one["data"] for one in answer["edits"]] == [{"title": "One"}, {"title": "Two"}], name
    for since in (0, version + 99):
        answer = ask(socket, "playlist_sync", {"playlist_id": ours, "since": since})
        assert answer["playlist"]["title"] == "Two"


def test_presence_tells_who_comes_and_goes(line, person, stranger, ours):
    one, two = line(person), line(stranger)
    join(one, ours)
    one.get_received("/realtime")
    join(two, ours)
    both = sorted([person.user_id, stranger.user_id])
    assert heard(one, "playlist_presence") == {"playlist_id": ours, "users": both}
    assert ask(two, "playlist_leave", {"playlist_id": ours}) == {"ok": True, "playlist_id": ours}
    assert heard(one, "playlist_presence")["users"] == [person.user_id]
    join(two, ours)
    assert heard(one, "playlist_presence")["users"] == both
    two.disconnect(namespace="/realtime")
    assert heard(one, "playlist_presence")["users"] == [person.user_id]


def test_those_who_only_listen_come_and_go_without_a_word(line, app, person, ours):
    owner = line(person)
    edit(owner, ours, "set_public", is_public=True)
    join(owner, ours)
    owner.get_received("/realtime")
    reader = line(Person(app))
    join(reader, ours)
    join(line(person), ours)  # another window of somebody who is there
    ask(reader, "playlist_leave", {"playlist_id": ours})
    assert silent(owner)


def test_who_left_hears_no_more(line, person, stranger, ours):
    socket = line(stranger)
    join(socket, ours)
    ask(socket, "playlist_leave", {"playlist_id": ours})
    socket.get_received("/realtime")
    edit(line(person), ours, "rename", title="x")
    assert silent(socket)


def attempts(socket, list_id):
    return [
        join(socket, list_id),
        join(socket, list_id, since=1),
        ask(socket, "playlist_sync", {"playlist_id": list_id, "since": 1}),
        edit(socket, list_id, "rename", title="Mine"),
        edit(socket, list_id, "remove_track", entry_id="ent_1"),
    ]


def test_a_stranger_hears_nothing_and_changes_nothing(line, app, person, ours):
    eve = line(Person(app))
    before = whole(person, ours)
    for name in (ours, f"playlist:{ours}", "pl_0"):
        assert {answer["error"]["code"] for answer in attempts(eve, name)} == {"playlist_not_found"}
    owner = line(person)
    join(owner, ours)
    edit(owner, ours, "describe", description="secret")
    assert silent(eve)
    assert whole(person, ours)["title"] == before["title"]


def test_a_removed_collaborator_is_out_at_once(line, person, stranger, ours):
    owner, removed = line(person), line(stranger)
    join(owner, ours)
    join(removed, ours)
    person.delete(f"/playlists/{ours}/collaborators/{stranger.user_id}")
    edit(owner, ours, "rename", title="Without you")
    assert [one["action"] for one in updates(owner, 2)] == ["remove_collaborator", "rename"]
    assert updates(removed, 1, within_s=0.3) == []
    assert {answer["error"]["code"] for answer in attempts(removed, ours)} == {"playlist_not_found"}
    assert heard(owner, "playlist_presence", within_s=0.1) is None
    assert join(owner, ours)["users"] == [person.user_id]


def test_no_event_that_one_can_make_up_opens_a_room(line, app, person, ours):
    eve, room = line(Person(app)), f"playlist:{ours}"
    made_up = [
        ("join", {"room": room}), ("enter_room", {"room": room}), ("join_room", {"sid": "x", "room": room}),
        ("playlist_update", {"playlist_id": ours}), ("playlist_presence", {"playlist_id": ours, "users": []}),
        ("subscribe_mood", {"user_id": room}), ("playlist_join", {"playlist_id": ours, "room": room}),
        ("playlist_join", {"playlist_id": f"../{ours}"}), ("playlist_join", {"playlist_id": ours.upper()}),
    ]  # fmt: skip
    assert all(ask(eve, name, data)["ok"] is False for name, data in made_up)
    edit(line(person), ours, "rename", title="Unheard")
    assert silent(eve)


def test_a_token_of_old_neither_hears_nor_changes(line, app, person, stranger, ours):
    socket, token = line(stranger), stranger.token
    join(socket, ours)
    stranger.post("/auth/logout")
    deadline = time.monotonic() + 3
    while socket.is_connected("/realtime") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not socket.is_connected("/realtime")
    assert not connect(app, {"token": token}).is_connected("/realtime")
    before = whole(person, ours)
    edit(line(person), ours, "describe", description="Unheard")
    answer = stranger.post(f"/playlists/{ours}/edits", json={"action": "rename", "data": {"title": "x"}})
    assert answer.status_code == 401
    assert whole(person, ours)["title"] == before["title"]
    assert join(line(person), ours)["users"] == [person.user_id]


def test_a_reader_who_is_sent_out_hears_no_more(line, person, stranger, ours):
    person.delete(f"/playlists/{ours}/collaborators/{stranger.user_id}")
    invited = person.post(f"/playlists/{ours}/invitations", json={"role": "reader"}).get_json()["data"]
    stranger.post("/invitations/accept", json={"token": invited["token"]})
    reader = line(stranger)
    assert join(reader, ours)["users"] == []
    edit(line(person), ours, "rename", title="Heard")
    assert updates(reader, 1)[0]["data"] == {"title": "Heard"}
    assert edit(reader, ours, "rename", title="Mine")["error"]["code"] == "not_your_playlist"
    person.delete(f"/playlists/{ours}/collaborators/{stranger.user_id}")
    edit(line(person), ours, "rename", title="Unheard")
    assert silent(reader)
    assert {answer["error"]["code"] for answer in attempts(reader, ours)} == {"playlist_not_found"}


def test_readers_of_a_public_list_listen_unnamed_until_it_closes(line, app, person, ours):
    owner, reader = line(person), line(Person(app))
    join(owner, ours)
    edit(owner, ours, "set_public", is_public=True)
    assert join(reader, ours)["users"] == [person.user_id]
    assert edit(reader, ours, "rename", title="Mine")["error"]["code"] == "not_your_playlist"
    edit(owner, ours, "rename", title="Heard")
    assert updates(reader, 1)[0]["data"] == {"title": "Heard"}
    edit(owner, ours, "set_public", is_public=False)
    edit(owner, ours, "rename", title="Unheard")
    assert updates(reader, 1, within_s=0.3) == []


def test_a_deleted_list_has_no_room(line, person, stranger, ours):
    socket = line(stranger)
    join(socket, ours)
    socket.get_received("/realtime")
    person.delete(f"/playlists/{ours}")
    assert silent(socket)
    assert {answer["error"]["code"] for answer in attempts(socket, ours)} == {"playlist_not_found"}


@pytest.mark.parametrize(
    "asked",
    [{}, {"playlist_id": 3}, {"playlist_id": ""}, {"playlist_id": "a b"}, {"playlist_id": "pl", "since": -1},
     {"playlist_id": "pl", "since": "1"}, {"playlist_id": "pl", "since": True}, {"playlist_id": "pl", "x": 1},
     {"playlist_id": "pl", "action": "rename"}, {"playlist_id": "pl", "action": "rename", "data": {}},
     {"playlist_id": "pl", "action": "rename", "data": {"title": "\x00"}},
     {"playlist_id": "pl", "action": "add_collaborator", "data": {"user_id": "x"}}],
)  # fmt: skip
def test_nonsense_is_answered_in_words(line, person, asked):
    socket = line(person)
    for name in ("playlist_join", "playlist_sync", "playlist_edit", "playlist_leave"):
        answer = ask(socket, name, asked)
        if name == "playlist_leave" and set(asked) == {"playlist_id"} and asked["playlist_id"] == "pl":
            continue
        assert answer["ok"] is False, name
        assert " " in answer["error"]["detail"]


def test_a_socket_opens_so_many_lists_and_no_more(line, person, monkeypatch):
    monkeypatch.setattr("museaika.web.rooms.MOST_ROOMS", 2)
    socket = line(person)
    made = [person.post("/playlists", json={"title": "x"}).get_json()["data"]["id"] for _ in range(3)]
    answers = [join(socket, list_id)["ok"] for list_id in made]
    assert answers == [True, True, False]
    ask(socket, "playlist_leave", {"playlist_id": made[0]})
    assert join(socket, made[2])["ok"] is True
