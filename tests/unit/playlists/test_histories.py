"""Whatever many hands do to a list, in whatever order it arrives: everybody ends with the same list."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from museaika.errors import Conflict
from museaika.playlists.diff import Wanted
from museaika.playlists.draft import Revision
from museaika.playlists.edits import EntryGone
from museaika.playlists.playlist import Edit
from museaika.storage.memory.playlists import MemoryPlaylists

from .conftest import Notes, members_over, service_over

PEOPLE = ["ada", "bo", "cy"]
TRACKS = ["ma_happy_1", "ma_happy_2", "ma_sad_1", "ma_calm_1"]
ANYWHERE = st.integers(0, 30)


class Replica:
    """A plain list, kept by the operations alone: no keys, no memory of what is gone."""

    def __init__(self, snapshot):
        self.version = snapshot.playlist.version
        self.fields = fields_of(snapshot.playlist)
        self.entries = [(entry.entry_id, entry.track_id) for entry in snapshot.entries]

    def hear(self, operation):
        assert operation.version == self.version + 1, "a version was left out"
        self.version = operation.version
        action, data = operation.action, operation.data
        if action == "add_track":
            self._put((data["entry_id"], data["track_id"]), data["after"])
        elif action == "remove_track":
            self._take(data["entry_id"])
        elif action == "move_track":
            self._put(self._take(data["entry_id"]), data["after"])
        elif "user_id" in data:
            self._let(action, data["user_id"])
        self.fields.update({name: value for name, value in data.items() if name in self.fields})

    def _let(self, action, who):
        others, readers = self.fields["collaborators"], self.fields["readers"]
        if action == "hand_over":
            others.append(self.fields["owner_id"])
            self.fields["owner_id"] = who
        for seats in (others, readers):
            if who in seats and not (action.startswith("remove") and seats is not self._seats(action)):
                seats.remove(who)
        if action.startswith("add"):
            self._seats(action).append(who)

    def _seats(self, action):
        return self.fields["readers" if action.endswith("reader") else "collaborators"]

    def _put(self, entry, after):
        ids = [entry_id for entry_id, _ in self.entries]
        self.entries.insert(0 if after is None else ids.index(after) + 1, entry)

    def _take(self, entry_id):
        ids = [name for name, _ in self.entries]
        return self.entries.pop(ids.index(entry_id))


def fields_of(playlist):
    names = (
        "title",
        "description",
        "is_public",
        "mood_tags",
        "tags_from_tracks",
        "owner_id",
        "collaborators",
        "readers",
    )
    values = {name: getattr(playlist, name) for name in names}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


class Histories(RuleBasedStateMachine):
    """Each person edits by the list as they last saw it, which may be long ago."""

    def __init__(self):
        super().__init__()
        self.store, self.notes = MemoryPlaylists(), Notes()
        self.service = service_over(self.store, self.notes)
        self.members = members_over(self.service, self.store)
        made = self.service.create("ada", "Ours", tracks=[Wanted(track) for track in TRACKS])
        self.list_id = made.playlist.playlist_id
        for person in PEOPLE[1:]:
            self.members.add("ada", self.list_id, person)
        whole = self.service.get("ada", self.list_id)
        self.replicas = {person: Replica(whole) for person in PEOPLE}
        self.acknowledged = {}
        self.owner = "ada"
        self.ever = [entry.entry_id for entry in whole.entries]

    def edit(self, person, action, data, number):
        op_id = f"{person}-{number}"
        seen = self.replicas[person].version
        gone = data.get("entry_id") not in [entry.entry_id for entry in self.whole().entries]
        if gone and action in ("move_track", "remove_track") and op_id not in self.acknowledged:
            with pytest.raises(EntryGone) as refused:
                self.service.edit(person, self.list_id, Edit(action, data), op_id=op_id, base_version=seen)
            assert refused.value.version == self.whole().playlist.version
            return
        done = self.service.edit(person, self.list_id, Edit(action, data), op_id=op_id, base_version=seen)
        first = self.acknowledged.setdefault(op_id, done)
        assert first == done, "the same op_id had another answer before"
        if done.action == "add_track" and done.data["entry_id"] not in self.ever:
            self.ever.append(done.data["entry_id"])

    def whole(self):
        return self.service.get("ada", self.list_id)

    def an_entry(self, index):
        """Any entry there ever was, so that some are gone."""
        return self.ever[index % len(self.ever)]

    @rule(person=st.sampled_from(PEOPLE), track=st.sampled_from(TRACKS), number=ANYWHERE, where=ANYWHERE)
    def add(self, person, track, number, where):
        anchors = [{}, {"after": None}, {"after": self.an_entry(where)}]
        self.edit(person, "add_track", {"track_id": track, **anchors[where % 3]}, number)

    @rule(person=st.sampled_from(PEOPLE), number=ANYWHERE, which=ANYWHERE)
    def remove(self, person, number, which):
        self.edit(person, "remove_track", {"entry_id": self.an_entry(which)}, number)

    @rule(person=st.sampled_from(PEOPLE), number=ANYWHERE, which=ANYWHERE, where=ANYWHERE)
    def move(self, person, number, which, where):
        anchors = [{}, {"after": None}, {"after": self.an_entry(where)}]
        self.edit(person, "move_track", {"entry_id": self.an_entry(which), **anchors[where % 3]}, number)

    @rule(person=st.sampled_from(PEOPLE), number=ANYWHERE, title=st.text("abc", min_size=1, max_size=3))
    def rename(self, person, number, title):
        self.edit(person, "rename", {"title": title}, number)

    @rule(person=st.sampled_from(PEOPLE), number=ANYWHERE, text=st.text("abc", max_size=3))
    def describe(self, person, number, text):
        self.edit(person, "describe", {"description": text}, number)

    @rule(
        person=st.sampled_from(PEOPLE),
        number=ANYWHERE,
        tags=st.none() | st.lists(st.sampled_from(["sad", "calm"]), unique=True),
    )
    def tag(self, person, number, tags):
        self.edit(person, "tag", {"mood_tags": tags}, number)

    @rule(public=st.booleans())
    def open_or_close(self, public):
        self.service.edit(self.owner, self.list_id, Edit("set_public", {"is_public": public}))

    @rule(role=st.sampled_from(["collaborator", "reader", None]))
    def let_a_guest(self, role):
        """Somebody who is let in, out, and in with another role."""
        if role is None:
            self.members.remove(self.owner, self.list_id, "dee")
        else:
            invitation = self.members.invite(self.owner, self.list_id, role, timedelta(hours=1))
            self.members.accept("dee", self.members.token(invitation))
            self.members.revoke(self.owner, self.list_id, invitation.invitation_id)

    @rule(person=st.sampled_from(PEOPLE))
    def hand_over(self, person):
        self.members.hand_over(self.owner, self.list_id, person)
        self.owner = person

    @rule(person=st.sampled_from(PEOPLE), wanted=st.lists(st.sampled_from(TRACKS), max_size=8))
    def put(self, person, wanted):
        after = self.service.revise(person, self.list_id, Revision(tracks=[Wanted(t) for t in wanted]))
        assert [entry.track_id for entry in after.entries] == wanted
        self.ever.extend(e.entry_id for e in after.entries if e.entry_id not in self.ever)

    @precondition(lambda self: self.acknowledged)
    @rule(which=ANYWHERE)
    def take_back(self, which):
        done = sorted(self.acknowledged.values(), key=lambda one: one.version)[-1 - which % 3 :][0]
        before = self.whole()
        latest = done.version == before.playlist.version
        try:
            back = self.service.edit(self.owner, self.list_id, done.undo)
        except EntryGone:
            assert not latest
            return
        if back.action == "add_track":
            self.ever.append(back.data["entry_id"])
        if latest:  # the inverse undoes the inverse: where nothing came between, it is as it was
            again = self.service.edit(self.owner, self.list_id, back.undo)
            self.ever += [again.data["entry_id"]] if again.action == "add_track" else []
            assert [e.track_id for e in self.whole().entries] == [e.track_id for e in before.entries]

    @rule(person=st.sampled_from(PEOPLE))
    def catch_up(self, person):
        replica = self.replicas[person]
        for operation in self.service.sync(person, self.list_id, replica.version):
            replica.hear(operation)
        whole = self.whole()
        assert replica.entries == [(entry.entry_id, entry.track_id) for entry in whole.entries]
        assert replica.fields == fields_of(whole.playlist)

    @rule()
    def restart(self):
        self.service = service_over(self.store, self.notes)
        self.members = members_over(self.service, self.store)

    @invariant()
    def every_answer_is_in_the_log_once_and_was_told_once(self):
        log = self.store.since(self.list_id, 1)
        assert [done.version for done in log] == list(range(2, len(log) + 2))
        assert [event.version for event in self.notes.events] == [done.version for done in log]
        by_id = {done.op_id: done for done in log}
        assert len(by_id) == len(log)
        assert all(by_id[op_id] == done for op_id, done in self.acknowledged.items())

    def teardown(self):
        for person in PEOPLE:
            self.catch_up(person)


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@pytest.mark.soak
@pytest.mark.timeout(3600)
class TestManyHistories(Histories.TestCase):
    """The long form: 10,000 histories."""

    settings = settings(max_examples=10_000, stateful_step_count=40, deadline=None)


def test_an_edit_on_a_version_that_is_not_there_yet_is_refused(service):
    made = service.create("ada", "Ours").playlist
    with pytest.raises(Conflict, match="behind your 7") as refused:
        service.edit("ada", made.playlist_id, Edit("rename", {"title": "x"}), base_version=7)
    assert refused.value.code == "version_ahead"
