"""The order of a list, by keys: an entry's place is a number, and between two numbers is room for more.

So a move touches one key however long the list is. Places of entries that are gone are remembered for a
while: whoever still names one as an anchor means the spot where it was.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator

ROOM = 1 << 64
"""Between two fresh keys: as many as 64 entries go in at one spot before the keys are spread anew."""

GONE_KEPT = 1_000
"""Removed entries whose place is remembered."""


class Order:
    """Ids in an order. A query costs the logarithm of the length, a change a little more."""

    def __init__(self, living: Iterable[str] = (), gone: Iterable[str] = ()) -> None:
        """`living` may hold places of gone ids too; `gone` says which those are, the longest gone first."""
        self._keys: dict[str, int] = {entry_id: n * ROOM for n, entry_id in enumerate(living, start=1)}
        self._gone = {entry_id: self._keys.pop(entry_id) for entry_id in gone}
        self._at = {key: entry_id for entry_id, key in self._keys.items()}
        self._sorted = list(self._at)

    def __len__(self) -> int:
        return len(self._sorted)

    def __iter__(self) -> Iterator[str]:
        return (self._at[key] for key in self._sorted)

    def __contains__(self, entry_id: object) -> bool:
        return entry_id in self._keys

    @property
    def last(self) -> str | None:
        return self._at[self._sorted[-1]] if self._sorted else None

    @property
    def places(self) -> list[str]:
        """Living and gone ids in one order, as the constructor takes them."""
        return [entry_id for _, entry_id in self._spread_out()]

    @property
    def gone(self) -> list[str]:
        return list(self._gone)

    def before(self, entry_id: str) -> str | None:
        """Who stands in front of a living entry; None at the head."""
        place = bisect_left(self._sorted, self._keys[entry_id])
        return self._at[self._sorted[place - 1]] if place else None

    def nearest(self, anchor: str) -> str | None:
        """The anchor itself where it lives, or who stands where it was; the last entry where nobody
        remembers it. None is the head."""
        if anchor in self._keys:
            return anchor
        if anchor not in self._gone:
            return self.last
        place = bisect_right(self._sorted, self._gone[anchor])
        return self._at[self._sorted[place - 1]] if place else None

    def following(self, anchor: str | None, count: int) -> list[str]:
        """Up to `count` ids behind an anchor, or behind where it was; None begins at the head. Raises KeyError
        for an anchor that nobody remembers."""
        place = 0
        if anchor is not None:
            key = self._keys[anchor] if anchor in self._keys else self._gone[anchor]
            place = bisect_right(self._sorted, key)
        return [self._at[key] for key in self._sorted[place : place + count]]

    def put(self, entry_id: str, after: str | None) -> None:
        """Put an id behind a living one, or at the head; an id that is there already moves."""
        if entry_id in self._keys:
            self._take(entry_id)
        key = self._key_after(after)
        if key is None:
            self._spread()
            key = self._key_after(after)
            assert key is not None  # noqa: S101 - fresh keys have room
        self._keys[entry_id], self._at[key] = key, entry_id
        insort(self._sorted, key)

    def remove(self, entry_id: str) -> None:
        self._gone[entry_id] = self._take(entry_id)
        if len(self._gone) > GONE_KEPT:
            del self._gone[next(iter(self._gone))]

    def _take(self, entry_id: str) -> int:
        key = self._keys.pop(entry_id)
        del self._at[key]
        del self._sorted[bisect_left(self._sorted, key)]
        return key

    def _key_after(self, after: str | None) -> int | None:
        """A free key behind `after`; None where the keys leave no room."""
        place = 0 if after is None else bisect_right(self._sorted, self._keys[after])
        low = self._sorted[place - 1] if place else None
        high = self._sorted[place] if place < len(self._sorted) else None
        if low is None:
            return ROOM if high is None else high - ROOM
        if high is None:
            return low + ROOM
        return (low + high) // 2 if high - low > 1 else None

    def _spread_out(self) -> list[tuple[int, str]]:
        return sorted(
            [*((key, entry_id) for entry_id, key in self._keys.items()),
             *((key, entry_id) for entry_id, key in self._gone.items())]
        )  # fmt: skip

    def _spread(self) -> None:
        fresh = {entry_id: n * ROOM for n, (_, entry_id) in enumerate(self._spread_out(), start=1)}
        self._keys = {entry_id: fresh[entry_id] for entry_id in self}
        self._gone = {entry_id: fresh[entry_id] for entry_id in self._gone}
        self._at = {key: entry_id for entry_id, key in self._keys.items()}
        self._sorted = list(self._at)
