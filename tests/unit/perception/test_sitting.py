"""Frame by frame: one face is followed, its mood grows steady, and another face begins anew."""

from __future__ import annotations

import pytest

from museaika.mood.reading import reading_of
from museaika.mood.vocabulary import MOODS
from museaika.perception.facereader import Box, Face
from museaika.perception.quality import Quality
from museaika.perception.sitting import LOST_AFTER_S, Sitting


def face(mood: str, box: Box = (100, 100, 80, 80)) -> Face:
    return Face(box, 0.9, reading_of(MOODS[mood]), Quality(1.0))


def share(sitting: Sitting, mood: str, faces: list[Face], at: float) -> float:
    steady = sitting.update(faces, at)
    assert steady is not None
    return steady.moods[mood]


def test_a_face_that_moves_a_little_is_the_same_face() -> None:
    sitting = Sitting(half_life_s=1.0)
    sitting.update([face("happy")], 0.0)
    assert share(sitting, "sad", [face("sad", (120, 110, 84, 84))], 1.0) == pytest.approx(0.5)


def test_the_half_life_is_in_seconds_however_many_frames_come() -> None:
    for frames in (1, 10, 30):
        sitting = Sitting(half_life_s=1.0)
        sitting.update([face("happy")], 0.0)
        for i in range(1, frames + 1):
            steady = sitting.update([face("sad")], i / frames)
        assert steady is not None
        assert steady.moods["sad"] == pytest.approx(0.5)


@pytest.mark.parametrize("box", [(300, 100, 80, 80), (100, 200, 80, 80), (120, 120, 30, 30), (9, 9, 200, 200)])
def test_a_face_elsewhere_or_of_another_size_begins_anew(box: Box) -> None:
    sitting = Sitting()
    sitting.update([face("happy")], 0.0)
    assert share(sitting, "sad", [face("sad", box)], 0.1) == 1.0


def test_somebody_who_comes_in_behind_does_not_take_over() -> None:
    sitting = Sitting()
    sitting.update([face("happy")], 0.0)
    behind = face("angry", (400, 90, 85, 85))
    assert share(sitting, "happy", [behind, face("happy")], 0.1) == 1.0


def test_who_stands_right_before_the_camera_does() -> None:
    sitting = Sitting()
    sitting.update([face("happy")], 0.0)
    assert share(sitting, "angry", [face("angry", (300, 0, 300, 300)), face("happy")], 0.1) == 1.0


def test_looking_away_for_a_moment_forgets_nothing_and_leaving_forgets_all() -> None:
    for gap, begins_anew in ((1.0, False), (LOST_AFTER_S + 0.1, True)):
        sitting = Sitting(half_life_s=2.0)
        sitting.update([face("happy")], 0.0)
        assert sitting.update([], gap / 2) is None
        assert (share(sitting, "sad", [face("sad")], gap) == 1.0) is begins_anew


def test_a_late_frame_is_refused_and_changes_nothing() -> None:
    sitting = Sitting()
    sitting.update([face("happy")], 5.0)
    with pytest.raises(ValueError, match="older"):
        sitting.update([face("sad", (400, 0, 80, 80))], 4.0)
    assert share(sitting, "happy", [face("happy")], 5.0) == 1.0
