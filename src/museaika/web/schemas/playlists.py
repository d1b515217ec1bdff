"""Playlists and edits, as they are asked for and told."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Protocol

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, ValidationError, model_validator

from museaika.clock import rfc3339
from museaika.events import PlaylistEdited
from museaika.playlists.diff import Wanted
from museaika.playlists.playlist import MOST_TRACKS, Edit, Entry, Operation, Playlist, Snapshot
from museaika.web.schemas.base import Asked, ListOf, Moment, Paged, Shares, Told
from museaika.web.wording import invalid

ActionName = Literal[
    "add_track", "remove_track", "move_track", "rename", "describe", "set_public", "tag"
]  # fmt: skip


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("This may hold letters, digits, signs and spaces, on one line.")
    return text


Title = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(_one_line)
]
Description = Annotated[str, Field(max_length=2000)]
TrackId = Annotated[str, Field(min_length=1, max_length=100)]
Word = Annotated[str, Field(min_length=1, max_length=60)]
Id = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]
MoodTags = Annotated[list[Word], Field(max_length=20)]


class TrackWanted(Asked):
    """A track for a list; `mood_context` is the mood it is added in."""

    track_id: TrackId
    mood_context: Word | None = None


Tracks = Annotated[list[TrackId | TrackWanted], Field(max_length=MOST_TRACKS)]
ROOM_FOR_A_FULL_LIST = 250 * MOST_TRACKS
"""Bytes: the longest ids and moods, with the signs around them."""


class PlaylistAsked(Asked):
    """A new list. Without a title it is named for the mood that fills it; without `mood_tags` it is tagged with
    the moods of its tracks."""

    body_limit: ClassVar[int] = ROOM_FOR_A_FULL_LIST
    title: Title | None = None
    description: Description = ""
    tracks: Tracks = Field(default_factory=list)
    mood_tags: MoodTags = Field(default_factory=list)
    is_public: bool = False
    from_mood: Word | None = None
    """Fills the list with tracks for this mood, behind those in `tracks`."""
    target_mood: Word | None = None
    """Makes the filling a journey from `from_mood` to this one."""

    @model_validator(mode="after")
    def _named(self) -> PlaylistAsked:
        if self.title is None and self.from_mood is None:
            raise ValueError("Give the list a title, or a mood to fill it from (from_mood).")
        if self.target_mood is not None and self.from_mood is None:
            raise ValueError("A target_mood needs a from_mood to begin at.")
        return self


class RevisionAsked(Asked):
    """The list as it shall be; what is left out stays."""

    body_limit: ClassVar[int] = ROOM_FOR_A_FULL_LIST
    title: Title | None = None
    description: Description | None = None
    tracks: Tracks | None = None
    mood_tags: MoodTags | None = None
    is_public: bool | None = None


class PlaylistPath(Asked):
    playlist_id: Id


class AddTrack(Asked):
    track_id: TrackId
    after: Id | None = None
    mood_context: Word | None = None


class RemoveTrack(Asked):
    entry_id: Id


class MoveTrack(Asked):
    entry_id: Id
    after: Id | None = None


class Rename(Asked):
    title: Title


class Describe(Asked):
    description: Description


class SetPublic(Asked):
    is_public: bool


class Tag(Asked):
    mood_tags: MoodTags | None
    """null: those of its tracks, now and later."""


DATA: dict[str, type[BaseModel]] = {
    "add_track": AddTrack,
    "remove_track": RemoveTrack,
    "move_track": MoveTrack,
    "rename": Rename,
    "describe": Describe,
    "set_public": SetPublic,
    "tag": Tag,
}


class EditAsked(Asked):
    """One edit. Its data by its action: `add_track {track_id, after?, mood_context?}`,
    `remove_track {entry_id}`, `move_track {entry_id, after?}`, `rename {title}`, `describe {description}`,
    `set_public {is_public}`, `tag {mood_tags}` (null: those of its tracks). `after` is the entry to go behind:
    null is the head, without it it is the end."""

    action: ActionName
    data: dict[str, Any]
    op_id: Id | None = None
    """The same again gets the first answer."""
    base_version: int | None = Field(None, ge=1)
    """The version that the caller saw; older ones are fine."""

    def edit(self) -> Edit:
        """Raises Invalid when the data is not that of the action."""
        try:
            data = DATA[self.action].model_validate(self.data, strict=True)
        except ValidationError as error:
            raise invalid(error, "data") from None
        return Edit(self.action, data.model_dump(exclude_unset=True))


class EditsAsked(Asked):
    """The edits after a version; a list is made at version 1, so its first edit is the second."""

    since: int = Field(0, ge=0, le=2**53)
    limit: int = Field(100, ge=1, le=500)
    cursor: str | None = Field(None, min_length=1, max_length=100)


class PlaylistEntryTold(Told):
    """A track in a list; `title` is null while nobody has looked the track up."""

    entry_id: str
    track_id: str
    title: str | None
    artists: list[str]
    added_by: str
    added_at: Moment
    mood_context: str | None


class CardTold(Told):
    """A list without its tracks."""

    id: str
    owner_id: str
    title: str
    description: str
    track_count: int
    collaborators: list[str]
    readers: list[str]
    """Who was invited to read; where the list is public, all people may."""
    mood_tags: list[str]
    tags_from_tracks: bool
    """Nobody chose the tags: they follow the moods of the tracks."""
    is_public: bool
    cover_url: str
    spotify_playlist_id: str | None
    version: int
    created_at: Moment
    updated_at: Moment


class PlaylistTold(CardTold):
    """A whole list; `version` counts its edits and is its ETag."""

    tracks: list[PlaylistEntryTold]


class EditTold(Told):
    """An edit as it was done: `data` names the anchor that was really used, `undo` takes it back."""

    playlist_id: str
    version: int
    op_id: str
    action: str
    data: dict[str, Any]
    entry_id: str | None
    """The entry that was added, moved or removed."""
    user: str
    at: Moment
    undo: dict[str, Any]


class EditsTold(ListOf[EditTold]):
    """Edits in order."""

    version: int
    """The list's own now."""


class MoodSharesTold(Told):
    """Which moods the tracks of a list have."""

    moods: Shares
    """Of the tracks whose mood is known, what part has each; the largest first."""
    track_count: int
    version: int


class EntriesPage(ListOf[PlaylistEntryTold]):
    """A stretch of a list, in its order."""


class PlaylistsPage(ListOf[CardTold]):
    """The caller's lists, newest first."""


class PlaylistsAsked(Paged):
    """How lists are listed."""


def wanted(tracks: list[str | TrackWanted]) -> list[Wanted]:
    return [
        Wanted(track) if isinstance(track, str) else Wanted(track.track_id, track.mood_context)
        for track in tracks
    ]


class _Named(Protocol):
    @property
    def title(self) -> str: ...

    @property
    def artists(self) -> tuple[str, ...]: ...


class Names(Protocol):
    """Knows what tracks are called: a catalogue, or more than that."""

    def get(self, track_id: str) -> _Named | None: ...


def tell_playlist(whole: Snapshot, names: Names) -> PlaylistTold:
    tracks = [tell_entry(entry, names) for entry in whole.entries]
    return PlaylistTold(**_card_fields(whole.playlist), tracks=tracks)


def tell_card(playlist: Playlist) -> CardTold:
    return CardTold(**_card_fields(playlist))


def tell_entry(entry: Entry, names: Names) -> PlaylistEntryTold:
    track = names.get(entry.track_id)
    return PlaylistEntryTold(
        entry_id=entry.entry_id,
        track_id=entry.track_id,
        title=track.title if track else None,
        artists=list(track.artists) if track else [],
        added_by=entry.added_by,
        added_at=entry.added_at,
        mood_context=entry.mood_context,
    )


def tell_edit(done: Operation) -> EditTold:
    return EditTold(
        playlist_id=done.playlist_id,
        version=done.version,
        op_id=done.op_id,
        action=done.action,
        data=dict(done.data),
        entry_id=done.data.get("entry_id"),
        user=done.user_id,
        at=done.at,
        undo={"action": done.undo.action, "data": dict(done.undo.data)},
    )


def tell_update(done: PlaylistEdited | Operation, names: Names) -> dict[str, Any]:
    """An edit as a room hears it. With an added track comes what a list says of it, so that a replica needs
    to ask nothing more."""
    data = dict(done.data)
    if done.action == "add_track":
        track = names.get(data["track_id"])
        data |= {"title": track.title if track else None, "artists": list(track.artists) if track else []}
    return {
        "playlist_id": done.playlist_id,
        "version": done.version,
        "op_id": done.op_id,
        "action": done.action,
        "data": data,
        "user": done.user_id,
        "at": rfc3339(done.at),
    }


def _card_fields(playlist: Playlist) -> dict[str, Any]:
    return {
        "id": playlist.playlist_id,
        "owner_id": playlist.owner_id,
        "title": playlist.title,
        "description": playlist.description,
        "track_count": playlist.track_count,
        "collaborators": list(playlist.collaborators),
        "readers": list(playlist.readers),
        "mood_tags": list(playlist.mood_tags),
        "tags_from_tracks": playlist.tags_from_tracks,
        "cover_url": f"/api/v1/playlists/{playlist.playlist_id}/cover",
        "is_public": playlist.is_public,
        "spotify_playlist_id": playlist.spotify_playlist_id,
        "version": playlist.version,
        "created_at": playlist.created_at,
        "updated_at": playlist.updated_at,
    }
