"""Replicas of the JavaScript client module, moved from Python: in Node, or wherever `ask` leads."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.unit.playlists.conftest import Catalogue, Notes, members_over, service_over

from museaika.playlists.diff import Wanted
from museaika.playlists.edits import EntryGone
from museaika.playlists.playlist import Edit
from museaika.storage.memory.playlists import MemoryPlaylists
from museaika.web.schemas.playlists import tell_playlist, tell_update

ROOT = Path(__file__).resolve().parents[3]
DESK = (ROOT / "tests/data/replicas.js").read_text().strip().rstrip(";")
MODULE = ROOT / "src/museaika/web/studio/playlist"
IN_NODE = f"""
import {{ createInterface }} from "node:readline";
const desk = await ({DESK})("{MODULE.as_uri()}/");
for await (const line of createInterface({{ input: process.stdin }}))
  process.stdout.write(JSON.stringify(desk(JSON.parse(line))) + "\\n");
"""
PEOPLE = ("ada", "bo", "cy")
TRACKS = ("ma_happy_1", "ma_sad_1", "ma_calm_1", "spotify:track:" + "0" * 22)
Ask = Callable[[dict[str, Any]], Any]


class Titles(Catalogue):
    """A catalogue whose tracks have names."""

    def get(self, track_id):
        track = super().get(track_id)
        if track:
            track.title, track.artists = f"Title of {track_id}", ("Somebody",)
        return track


class Node:
    """A process of Node at the desk."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            ["node", "--input-type=module", "-e", IN_NODE],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self, order: dict[str, Any]) -> Any:
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"the client module failed at {order}"
        return json.loads(answer)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(10)


class Story:
    """A list that three people edit, each by a replica that hears late, loses lines, and gets no answers."""

    def __init__(self, ask: Ask, seed: int) -> None:
        self.ask, self.dice = ask, random.Random(seed)
        store, self.notes = MemoryPlaylists(), Notes()
        self.service = service_over(store, self.notes)
        self.members = members_over(self.service, store)
        made = self.service.create("ada", "Ours", tracks=[Wanted(track) for track in TRACKS])
        self.list_id = made.playlist.playlist_id
        for person in PEOPLE[1:]:
            self.members.add("ada", self.list_id, person)
        self.first, self.heard_before = self.fresh(), len(self.notes.events)
        self.unheard: dict[str, list[Any]] = {}
        self.told: dict[str, int] = {}
        for person in PEOPLE:
            self.do(person, "make", snapshot=self.first)
            self.told[person] = len(self.notes.events)

    def do(self, person: str, order: str, **more: Any) -> Any:
        return self.ask({"do": order, "id": person, **more})

    def fresh(self) -> dict[str, Any]:
        return tell_playlist(self.service.get("ada", self.list_id), Titles()).model_dump(mode="json")

    def updates(self) -> list[dict[str, Any]]:
        return [tell_update(event, Titles()) for event in self.notes.events[self.heard_before :]]

    def step(self) -> None:
        person = self.dice.choice(PEOPLE)
        step = self.dice.choice(
            [self.wish, self.wish, self.send, self.send, self.hear, self.hear, self.take_back]
        )
        step(person)
        if self.dice.random() < 0.03:
            self.come_back(person)

    def wish(self, person: str) -> None:
        tracks = self.do(person, "view")["view"]["tracks"]
        entry = self.dice.choice(tracks)["entry_id"] if tracks else None
        some = self.dice.choice(tracks)["entry_id"] if tracks else None
        anchor = self.dice.choice([{}, {"after": None}, {"after": some}])
        wishes = [
            ("add_track", {"track_id": self.dice.choice(TRACKS), "mood_context": None, **anchor}),
            ("rename", {"title": f"Ours {self.dice.random()}"}),
            ("describe", {"description": f"{self.dice.random()}"}),
            ("tag", {"mood_tags": self.dice.choice([None, ["sad"], ["calm", "happy"]])}),
        ]
        if entry:
            wishes += [("move_track", {"entry_id": entry, **anchor})] * 2
            wishes += [("remove_track", {"entry_id": entry})] * 2
        action, data = self.dice.choice(wishes)
        assert self.do(person, "edit", action=action, data=data), "what is seen can be edited"

    def take_back(self, person: str) -> None:
        self.do(person, self.dice.choice(["undo", "undo", "redo"]))

    def send(self, person: str) -> None:
        """Send the next edit; now and then its answer is lost, and it is sent again another time."""
        edit = self.do(person, "next")
        if edit is None:
            return
        lost = self.dice.random() < 0.2
        try:
            done = self.service.edit(
                person, self.list_id, Edit(edit["action"], edit["data"]), op_id=edit["op_id"]
            )
        except EntryGone:
            if not lost:
                self.do(person, "refused", op_id=edit["op_id"])
            return
        answer = {"version": done.version, "op_id": done.op_id, "entry_id": done.data.get("entry_id")}
        if not lost:
            self.do(person, "answered", op_id=edit["op_id"], answer=answer)

    def hear(self, person: str) -> None:
        """Hear the next few updates; now and then one is left out, and fetched when the gap is seen."""
        news = self.notes.events[self.told[person] :][: self.dice.randint(1, 4)]
        self.told[person] += len(news)
        if news and self.dice.random() < 0.2:
            news = news[1:]
        for event in news:
            if self.do(person, "hear", update=tell_update(event, Titles())) == "gap":
                self.come_back(person)

    def come_back(self, person: str) -> None:
        """Fetch the edits since one's own version, or the whole list."""
        self.told[person] = len(self.notes.events)
        if self.dice.random() < 0.3:
            self.do(person, "reset", snapshot=self.fresh())
            return
        for done in self.service.sync(person, self.list_id, self.do(person, "view")["version"]):
            assert self.do(person, "hear", update=tell_update(done, Titles())) == "done"

    def end(self) -> None:
        for person in PEOPLE:
            while self.do(person, "next") is not None:
                self.send(person)
        for person in PEOPLE:
            self.come_back(person)
            seen = self.do(person, "view")
            assert seen["pending"] == []
            assert seen["view"] == self.fresh(), person


def tell_a_story(ask: Ask, seed: int, steps: int = 80) -> Story:
    story = Story(ask, seed)
    for _ in range(steps):
        story.step()
    story.end()
    return story


def let_people_come_and_go(story: Story) -> None:
    """The kinds of edit that no replica makes by itself."""
    for role in ("reader", "collaborator"):
        invitation = story.members.invite("ada", story.list_id, role, timedelta(hours=1))
        story.members.accept("dee", story.members.token(invitation))
    story.members.remove("ada", story.list_id, "dee")
    story.service.edit("ada", story.list_id, Edit("add_reader", {"user_id": "dee"}))
    story.members.remove("ada", story.list_id, "dee")
    story.service.edit("ada", story.list_id, Edit("set_public", {"is_public": True}))
    story.members.hand_over("ada", story.list_id, "bo")
