"""From a list as it stands to the list that somebody wants, in few edits."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from museaika.playlists.playlist import Edit, Entry


@dataclass(frozen=True, slots=True)
class Wanted:
    """A track to stand in a list."""

    track_id: str
    mood_context: str | None = None


def removals(entries: Sequence[Entry], wanted: Sequence[Wanted]) -> tuple[list[Edit], list[Entry | None]]:
    """The edits that take away what is not wanted; and for each wanted track the entry that stays for it,
    None where one must be added. Of equal tracks the first stays first."""
    free: dict[str, deque[Entry]] = defaultdict(deque)
    for entry in entries:
        free[entry.track_id].append(entry)
    kept = [free[w.track_id].popleft() if free[w.track_id] else None for w in wanted]
    left = {entry.entry_id for queue in free.values() for entry in queue}
    gone = [Edit("remove_track", {"entry_id": e.entry_id}) for e in entries if e.entry_id in left]
    return gone, kept


def arrangement(
    order: Sequence[str], wanted: Sequence[Wanted], kept: Sequence[Entry | None]
) -> Iterator[tuple[int, Edit]]:
    """The moves and additions, in order; each names its place in `wanted`, and goes behind the entry that
    stands for the place before it. The longest run that is in order already does not move."""
    position = {entry_id: n for n, entry_id in enumerate(order)}
    places = [(n, position[entry.entry_id]) for n, entry in enumerate(kept) if entry is not None]
    still = {places[i][0] for i in _longest_rising([at for _, at in places])}
    for n, (track, entry) in enumerate(zip(wanted, kept, strict=True)):
        if entry is None:
            yield n, Edit("add_track", {"track_id": track.track_id, "mood_context": track.mood_context})
        elif n not in still:
            yield n, Edit("move_track", {"entry_id": entry.entry_id})


def _longest_rising(values: Sequence[int]) -> list[int]:
    """Indices of a longest rising subsequence (patience sorting)."""
    tops: list[int] = []
    heads: list[int] = []
    before: list[int] = []
    for index, value in enumerate(values):
        pile = bisect_left(tops, value)
        before.append(heads[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(value)
            heads.append(index)
        else:
            tops[pile], heads[pile] = value, index
    found, index = [], heads[-1] if heads else -1
    while index >= 0:
        found.append(index)
        index = before[index]
    return found[::-1]
