"""Who is in a list: invited by a link that nobody can forge, handed over, let go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from itsdangerous import URLSafeSerializer
from tests.unit.web.conftest import Person
from tests.unit.web.test_playlists import code, data, edit, make

from museaika.clock import now


@pytest.fixture
def ours(person):
    return make(person, tracks=["ma_sad_1"])["id"]


@pytest.fixture
def invite(person, ours):
    def ask(**asked):
        return data(person.post(f"/playlists/{ours}/invitations", json=asked), 201)

    return ask


def accept(who, token):
    return who.post("/invitations/accept", json={"token": token})


def test_who_has_the_link_and_signs_in_may_edit(invite, person, stranger, ours):
    invited = invite()
    assert (invited["role"], invited["url"]) == (
        "collaborator",
        f"http://localhost/#invitation={invited['token']}",
    )
    offer = data(stranger.post("/invitations/look", json={"token": invited["token"]}))
    assert (offer["playlist_id"], offer["title"], offer["role"]) == (ours, "Ours", "collaborator")
    assert code(stranger.get(f"/playlists/{ours}"), 404) == "playlist_not_found"  # looking lets nobody in
    first, again = accept(stranger, invited["token"]), accept(stranger, invited["token"])
    assert data(first)["collaborators"] == data(again)["collaborators"] == [stranger.user_id]
    assert first.headers["ETag"] == again.headers["ETag"]
    data(edit(stranger, ours, "rename", title="Ours, too"))
    assert data(accept(person, invited["token"]))["owner_id"] == person.user_id


def test_a_reader_reads_a_private_list_and_changes_nothing(invite, person, stranger, ours):
    reading, editing = invite(role="reader")["token"], invite()["token"]
    assert data(accept(stranger, reading))["readers"] == [stranger.user_id]
    assert data(stranger.get(f"/playlists/{ours}"))["id"] == ours
    assert [one["id"] for one in data(stranger.get("/playlists"))["items"]] == [ours]
    assert code(edit(stranger, ours, "rename", title="Mine"), 403) == "not_your_playlist"
    assert code(stranger.post(f"/playlists/{ours}/invitations", json={}), 403) == "not_your_playlist"
    better = data(accept(stranger, editing))
    assert (better["collaborators"], better["readers"]) == ([stranger.user_id], [])
    assert data(accept(stranger, reading))["collaborators"] == [stranger.user_id]  # nobody loses by a link
    data(stranger.delete(f"/playlists/{ours}/collaborators/{stranger.user_id}"))
    assert code(stranger.get(f"/playlists/{ours}"), 404) == "playlist_not_found"


def test_an_invitation_ends_when_it_is_taken_back_or_its_time_is_over(
    invite, services, person, stranger, ours, monkeypatch
):
    kept, revoked = invite(expires_in_hours=2), invite()
    listed = data(person.get(f"/playlists/{ours}/invitations"))["items"]
    assert {one["id"]: one["token"] for one in listed} == {one["id"]: one["token"] for one in (kept, revoked)}
    assert data(person.delete(f"/playlists/{ours}/invitations/{revoked['id']}")) == {"deleted": 1}
    assert code(person.delete(f"/playlists/{ours}/invitations/{revoked['id']}"), 404) == "invitation_not_found"
    assert code(accept(stranger, revoked["token"]), 403) == "invitation_revoked"
    monkeypatch.setattr(services.members, "_clock", lambda: now() + timedelta(hours=3))
    assert code(accept(stranger, kept["token"]), 403) == "invitation_expired"
    assert data(person.get(f"/playlists/{ours}/invitations"))["items"] == []
    assert data(person.get(f"/playlists/{ours}"))["collaborators"] == []


def test_a_link_that_is_not_ours_lets_nobody_in(invite, services, stranger, person, ours):
    invited = invite()
    key, (body, signature) = services.settings.secret("secret_key"), invited["token"].split(".")
    forged = [
        invited["token"][:-2] + "AA", f"{body}x.{signature}", body, "x", "…", "[" * 400,
        URLSafeSerializer("another key", salt="museaika.invitation").dumps(invited["id"]),
        URLSafeSerializer(key, salt="museaika.download").dumps(invited["id"]),
        URLSafeSerializer(key, salt="museaika.invitation").dumps(["inv_0"]),
        URLSafeSerializer(key, salt="museaika.invitation").dumps("inv_0"),
    ]  # fmt: skip
    for token in forged:
        for path in ("look", "accept"):
            answer = stranger.post(f"/invitations/{path}", json={"token": token})
            assert code(answer, 403) == "invitation_invalid", token
    other = make(stranger)["id"]
    answer = stranger.delete(f"/playlists/{other}/invitations/{invited['id']}")  # of a list of another's
    assert code(answer, 404) == "invitation_not_found"
    person.delete(f"/playlists/{ours}")
    assert code(accept(stranger, invited["token"]), 403) == "invitation_invalid"


def test_only_so_many_invitations_are_good_at_once(invite, person, ours, monkeypatch):
    monkeypatch.setattr("museaika.playlists.members.MOST_INVITATIONS", 2)
    one, _ = invite(), invite()
    full = person.post(f"/playlists/{ours}/invitations", json={})
    assert code(full, 409) == "too_many_invitations"
    person.delete(f"/playlists/{ours}/invitations/{one['id']}")
    invite()


@pytest.mark.parametrize("asked", [{"role": "owner"}, {"expires_in_hours": 0}, {"expires_in_hours": 721}])
def test_an_invitation_that_makes_no_sense_is_refused(person, ours, asked):
    assert code(person.post(f"/playlists/{ours}/invitations", json=asked), 422) == "invalid"


def test_a_list_is_handed_over_to_one_who_edits_it(app, person, stranger, ours):
    eve = Person(app)
    hand = {"json": {"user_id": stranger.user_id}}
    assert code(person.request("PUT", f"/playlists/{ours}/owner", **hand), 409) == "not_a_collaborator"
    person.post(f"/playlists/{ours}/collaborators", json={"user_id": stranger.user_id})
    for who, status in ((eve, 404), (stranger, 403)):
        assert who.request("PUT", f"/playlists/{ours}/owner", **hand).status_code == status
    told = data(person.request("PUT", f"/playlists/{ours}/owner", **hand))
    assert (told["owner_id"], told["collaborators"]) == (stranger.user_id, [person.user_id])
    data(edit(person, ours, "rename", title="Still mine to edit"))
    assert code(person.delete(f"/playlists/{ours}"), 403) == "not_your_playlist"
    assert code(edit(person, ours, "set_public", is_public=True), 403) == "not_your_playlist"
    data(edit(stranger, ours, "set_public", is_public=True))
    assert data(stranger.request("PUT", f"/playlists/{ours}/owner", **hand))["version"] == told["version"] + 2
    person.delete("/users/me")
    assert data(stranger.get(f"/playlists/{ours}"))["collaborators"] == []


def test_the_account_of_who_handed_a_list_over_takes_nothing_with_it(person, stranger, ours):
    person.post(f"/playlists/{ours}/collaborators", json={"user_id": stranger.user_id})
    person.request("PUT", f"/playlists/{ours}/owner", json={"user_id": stranger.user_id})
    person.delete("/users/me")
    told = data(stranger.get(f"/playlists/{ours}"))
    assert (told["track_count"], told["tracks"][0]["added_by"]) == (1, "usr_erased")
    assert person.user_id not in stranger.get(f"/playlists/{ours}/edits?since=1").text
