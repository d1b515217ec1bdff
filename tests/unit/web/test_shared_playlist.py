"""The JavaScript client module and the server tell the same story: the same edits make the same lists."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from tests.unit.web.replicas import Node, Story, let_people_come_and_go, tell_a_story

from museaika.playlists.playlist import Edit
from museaika.playlists.rights import RIGHT_FOR

NO_NODE = "there is no Node here (tests/e2e/test_shared_playlist.py runs the module in Chromium)"
pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason=NO_NODE)


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    process = Node()
    yield process
    process.close()


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_lost_or_late_all_replicas_become_the_servers_list(node: Node, seed: int) -> None:
    tell_a_story(node.ask, seed)


def test_each_kind_of_edit_is_applied_and_taken_back_as_the_server_does_it(node: Node) -> None:
    kinds = set()
    for seed in range(10):
        story = tell_a_story(node.ask, seed)
        let_people_come_and_go(story)
        updates = story.updates()
        kinds |= {update["action"] for update in updates}
        replayed = node.ask({"do": "replay", "snapshot": story.first, "updates": updates})
        assert replayed["list"] == story.fresh()
        done = story.service.edits("ada", story.list_id, story.first["version"], 10_000)
        assert replayed["undos"] == [
            {"action": one.undo.action, "data": {k: tuple_free(v) for k, v in one.undo.data.items()}}
            for one in done
        ]
    assert kinds == set(RIGHT_FOR)


def tuple_free(value):
    return list(value) if isinstance(value, tuple) else value


@pytest.fixture
def ours(node: Node) -> Story:
    """A list of four, confirmed everywhere."""
    return Story(node.ask, 0)


def ids(story, person):
    return [track["entry_id"] for track in story.do(person, "view")["view"]["tracks"]]


def test_an_edit_shows_at_once_and_is_rebased_on_what_others_did(ours):
    first, *rest = ids(ours, "ada")
    ours.do("ada", "edit", action="move_track", data={"entry_id": first})
    assert ids(ours, "ada") == [*rest, first]
    ours.service.edit("bo", ours.list_id, Edit("remove_track", {"entry_id": rest[-1]}))
    ours.service.edit("bo", ours.list_id, Edit("add_track", {"track_id": "ma_sad_1", "after": None}))
    ours.hear("ada")
    ours.end()
    assert ids(ours, "ada")[-1] == first


def test_who_edits_what_one_added_before_the_server_named_it_edits_the_same_entry(ours):
    ours.do("ada", "edit", action="add_track", data={"track_id": "ma_sad_1", "after": None})
    own = ids(ours, "ada")[0]
    assert own.startswith("new_")
    ours.do("ada", "edit", action="add_track", data={"track_id": "ma_calm_1", "after": own})
    ours.do("ada", "edit", action="move_track", data={"entry_id": own})
    ours.end()
    tracks = [track["track_id"] for track in ours.fresh()["tracks"]]
    assert (tracks[0], tracks[-1], len(tracks)) == ("ma_calm_1", "ma_sad_1", 6)


def test_what_builds_on_a_refused_edit_falls_or_finds_another_place(ours):
    before = ids(ours, "ada")
    refused = ours.do("ada", "edit", action="add_track", data={"track_id": "ma_sad_1", "after": before[0]})
    own = ids(ours, "ada")[1]
    moved = ours.do("ada", "edit", action="move_track", data={"entry_id": own})
    ours.do("ada", "edit", action="add_track", data={"track_id": "ma_calm_1", "after": own})
    assert ours.do("ada", "refused", op_id=refused) == [moved]
    ours.do("ada", "edit", action="move_track", data={"entry_id": before[1], "after": None})
    ours.end()
    tracks = ours.fresh()["tracks"]
    assert [track["entry_id"] for track in tracks if track["entry_id"] in before] == [
        before[1],
        before[0],
        *before[2:],
    ]
    assert tracks[2]["track_id"] == "ma_calm_1"


def test_undo_takes_back_ones_own_edits_and_nobody_elses(ours):
    before = [track["track_id"] for track in ours.fresh()["tracks"]]
    first = ids(ours, "ada")[0]
    ours.do("ada", "edit", action="move_track", data={"entry_id": first})
    ours.do("ada", "edit", action="remove_track", data={"entry_id": first})
    ours.service.edit("bo", ours.list_id, Edit("rename", {"title": "Bo's"}))
    for _ in range(2):  # the entry comes back under another id, and is moved back all the same
        assert ours.do("ada", "undo")
        ours.send("ada")
    ours.end()
    assert [track["track_id"] for track in ours.fresh()["tracks"]] == before
    assert ours.do("ada", "undo") is None
    assert ours.fresh()["title"] == "Bo's"
    for _ in range(2):
        assert ours.do("ada", "redo")
    ours.end()
    assert [track["track_id"] for track in ours.fresh()["tracks"]] == before[1:]


def test_what_went_and_came_back_again_and_again_is_still_moved_back(ours):
    before = [track["track_id"] for track in ours.fresh()["tracks"]]
    entry = ids(ours, "ada")[0]
    ours.do("ada", "edit", action="move_track", data={"entry_id": entry})
    ours.do("ada", "edit", action="remove_track", data={"entry_id": entry})
    for step in ("undo", "redo", "undo", "redo", "undo", "undo"):
        ours.end()
        assert ours.do("ada", step), step
    ours.end()
    assert [track["track_id"] for track in ours.fresh()["tracks"]] == before


def test_an_undo_of_what_somebody_else_removed_meets_nothing(ours):
    entry = ids(ours, "ada")[0]
    ours.do("ada", "edit", action="move_track", data={"entry_id": entry})
    ours.end()
    ours.service.edit("bo", ours.list_id, Edit("remove_track", {"entry_id": entry}))
    ours.come_back("ada")
    assert ours.do("ada", "undo") is None
