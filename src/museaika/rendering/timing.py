"""When a written note really sounds: the tempo map, the player's timing and articulation taken together."""

from __future__ import annotations

import bisect

from museaika.composition.score import Note, Part, Score

SHORTEST_NOTE_S = 0.01


def sounding(score: Score, note: Note) -> tuple[float, float]:
    """Begin and end in seconds: its shift added, its gate applied; never before the piece begins."""
    begin = score.seconds_at(note.start)
    length = score.seconds_at(note.start + note.duration) - begin
    begin = max(begin + note.shift, 0.0)
    return begin, begin + max(length * note.gate, SHORTEST_NOTE_S)


def beat_at(score: Score, seconds: float) -> float:
    """The beat at a time in seconds: the inverse of `Score.seconds_at`."""
    starts = [score.seconds_at(mark.start) for mark in score.tempo]
    i = max(bisect.bisect_right(starts, seconds) - 1, 0)
    return score.tempo[i].start + (seconds - starts[i]) * score.tempo[i].bpm / 60.0


def performance(score: Score, part: Part) -> list[tuple[float, float, Note]]:
    """(begin, end, note) in seconds by begin; a note ends at the latest where its own key is struck again, and
    of two that strike it at once there is one, as long as the longer."""
    timed = _struck_once(
        sorted(((*sounding(score, note), note) for note in part.notes), key=lambda t: (t[0], t[2].pitch, t[1]))
    )
    struck_again: dict[int, float] = {}
    for i in range(len(timed) - 1, -1, -1):
        begin, end, note = timed[i]
        timed[i] = (begin, min(end, struck_again.get(note.pitch, end)), note)
        struck_again[note.pitch] = begin
    return timed


def _struck_once(timed: list[tuple[float, float, Note]]) -> list[tuple[float, float, Note]]:
    out: list[tuple[float, float, Note]] = []
    latest: dict[int, int] = {}  # pitch → its place in `out`
    for begin, end, note in timed:
        place = latest.get(note.pitch)
        if place is not None and begin - out[place][0] < SHORTEST_NOTE_S:
            first, its_end, struck = out[place]
            out[place] = (first, max(end, its_end), struck)
        else:
            latest[note.pitch] = len(out)
            out.append((begin, end, note))
    return out
