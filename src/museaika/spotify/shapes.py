"""What Spotify tells, as far as we use it. Fields that it leaves out are None; fields it adds are ignored."""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel, Field

Item = TypeVar("Item")


class Image(BaseModel):
    url: str
    width: int | None = None
    height: int | None = None


class Artist(BaseModel):
    id: str | None = None
    name: str = ""


class Album(BaseModel):
    id: str | None = None
    name: str = ""
    release_date: str | None = None
    images: list[Image] = Field(default_factory=list)


class ExternalIds(BaseModel):
    isrc: str | None = None


class Track(BaseModel):
    """A track; of a local file or one that is gone `id` is None."""

    id: str | None = None
    uri: str | None = None
    name: str = ""
    artists: list[Artist] = Field(default_factory=list)
    album: Album = Field(default_factory=Album)
    duration_ms: int | None = None
    explicit: bool | None = None
    external_ids: ExternalIds = Field(default_factory=ExternalIds)
    is_local: bool = False

    @property
    def year(self) -> int | None:
        date = self.album.release_date or ""
        return int(date[:4]) if date[:4].isdigit() else None


class Page(BaseModel, Generic[Item]):
    """Part of a list; `next` is the address of the following part."""

    items: list[Item] = Field(default_factory=list)
    total: int = 0
    limit: int = 0
    offset: int = 0
    next: str | None = None


class Found(BaseModel):
    """The answer of a search for tracks."""

    tracks: Page[Track | None] = Field(default_factory=Page)


class Saved(BaseModel):
    """A track in somebody's library."""

    added_at: str | None = None
    track: Track | None = None


class Entry(BaseModel):
    """An item of a playlist; `item` is None for what is gone."""

    added_at: str | None = None
    item: Track | None = None


class Me(BaseModel):
    id: str
    display_name: str | None = None
    email: str | None = None
    product: str | None = None


class Playlist(BaseModel):
    id: str
    name: str = ""
    description: str | None = None
    public: bool | None = None
    snapshot_id: str | None = None
    owner: Me | None = None


class Snapshot(BaseModel):
    snapshot_id: str


class Device(BaseModel):
    id: str | None = None
    name: str = ""
    type: str = ""
    is_active: bool = False
    is_restricted: bool = False
    volume_percent: int | None = None


class Devices(BaseModel):
    devices: list[Device] = Field(default_factory=list)


class Playing(BaseModel):
    """What plays now."""

    is_playing: bool = False
    progress_ms: int | None = None
    item: Track | None = None
    device: Device | None = None


class Played(BaseModel):
    played_at: str | None = None
    track: Track | None = None


class Queue(BaseModel):
    currently_playing: Track | None = None
    queue: list[Track | None] = Field(default_factory=list)
