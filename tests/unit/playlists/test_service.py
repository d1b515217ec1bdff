"""What people may do with lists, and what comes of it."""

from __future__ import annotations

import pytest

from museaika.errors import Conflict, Forbidden, Invalid, NotFound, VersionConflict
from museaika.playlists import playlist as limits
from museaika.playlists.diff import Wanted
from museaika.playlists.draft import Revision
from museaika.playlists.playlist import Edit
from museaika.playlists.service import STAND_IN

SPOTIFY = "spotify:track:6rqhFgbbKwnb9MLmUQDhG6"


def tracks(whole):
    return [entry.track_id for entry in whole.entries]


@pytest.fixture
def ours(service, members):
    """Ada's list of three, in which Bo may edit; returns its id."""
    made = service.create("ada", "Ours", tracks=[Wanted(f"ma_{n}") for n in range(3)])
    members.add("ada", made.playlist.playlist_id, "bo")
    return made.playlist.playlist_id


def test_a_list_is_made_with_its_tracks_and_moods_by_their_names(service):
    whole = service.create(
        "ada", "Rain", tracks=[Wanted("ma_1", "scared"), Wanted(SPOTIFY)], mood_tags=["scared"]
    )
    assert tracks(whole) == ["ma_1", SPOTIFY]
    assert [entry.mood_context for entry in whole.entries] == ["fear", None]
    assert (whole.playlist.mood_tags, whole.playlist.version, whole.playlist.track_count) == (("fear",), 1, 2)
    assert service.get("ada", whole.playlist.playlist_id).entries == whole.entries


@pytest.mark.parametrize(
    "track", ["", "nothing", "spotify:track:short", f"{SPOTIFY}x", "spotify:album:" + "a" * 22]
)
def test_what_is_no_track_is_refused(service, ours, track):
    with pytest.raises(Invalid) as refused:
        service.edit("ada", ours, Edit("add_track", {"track_id": track}))
    assert refused.value.code == "unknown_track"
    with pytest.raises(Invalid):
        service.create("ada", "x", tracks=[Wanted(track)])


def may(service, list_id, who, action):
    """What comes of it when somebody tries an edit: None, or the error's name."""
    data = {
        "add_track": {"track_id": "ma_9"},
        "remove_track": {"entry_id": service.get("ada", list_id).entries[0].entry_id},
        "move_track": {"entry_id": service.get("ada", list_id).entries[0].entry_id},
        "rename": {"title": "Theirs"},
        "describe": {"description": "d"},
        "tag": {"mood_tags": ["sad"]},
        "set_public": {"is_public": True},
        "add_collaborator": {"user_id": "cy"},
        "remove_collaborator": {"user_id": "bo"},
    }[action]
    try:
        service.edit(who, list_id, Edit(action, data))
    except (Forbidden, NotFound) as refused:
        return type(refused).__name__
    return None


EDITS = ("add_track", "remove_track", "move_track", "rename", "describe", "tag")
SHARES = ("set_public", "add_collaborator", "remove_collaborator")


@pytest.mark.parametrize("action", [*EDITS, *SHARES])
def test_who_may_do_what(service, ours, action):
    assert may(service, ours, "eve", action) == "NotFound"
    service.edit("ada", ours, Edit("set_public", {"is_public": True}))
    assert may(service, ours, "eve", action) == "Forbidden"
    expected = "Forbidden" if action in ("set_public", "add_collaborator") else None
    assert may(service, ours, "bo", action) == expected  # Bo may remove himself
    assert may(service, ours, "ada", action) is None


def test_a_removed_collaborator_has_no_list_any_more_not_even_with_an_op_id_of_old(service, ours, members):
    edit = Edit("rename", {"title": "Bo was here"})
    service.edit("bo", ours, edit, op_id="op-1")
    members.remove("ada", ours, "bo")
    for attempt in (
        lambda: service.get("bo", ours),
        lambda: service.edit("bo", ours, edit, op_id="op-1"),
        lambda: service.edits("bo", ours, 1, 10),
        lambda: service.sync("bo", ours, None),
        lambda: service.revise("bo", ours, Revision(title="x")),
        lambda: service.delete("bo", ours),
        lambda: members.remove("bo", ours, "bo"),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert service.page("bo", None, 10).items == []


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("add_track", {"track_id": "ma_7", "after": None}),
        ("remove_track", {"entry_id": 1}),
        ("move_track", {"entry_id": 2, "after": None}),
        ("rename", {"title": "Other"}),
        ("describe", {"description": "Other"}),
        ("set_public", {"is_public": True}),
        ("tag", {"mood_tags": ["sad", "calm"]}),
        ("add_collaborator", {"user_id": "cy"}),
        ("remove_collaborator", {"user_id": "bo"}),
    ],
)
def test_an_edit_and_its_undo_leave_the_list_as_it_was(service, ours, action, data):
    before = service.get("ada", ours)
    if isinstance(data.get("entry_id"), int):
        data = {**data, "entry_id": before.entries[data["entry_id"]].entry_id}
    done = service.edit("ada", ours, Edit(action, data))
    changed = service.get("ada", ours)
    assert (changed.playlist.version, changed.entries, changed.playlist) != (
        before.playlist.version, before.entries, before.playlist,
    )  # fmt: skip
    service.edit("ada", ours, done.undo)
    after = service.get("ada", ours)
    assert tracks(after) == tracks(before)
    same = ("title", "description", "is_public", "mood_tags", "collaborators", "track_count")
    assert [getattr(after.playlist, name) for name in same] == [getattr(before.playlist, name) for name in same]


def test_an_anchor_that_is_gone_means_the_spot_where_it_was(service, ours):
    first, second, _ = service.get("ada", ours).entries
    service.edit("bo", ours, Edit("remove_track", {"entry_id": second.entry_id}))
    done = service.edit("ada", ours, Edit("add_track", {"track_id": "ma_9", "after": second.entry_id}))
    assert done.data["after"] == first.entry_id
    assert tracks(service.get("ada", ours)) == ["ma_0", "ma_9", "ma_2"]


def test_a_list_becomes_what_is_wanted_in_few_edits(service, ours):
    before = service.get("ada", ours)
    wanted = [Wanted(name) for name in ("ma_2", "ma_0", "ma_8", "ma_1")]
    after = service.revise("bo", ours, Revision(title="Ours", tracks=wanted))
    assert tracks(after) == ["ma_2", "ma_0", "ma_8", "ma_1"]
    assert {e.entry_id for e in before.entries} < {e.entry_id for e in after.entries}
    actions = [done.action for done in service.edits("ada", ours, before.playlist.version, 100)]
    assert actions == ["move_track", "add_track"]
    assert service.revise("ada", ours, Revision(tracks=wanted)).playlist.version == after.playlist.version


def test_a_revision_of_an_older_version_is_refused(service, ours):
    version = service.get("ada", ours).playlist.version
    service.edit("bo", ours, Edit("rename", {"title": "Bo's"}))
    with pytest.raises(VersionConflict):
        service.revise("ada", ours, Revision(title="Mine"), expected_version=version)
    with pytest.raises(VersionConflict):
        service.delete("ada", ours, expected_version=version)
    assert service.get("ada", ours).playlist.title == "Bo's"


def test_a_revision_that_fails_half_way_changes_nothing(service, ours, monkeypatch):
    monkeypatch.setattr("museaika.playlists.edits.MOST_TRACKS", 4)
    before = service.get("ada", ours)
    with pytest.raises(Conflict) as refused:
        service.revise("ada", ours, Revision(title="New", tracks=[Wanted(f"ma_{n}") for n in range(5)]))
    assert refused.value.code == "playlist_full"
    assert service.get("ada", ours) == before


def test_a_full_list_takes_no_more_until_something_goes(service):
    full = [Wanted("ma_1")] * limits.MOST_TRACKS
    whole = service.create("ada", "Full", tracks=full)
    list_id = whole.playlist.playlist_id
    with pytest.raises(Conflict) as refused:
        service.edit("ada", list_id, Edit("add_track", {"track_id": "ma_2"}))
    assert refused.value.code == "playlist_full"
    service.edit("ada", list_id, Edit("remove_track", {"entry_id": whole.entries[0].entry_id}))
    service.edit("ada", list_id, Edit("add_track", {"track_id": "ma_2"}))
    with pytest.raises(Invalid):
        service.create("ada", "Over full", tracks=[*full, Wanted("ma_1")])


def test_a_hundred_collaborators_are_enough(service, members):
    list_id = service.create("ada", "Crowd").playlist.playlist_id
    for n in range(limits.MOST_COLLABORATORS):
        members.add("ada", list_id, f"usr_{n}")
    members.add("ada", list_id, "usr_7")
    with pytest.raises(Conflict) as refused:
        members.add("ada", list_id, "usr_one_more")
    assert refused.value.code == "too_many_members"
    with pytest.raises(Invalid):
        members.add("ada", list_id, "ada")


def test_who_is_far_behind_gets_the_whole_list(service, ours):
    for n in range(501):
        service.edit("ada", ours, Edit("rename", {"title": str(n)}))
    whole = service.get("ada", ours)
    assert service.sync("ada", ours, 1) == service.sync("ada", ours, None) == whole
    assert len(service.sync("ada", ours, whole.playlist.version - 500)) == 500
    assert service.sync("ada", ours, whole.playlist.version) == []
    assert service.sync("ada", ours, whole.playlist.version + 1) == whole


def test_lists_for_a_mood_are_ones_own_then_public_ones(service, ours):
    service.edit("ada", ours, Edit("tag", {"mood_tags": ["sad"]}))
    public = service.create("eve", "Everybody's", mood_tags=["sad"], is_public=True).playlist
    service.create("eve", "Eve's own", mood_tags=["sad"])
    service.create("eve", "Public, but glad", mood_tags=["happy"], is_public=True)
    assert [one.playlist_id for one in service.tagged("bo", "sad", 5)] == [ours, public.playlist_id]
    assert [one.playlist_id for one in service.tagged("bo", "sad", 1)] == [ours]


def test_erasing_a_person_deletes_their_lists_and_names_them_in_no_other(service, store, ours):
    own = service.create("bo", "Bo's own").playlist.playlist_id
    service.edit("bo", ours, Edit("add_track", {"track_id": "ma_9"}))
    assert [len(one.entries) for one in sorted(service.export("bo"), key=lambda one: one.playlist.title)] == [
        0,
        1,
    ]
    service.erase("bo")
    service.erase("bo")
    assert store.get(own) is None
    whole = service.get("ada", ours)
    assert tracks(whole) == ["ma_0", "ma_1", "ma_2", "ma_9"]
    assert whole.entries[-1].added_by == STAND_IN
    assert whole.playlist.collaborators == ()
    assert "'bo'" not in repr((store.since(ours, 0), store.snapshot(ours), store.get(ours)))
    assert list(store.touched("bo")) == []


def test_a_deleted_list_is_gone_for_all(service, notes, ours):
    with pytest.raises(Forbidden):
        service.delete("bo", ours)
    service.delete("ada", ours)
    assert notes.events[-1].playlist_id == ours
    for person in ("ada", "bo"):
        with pytest.raises(NotFound):
            service.edit(person, ours, Edit("rename", {"title": "x"}))
