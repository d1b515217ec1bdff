"""What a person can do with generation."""

from datetime import timedelta

import pytest

from museaika.errors import Conflict, Invalid, NotFound, RateLimited, Unavailable
from museaika.events import JobEnded

CALM = {"mood": "calm", "length": 30, "seed": 7}


def test_a_mood_alone_is_enough_and_what_was_left_open_is_told(studio):
    job = studio.service.submit("ada", {"mood": "serene"})
    asked = job.parameters
    assert job.job_id.startswith("gen_")
    assert (asked["mood"], asked["engine"], asked["variations"], asked["loop"]) == (
        "calm",
        "composer",
        1,
        False,
    )
    assert asked["valence"] > 0 > asked["arousal"]
    assert set(job.plan) == {"title", "key", "time_signature", "tempo", "style", "lead"}
    assert studio.service.get("ada", job.job_id) == job


def test_a_drawn_seed_is_kept_so_that_the_piece_can_be_asked_for_again(studio):
    first = studio.service.submit("ada", {"mood": "calm", "seed": None})
    second = studio.service.submit("ada", first.parameters)
    assert first.parameters == second.parameters
    assert first.plan == second.plan
    assert studio.service.submit("ada", {"mood": "calm"}).parameters["seed"] != first.parameters["seed"]


def test_what_the_caller_chose_stands_in_the_plan(studio):
    asked = {**CALM, "key": "F# minor", "metre": "3/4", "tempo": 77, "style": "lofi", "instrument": "flute"}
    plan = studio.service.submit("ada", asked).plan
    chosen = ("F# minor", "3/4", 77, "lofi", "flute")
    assert (plan["key"], plan["time_signature"], plan["tempo"], plan["style"], plan["lead"]) == chosen


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"mood": "blurgh"}, "mood"), ({"key": "H sharp"}, "key"), ({"metre": "7/8"}, "metre"),
        ({"chords": "Am Xyz"}, "chords"), ({"style": "polka"}, "style"),
        ({"instrument": "kazoo"}, "instrument"), ({"target_mood": "blurgh"}, "target_mood"),
        ({"engine": "musicgen"}, "engine"), ({"tempo": 20}, "tempo"),
        ({"extend": "gen_unknown"}, "extend"), ({"energy": [2.0]}, "energy"),
    ],
)  # fmt: skip
def test_what_can_not_be_composed_is_refused_before_anything_is_stored(studio, wrong, field):
    with pytest.raises(Invalid) as refused:
        studio.service.submit("ada", {**CALM, **wrong})
    assert refused.value.errors[0].loc[-1] == field
    assert studio.service.page("ada").items == []


def test_who_asks_for_too_much_at_once_is_told_to_wait(studio):
    for _ in range(5):
        studio.service.submit("ada", CALM)
    with pytest.raises(RateLimited):
        studio.service.submit("ada", CALM)


def test_a_piece_goes_on_from_an_own_completed_one_even_when_that_is_removed(studio):
    first = studio.service.submit("ada", CALM)
    with pytest.raises(Conflict):
        studio.service.submit("ada", {**CALM, "extend": first.job_id})
    studio.worker.run_one()
    with pytest.raises(Invalid):
        studio.service.submit("bo", {**CALM, "extend": first.job_id})
    second = studio.service.submit("ada", {**CALM, "extend": first.job_id})
    studio.service.cancel_or_remove("ada", first.job_id)
    studio.worker.run_one()
    assert studio.engine.asked[-1][2]["tempo"] == 90.0
    assert second.plan["key"] == "C major"


def test_nothing_goes_on_from_a_piece_without_a_score(studio):
    first = studio.service.submit("ada", CALM)
    studio.engine.plan = {}
    studio.worker.run_one()
    with pytest.raises(Invalid, match="has no score"):
        studio.service.submit("ada", {**CALM, "extend": first.job_id})


def test_nobody_sees_fetches_or_removes_what_is_somebody_elses(studio):
    job = studio.service.submit("ada", CALM)
    studio.worker.run_one()
    for ask in (
        lambda: studio.service.get("bo", job.job_id),
        lambda: studio.service.cancel_or_remove("bo", job.job_id),
        lambda: studio.service.download("bo", job.job_id, "mp3"),
    ):
        with pytest.raises(NotFound):
            ask()
    assert studio.service.page("bo").items == []
    assert len(studio.files()) == 1


def test_the_estimate_starts_with_a_guess_and_then_learns_from_history(studio):
    first = studio.service.submit("ada", CALM)
    guess = studio.service.estimate_s(first)
    assert guess > 0
    studio.jobs.claim(at=first.created_at, lease_s=5)
    took = timedelta(seconds=60)
    result = {"variations": [{"metadata": {"duration_s": 30.0}}]}
    studio.jobs.finish(first.job_id, 1, status="completed", at=first.created_at + took, result=result)
    second = studio.service.submit("ada", {**CALM, "variations": 2})
    third = studio.service.submit("ada", CALM)
    assert studio.service.estimate_s(studio.jobs.get(first.job_id)) == 0
    assert studio.service.estimate_s(second) == 120
    assert studio.service.queue_position(third) == 1
    assert studio.service.estimate_s(third) == 60 + 120


def test_a_slow_engine_does_not_make_the_others_look_slow(studio):
    from museaika.generation.engines import COMPOSER, musicgen_card

    studio.service.engines = {card.name: card for card in (COMPOSER, musicgen_card(installed=True))}
    slow = studio.service.submit("ada", {**CALM, "engine": "musicgen"})
    assert studio.service.estimate_s(slow) == 300
    studio.jobs.claim(at=slow.created_at, lease_s=5)
    result = {"variations": [{"metadata": {"duration_s": 30.0}}]}
    at = slow.created_at + timedelta(seconds=600)
    studio.jobs.finish(slow.job_id, 1, status="completed", at=at, result=result)
    assert studio.service.estimate_s(studio.service.submit("ada", CALM)) == 3
    again = studio.service.submit("bo", {**CALM, "engine": "musicgen"})
    assert studio.service.estimate_s(again) == 600 + 3  # with the one ahead of it


def test_a_waiting_job_is_cancelled_at_once_and_its_owner_told(studio):
    job = studio.service.submit("ada", CALM)
    assert studio.service.cancel_or_remove("ada", job.job_id).status == "cancelled"
    assert studio.heard == [JobEnded("ada", job.job_id, "cancelled")]
    assert studio.worker.run_one() is False


def test_an_ended_job_is_removed_with_its_files(studio):
    job = studio.service.submit("ada", {**CALM, "variations": 2})
    studio.worker.run_one()
    assert len(studio.files()) == 2
    assert studio.service.cancel_or_remove("ada", job.job_id) is None
    assert studio.files() == []
    with pytest.raises(NotFound):
        studio.service.get("ada", job.job_id)


def test_a_download_is_the_stored_file_with_a_name_for_people(studio):
    job = studio.service.submit("ada", {**CALM, "variations": 2})
    with pytest.raises(Conflict) as early:
        studio.service.download("ada", job.job_id, "mp3")
    assert early.value.code == "not_ready"
    studio.worker.run_one()
    for user in ("ada", None):
        download = studio.service.download(user, job.job_id, "mp3", 2)
        with download.open() as file:
            data = file.read()
        assert data == b"calm 8"
        assert (download.size, download.content_type) == (6, "audio/mpeg")
    assert download.filename == f"calm-{job.job_id[4:12]}-2.mp3"
    assert download.etag != studio.service.download("ada", job.job_id, "mp3", 1).etag


def test_what_was_never_written_is_not_found_and_unknown_formats_are_refused(studio):
    job = studio.service.submit("ada", CALM)
    studio.worker.run_one()
    for format_name, variation in (("wav", 1), ("mp3", 2), ("mp3", 0), ("mp3", -1)):
        with pytest.raises(NotFound):
            studio.service.download("ada", job.job_id, format_name, variation)
    with pytest.raises(NotFound, match="'composer' makes no wav: this piece comes as mp3"):
        studio.service.download("ada", job.job_id, "wav")
    with pytest.raises(Invalid, match="mp3, wav, midi, stems, musicxml"):
        studio.service.download("ada", job.job_id, "ogg")


def test_stems_are_made_unless_they_are_declined(studio):
    assert studio.service.submit("ada", CALM).parameters["stems"] is True
    assert studio.service.submit("ada", {**CALM, "stems": False}).parameters["stems"] is False


def test_stems_that_were_declined_are_not_there_and_the_way_to_them_is_told(studio):
    job = studio.service.submit("ada", {**CALM, "stems": False})
    studio.worker.run_one()
    with pytest.raises(NotFound, match=r'its seed \(7\) among them, and "stems": true'):
        studio.service.download("ada", job.job_id, "stems")


def test_what_would_fill_the_disk_is_refused_before_anything_is_stored(studio, monkeypatch):
    monkeypatch.setattr(studio.objects, "free_bytes", lambda: 40_000_000)
    small = {**CALM, "stems": False}
    studio.service.submit("ada", small)
    for wish in ({"stems": None}, {"length": 600}, {"variations": 4}):
        with pytest.raises(Unavailable, match="nearly full") as refused:
            studio.service.submit("ada", {**small, **wish})
        assert (refused.value.code, refused.value.retry_after_s) == ("disk_full", 60)
    assert len(studio.service.page("ada").items) == 1
    monkeypatch.setattr(studio.objects, "free_bytes", lambda: None)
    studio.service.submit("ada", {**CALM, "length": 600})


def test_a_failed_piece_has_nothing_to_fetch_and_says_so(studio):
    job = studio.service.submit("ada", CALM)
    studio.service.cancel_or_remove("ada", job.job_id)
    with pytest.raises(Conflict, match="cancelled"):
        studio.service.download("ada", job.job_id, "mp3")


def test_who_leaves_takes_all_jobs_and_files_along_and_nobody_elses(studio):
    hers = [studio.service.submit("ada", CALM).job_id for _ in range(3)]
    his = studio.service.submit("bo", CALM)
    for _ in range(2):
        studio.worker.run_one()
    assert studio.service.erase("ada") == 3
    assert studio.service.erase("ada") == 0
    assert studio.files() == []
    assert [studio.jobs.get(job_id) for job_id in hers] == [None] * 3
    studio.worker.run_one()
    assert studio.files() == [f"{his.job_id}/1/piece.mp3"]
