"""Lists over HTTP: made, filled, edited by two, shared, and closed to everybody else."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

SPOTIFY = "spotify:track:6rqhFgbbKwnb9MLmUQDhG6"


def data(answer, status=200):
    assert answer.status_code == status, answer.text
    return answer.get_json()["data"]


def code(answer, status):
    assert answer.status_code == status, answer.text
    return answer.get_json()["error"]["code"]


def make(person, **asked):
    return data(person.post("/playlists", json={"title": "Ours", **asked}), 201)


def put(person, list_id, version=None, **asked):
    headers = {"If-Match": f'"{version}"'} if version is not None else {}
    return person.request("PUT", f"/playlists/{list_id}", json=asked, headers=headers)


def edit(person, list_id, action, **asked):
    more = {name: asked.pop(name) for name in ("op_id", "base_version") if name in asked}
    return person.post(f"/playlists/{list_id}/edits", json={"action": action, "data": asked, **more})


def ids(told):
    return [track["track_id"] for track in told["tracks"]]


@pytest.fixture
def ours(person, stranger):
    """A list of three, in which the stranger is none: they may edit."""
    told = make(person, tracks=["ma_sad_1", {"track_id": SPOTIFY, "mood_context": "scared"}, "ma_sad_2"])
    person.post(f"/playlists/{told['id']}/collaborators", json={"user_id": stranger.user_id})
    return told["id"]


def test_a_list_has_all_that_was_asked_for(person):
    answer = person.post(
        "/playlists",
        json={"title": " Rain ", "tracks": ["ma_sad_1", SPOTIFY], "mood_tags": ["scared"], "is_public": True},
    )
    told = data(answer, 201)
    assert (answer.headers["ETag"], answer.headers["Location"]) == ('"1"', f"/api/v1/playlists/{told['id']}")
    known, unknown = told["tracks"]
    assert (known["title"], known["artists"], known["added_by"]) == ("sad 1", ["Artist 1"], person.user_id)
    assert (unknown["track_id"], unknown["title"], unknown["artists"]) == (SPOTIFY, None, [])
    assert (told["title"], told["mood_tags"], told["is_public"]) == ("Rain", ["fear"], True)
    assert data(person.get(f"/playlists/{told['id']}")) == told


def test_a_mood_fills_a_list_and_a_target_makes_it_a_journey(person):
    filled = data(person.post("/playlists", json={"from_mood": "scared"}), 201)
    assert (filled["title"], filled["mood_tags"], filled["track_count"]) == ("For fear", ["fear"], 25)
    assert {track["mood_context"] for track in filled["tracks"]} == {"fear"}
    walk = make(person, tracks=["ma_happy_1"], from_mood="sad", target_mood="happy")
    assert (walk["title"], ids(walk)[0], walk["track_count"]) == ("Ours", "ma_happy_1", 26)
    assert code(person.post("/playlists", json={"from_mood": "hapy"}), 422) == "unknown_mood"


@pytest.mark.parametrize(
    "asked",
    [{}, {"title": " "}, {"title": "a\nb"}, {"title": "x" * 201}, {"tracks": ["nothing"]}, {"tracks": [7]},
     {"tracks": ["ma_sad_1"] * 10_001}, {"mood_tags": ["hapy"]}, {"target_mood": "happy"}, {"is_public": 1},
     {"tracks": [{"track_id": "ma_sad_1", "entry_id": "x"}]}, {"description": "x" * 2001}],
)  # fmt: skip
def test_a_list_that_makes_no_sense_is_refused(person, asked):
    title = {} if asked == {} else {"title": "Ours"}
    answer = person.post("/playlists", json={**title, **asked})
    assert answer.status_code == 422
    assert data(person.get("/playlists"))["items"] == []


def test_tags_and_cover_follow_the_tracks_until_somebody_chooses(person):
    told = make(person, tracks=["ma_sad_1", "ma_sad_2", SPOTIFY])
    list_id = told["id"]
    assert (told["mood_tags"], told["tags_from_tracks"]) == (["sad"], True)
    first = person.get(f"/playlists/{list_id}/cover")
    assert (first.status_code, first.mimetype, first.headers["ETag"]) == (200, "image/svg+xml", '"1"')
    again = person.get(told["cover_url"].removeprefix("/api/v1"), headers={"If-None-Match": '"1"'})
    assert (again.status_code, again.data) == (304, b"")
    added = data(edit(person, list_id, "add_track", track_id=SPOTIFY, mood_context="happy"))
    assert added["data"]["mood_tags"] == ["happy", "sad"]
    moods = data(person.get(f"/playlists/{list_id}/moods"))
    assert moods == {"moods": {"sad": 2 / 3, "happy": 1 / 3}, "track_count": 4, "version": 2}
    second = person.get(f"/playlists/{list_id}/cover")
    assert second.text.count("<circle") == 2
    assert second.text != first.text
    data(edit(person, list_id, "tag", mood_tags=["calm"]))
    gone = data(edit(person, list_id, "remove_track", entry_id=added["entry_id"]))
    assert "mood_tags" not in gone["data"]
    assert data(person.get(f"/playlists/{list_id}"))["mood_tags"] == ["calm"]
    data(edit(person, list_id, "tag", mood_tags=None))
    told = data(person.get(f"/playlists/{list_id}"))
    assert (told["mood_tags"], told["tags_from_tracks"]) == (["sad"], True)
    data(put(person, list_id, tracks=["ma_calm_1"]))
    assert data(person.get(f"/playlists/{list_id}"))["mood_tags"] == ["calm"]
    data(put(person, list_id, tracks=[]))
    assert data(person.get(f"/playlists/{list_id}/moods"))["moods"] == {}
    assert person.get(f"/playlists/{list_id}/cover").text.count("<circle") == 1


def test_a_full_list_fits_into_one_body(person):
    """Ten thousand of the longest tracks that there are."""
    full = [{"track_id": "spotify:track:" + f"{n:022d}", "mood_context": "melancholic"} for n in range(10_000)]
    told = make(person, tracks=full)
    assert (told["track_count"], told["mood_tags"]) == (10_000, ["melancholic"])
    after = data(put(person, told["id"], tracks=full[1:]))
    assert after["tracks"] == told["tracks"][1:]
    huge = {"title": "x", "description": "x" * 3_000_000}
    assert person.post("/playlists", json=huge).status_code == 413
    assert edit(person, told["id"], "describe", description="x" * 300_000).status_code == 413


def test_the_same_key_makes_one_list(person):
    headers = {"Idempotency-Key": "abc"}
    first, second = (person.post("/playlists", json={"title": "x"}, headers=headers) for _ in range(2))
    assert data(first, 201)["id"] == data(second, 201)["id"]
    assert len(data(person.get("/playlists"))["items"]) == 1


def test_an_etag_saves_a_second_reading(person, ours):
    answer = person.get(f"/playlists/{ours}")
    again = person.get(f"/playlists/{ours}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    edit(person, ours, "rename", title="New")
    again = person.get(f"/playlists/{ours}", headers={"If-None-Match": answer.headers["ETag"]})
    assert data(again)["title"] == "New"


def test_two_people_edit_one_list(person, stranger, ours):
    before = data(person.get(f"/playlists/{ours}"))
    first, second, _ = (track["entry_id"] for track in before["tracks"])
    gone = data(edit(stranger, ours, "remove_track", entry_id=second))
    assert (gone["version"], gone["entry_id"], gone["user"]) == (
        before["version"] + 1,
        second,
        stranger.user_id,
    )
    assert gone["undo"]["action"] == "add_track"
    added = data(
        edit(person, ours, "add_track", track_id="ma_sad_9", after=second, base_version=before["version"])
    )
    assert added["data"]["after"] == first
    refused = edit(person, ours, "move_track", entry_id=second, after=None)
    assert code(refused, 409) == "entry_gone"
    assert f"version {added['version']}" in refused.get_json()["error"]["detail"]
    data(edit(person, ours, "move_track", entry_id=added["entry_id"], after=None))
    data(edit(person, ours, "add_track", track_id="ma_sad_8"))
    assert ids(data(stranger.get(f"/playlists/{ours}"))) == ["ma_sad_9", "ma_sad_1", "ma_sad_2", "ma_sad_8"]
    done = data(person.get(f"/playlists/{ours}/edits?since={before['version']}&limit=2"))
    assert done["items"] == [gone, added]
    assert done["version"] == before["version"] + 4
    seen, cursor = [], ""
    while cursor is not None:
        page = data(person.get(f"/playlists/{ours}/edits?limit=2{cursor}"))
        seen += [one["version"] for one in page["items"]]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert seen == list(range(2, done["version"] + 1))
    for odd in ("YQ", "%ff", "a"):
        assert code(person.get(f"/playlists/{ours}/edits?cursor={odd}"), 422) == "invalid_cursor"


def test_the_same_op_id_is_done_once(person, ours):
    first, second = (edit(person, ours, "add_track", track_id="ma_sad_5", op_id="op-1") for _ in range(2))
    assert data(first) == data(second)
    assert first.headers["ETag"] == f'"{data(first)["version"]}"'
    assert len(data(person.get(f"/playlists/{ours}"))["tracks"]) == 4


@pytest.mark.parametrize(
    ("action", "asked"),
    [("add_track", {}), ("add_track", {"track_id": 3}), ("add_track", {"track_id": "no"}), ("dance", {}),
     ("rename", {"title": ""}), ("rename", {"name": "x"}), ("move_track", {"entry_id": None}),
     ("tag", {"mood_tags": ["hapy"]}), ("tag", {"mood_tags": "sad"}), ("set_public", {"is_public": "yes"}),
     ("add_collaborator", {"user_id": "x"}), ("rename", {"title": "x", "base_version": 0}),
     ("rename", {"title": "x", "op_id": "a b"})],
)  # fmt: skip
def test_an_edit_that_makes_no_sense_is_refused(person, ours, action, asked):
    version = data(person.get(f"/playlists/{ours}"))["version"]
    answer = edit(person, ours, action, **asked)
    assert answer.status_code == 422, answer.text
    assert answer.get_json()["error"]["errors"]
    assert data(person.get(f"/playlists/{ours}"))["version"] == version


def test_a_put_is_a_diff_and_keeps_the_entries_that_stay(person, ours):
    before = data(person.get(f"/playlists/{ours}"))
    after = data(put(person, ours, title="Other", tracks=["ma_sad_2", "ma_sad_7", "ma_sad_1"]))
    assert (after["title"], ids(after)) == ("Other", ["ma_sad_2", "ma_sad_7", "ma_sad_1"])
    assert after["tracks"][2] == before["tracks"][0]
    done = data(person.get(f"/playlists/{ours}/edits?since={before['version']}"))["items"]
    assert [one["action"] for one in done] == ["rename", "remove_track", "move_track", "add_track"]
    assert data(put(person, ours, description="d"))["tracks"] == after["tracks"]


def test_a_put_for_another_version_is_refused(person, ours):
    version = data(person.get(f"/playlists/{ours}"))["version"]
    assert data(put(person, ours, version, title="One"))["version"] == version + 1
    assert code(put(person, ours, version, title="Two"), 412) == "version_conflict"
    headers = {"If-Match": f'"{version}"'}
    assert code(person.delete(f"/playlists/{ours}", headers=headers), 412) == "version_conflict"
    for odd in ("x", '"1", "2"', '"x"', 'W/"x"', '"' + "9" * 4000 + '"'):
        answer = person.request("PUT", f"/playlists/{ours}", json={"title": "x"}, headers={"If-Match": odd})
        assert answer.status_code in (412, 422), odd
    answer = person.request("PUT", f"/playlists/{ours}", json={"title": "Any"}, headers={"If-Match": "*"})
    assert data(answer)["title"] == "Any"


def everything(who, list_id, user_id):
    """Each way to a list, and what it answers."""
    return [
        who.get(f"/playlists/{list_id}"),
        who.get(f"/playlists/{list_id}", headers={"If-None-Match": '"1"'}),
        who.get(f"/playlists/{list_id}/tracks"),
        who.get(f"/playlists/{list_id}/edits?since=1"),
        put(who, list_id, title="Mine"),
        put(who, list_id, 1, title="Mine"),
        edit(who, list_id, "rename", title="Mine"),
        edit(who, list_id, "remove_track", entry_id="ent_1"),
        who.post(f"/playlists/{list_id}/collaborators", json={"user_id": user_id}),
        who.delete(f"/playlists/{list_id}/collaborators/{user_id}"),
        who.get(f"/playlists/{list_id}/moods"),
        who.get(f"/playlists/{list_id}/cover"),
        who.request("PUT", f"/playlists/{list_id}/owner", json={"user_id": user_id}),
        who.post(f"/playlists/{list_id}/invitations", json={}),
        who.get(f"/playlists/{list_id}/invitations"),
        who.delete(f"/playlists/{list_id}/invitations/inv_0"),
        who.delete(f"/playlists/{list_id}"),
    ]


def test_to_a_stranger_and_a_removed_collaborator_a_list_does_not_exist(app, person, stranger, ours):
    from tests.unit.web.conftest import Person

    eve = Person(app)
    person.delete(f"/playlists/{ours}/collaborators/{stranger.user_id}")
    before = data(person.get(f"/playlists/{ours}"))
    for who in (eve, stranger):
        real, invented = everything(who, ours, who.user_id), everything(who, "pl_0", who.user_id)
        for here, nowhere in zip(real, invented, strict=True):
            assert code(here, 404) == code(nowhere, 404) == "playlist_not_found"
            assert here.get_json()["error"]["detail"] == nowhere.get_json()["error"]["detail"]
        assert data(who.get("/playlists"))["items"] == []
    assert data(person.get(f"/playlists/{ours}")) == before
    assert app.test_client().get(f"/api/v1/playlists/{ours}").status_code == 401


def test_a_public_list_is_read_by_all_and_edited_by_its_own(app, person, stranger, ours):
    from tests.unit.web.conftest import Person

    eve = Person(app)
    assert code(edit(stranger, ours, "set_public", is_public=True), 403) == "not_your_playlist"
    assert code(put(stranger, ours, is_public=True), 403) == "not_your_playlist"
    data(edit(person, ours, "set_public", is_public=True))
    read = everything(eve, ours, eve.user_id)
    # leaving a list that one is not in changes nothing, and says so
    allowed = [200, 200, 200, 200, 403, 403, 403, 403, 403, 200, 200, 200, 403, 403, 403, 403, 403]
    assert [answer.status_code for answer in read] == allowed
    assert stranger.user_id in data(person.get(f"/playlists/{ours}"))["collaborators"]


def test_collaborators_are_people_and_may_leave(person, stranger, ours):
    assert (
        code(person.post(f"/playlists/{ours}/collaborators", json={"user_id": "usr_0"}), 404)
        == "user_not_found"
    )
    assert (
        code(person.post(f"/playlists/{ours}/collaborators", json={"user_id": person.user_id}), 422) == "own_id"
    )
    assert [one["id"] for one in data(stranger.get("/playlists"))["items"]] == [ours]
    assert data(stranger.delete(f"/playlists/{ours}/collaborators/{stranger.user_id}"))["collaborators"] == []
    assert data(stranger.get("/playlists"))["items"] == []


def test_a_long_list_is_read_in_pages_while_it_changes(person):
    told = make(person, tracks=[f"ma_{mood}_{n}" for mood in ("sad", "happy") for n in range(5)])
    first = data(person.get(f"/playlists/{told['id']}/tracks?limit=4"))
    assert [track["entry_id"] for track in first["items"]] == [t["entry_id"] for t in told["tracks"][:4]]
    edit(person, told["id"], "remove_track", entry_id=first["items"][-1]["entry_id"])
    edit(person, told["id"], "add_track", track_id="ma_calm_1", after=None)
    seen, cursor = list(first["items"]), first["next_cursor"]
    while cursor:
        page = data(person.get(f"/playlists/{told['id']}/tracks?limit=4&cursor={cursor}"))
        seen, cursor = seen + page["items"], page["next_cursor"]
    assert [track["entry_id"] for track in seen] == [t["entry_id"] for t in told["tracks"]]
    assert code(person.get(f"/playlists/{told['id']}/tracks?cursor=YQ"), 422) == "invalid_cursor"


def test_lists_are_listed_newest_first_in_pages(person):
    made = [make(person)["id"] for _ in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        page = data(person.get(f"/playlists?limit=2{cursor}"))
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert sorted(seen) == sorted(made)


def test_lists_for_the_mood_are_named_before_the_mixes(person, stranger):
    public = make(stranger, title="Everybody's", mood_tags=["sad"], is_public=True)["id"]
    make(stranger, title="Private", mood_tags=["sad"])
    own = make(person, title="Mine", mood_tags=["sad"])["id"]
    make(person, title="Glad", mood_tags=["happy"])
    named = data(person.post("/detect/manual", json={"mood": "sad"}))["recommendations"]
    assert [(one["playlist_id"], one["name"]) for one in named[:2]] == [(own, "Mine"), (public, "Everybody's")]
    assert named[0]["url"] == f"/api/v1/playlists/{own}"
    assert named[2]["playlist_id"].startswith("mix_sad")


def test_lists_are_taken_along_and_erased_with_the_account(person, stranger, ours):
    data(edit(stranger, ours, "add_track", track_id="ma_sad_3"))
    own = make(stranger, title="Mine")["id"]
    archive = zipfile.ZipFile(io.BytesIO(stranger.get("/users/me/export").data))
    kept = {one["playlist_id"]: one for one in json.loads(archive.read("playlists.json"))}
    assert set(kept) == {own, ours}
    assert [track["track_id"] for track in kept[ours]["tracks"]] == ["ma_sad_3"]
    stranger.delete("/users/me")
    told = data(person.get(f"/playlists/{ours}"))
    assert (told["collaborators"], told["tracks"][-1]["added_by"]) == ([], "usr_erased")
    assert stranger.user_id not in person.get(f"/playlists/{ours}/edits?since=1").text
    assert code(person.get(f"/playlists/{own}"), 404) == "playlist_not_found"


def test_a_deleted_list_is_gone(person, ours):
    assert data(person.delete(f"/playlists/{ours}")) == {"deleted": 1}
    assert code(person.get(f"/playlists/{ours}"), 404) == "playlist_not_found"
    assert code(person.delete(f"/playlists/{ours}"), 404) == "playlist_not_found"
