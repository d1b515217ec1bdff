"""Secrets at rest."""

import pytest

from museaika.spotify.sealing import Sealer, Unsealable

OLD, NEW = "o" * 40, "n" * 40


def test_what_is_sealed_is_not_to_be_seen_and_opens_again() -> None:
    sealed = Sealer(NEW).seal("refresh-token", "usr_anna")
    assert "refresh-token" not in sealed
    assert Sealer(NEW).open(sealed, "usr_anna") == "refresh-token"


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert len({Sealer(NEW).seal("x", "r") for _ in range(20)}) == 20


def test_a_sealed_text_does_not_open_for_another_record_or_key_or_after_a_change() -> None:
    sealed = Sealer(NEW).seal("x", "usr_anna")
    flipped = sealed[:-3] + ("A" if sealed[-3] != "A" else "B") + sealed[-2:]
    for sealer, text, record in [
        (Sealer(NEW), sealed, "usr_ben"), (Sealer(OLD), sealed, "usr_anna"), (Sealer(NEW), flipped, "usr_anna"),
        (Sealer(NEW), "", "usr_anna"), (Sealer(NEW), "x.y", "usr_anna"), (Sealer(NEW), sealed[:20], "usr_anna"),
    ]:  # fmt: skip
        with pytest.raises(Unsealable):
            sealer.open(text, record)


def test_after_the_key_was_changed_the_old_texts_open_and_are_known_as_stale() -> None:
    sealed = Sealer(OLD).seal("x", "r")
    both = Sealer(NEW, OLD)
    assert both.open(sealed, "r") == "x"
    assert both.stale(sealed)
    assert not both.stale(both.seal("x", "r"))
