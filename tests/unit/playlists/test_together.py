"""Edits that wait at the same moment are stored together, and each gets its own answer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from museaika.errors import Conflict, NotFound, Unavailable
from museaika.playlists.edits import EntryGone
from museaika.playlists.playlist import Edit
from museaika.storage.memory.playlists import MemoryPlaylists

from .conftest import service_over


class SlowPlaylists(MemoryPlaylists):
    """A store whose first write waits until it is let go; it notes how many operations came at once."""

    def __init__(self):
        super().__init__()
        self.entered, self.go_on = threading.Event(), threading.Event()
        self.sizes, self.trouble = [], None

    def append(self, playlist, operations):
        self.sizes.append(len(operations))
        self.entered.set()
        assert self.go_on.wait(10)
        if self.trouble and len(self.sizes) > 1:
            raise self.trouble
        return super().append(playlist, operations)


@pytest.fixture
def slow():
    return SlowPlaylists()


def at_one_moment(slow, work, count):
    """Run `work(0)`, and while it is being stored all the others; give back answers or errors."""

    def one(number):
        try:
            return work(number)
        except (Conflict, NotFound, Unavailable) as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        first = pool.submit(one, 0)
        assert slow.entered.wait(10)
        others = [pool.submit(one, number) for number in range(1, count)]
        for _ in range(200):
            if all(other.running() for other in others):
                break
        threading.Event().wait(0.2)  # they are at the door of the list
        slow.go_on.set()
        return [future.result(timeout=20) for future in (first, *others)]


def test_what_waits_is_stored_at_once_and_answered_each_for_itself(slow):
    service = service_over(slow)
    list_id = service.create("ada", "Ours").playlist.playlist_id

    def work(number):
        if number == 7:
            return service.edit("ada", list_id, Edit("remove_track", {"entry_id": "ent_none"}))
        if number == 8:
            return service.edit("eve", list_id, Edit("rename", {"title": "Mine"}))
        op_id = "op-twice" if number in (5, 6) else None
        return service.edit("ada", list_id, Edit("add_track", {"track_id": f"ma_{number}"}), op_id=op_id)

    answers = at_one_moment(slow, work, 12)
    assert len(slow.sizes) < 6
    assert (type(answers[7]), type(answers[8])) == (EntryGone, NotFound)
    assert answers[5] == answers[6]
    done = {answer.version: answer for n, answer in enumerate(answers) if n not in (7, 8)}
    assert list(slow.since(list_id, 0)) == [done[version] for version in range(2, 11)]
    assert len(service.get("ada", list_id).entries) == 9


def test_what_can_not_be_stored_is_refused_to_all_and_leaves_nothing(slow):
    service = service_over(slow)
    list_id = service.create("ada", "Ours").playlist.playlist_id
    slow.trouble = Unavailable("The disk is full.")
    answers = at_one_moment(
        slow, lambda n: service.edit("ada", list_id, Edit("add_track", {"track_id": f"ma_{n}"})), 8
    )
    assert answers[0].version == 2
    assert {type(answer) for answer in answers[1:]} == {Unavailable}
    slow.trouble = None
    assert [entry.track_id for entry in service.get("ada", list_id).entries] == ["ma_0"]
    assert service.edit("ada", list_id, Edit("rename", {"title": "On"})).version == 3
