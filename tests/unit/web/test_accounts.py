"""Somebody signs in, stays signed in, and leaves."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from tests.unit.web.conftest import Person


def test_a_guest_is_somebody_at_once(person):
    me = person.get("/auth/me").get_json()["data"]
    assert me == person.user
    assert (me["kind"], me["privacy_level"], me["auto_generate"], me["image_consent"]) == (
        "guest", "standard", False, False,
    )  # fmt: skip


def test_guests_can_be_turned_away(make_app):
    answer = make_app(enable_guests=False).test_client().post("/api/v1/auth/guest")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, "guests_disabled")


def test_a_refresh_token_is_good_once_and_a_lost_answer_can_be_fetched_again(person):
    first = person.post("/auth/refresh", json={"refresh_token": person.refresh_token}).get_json()["data"]
    again = person.post("/auth/refresh", json={"refresh_token": person.refresh_token}).get_json()["data"]
    assert first["refresh_token"] == again["refresh_token"] != person.refresh_token
    person.token = first["access_token"]
    assert person.get("/auth/me").status_code == 200


def test_signing_out_ends_every_token_of_the_session(person):
    assert person.post("/auth/logout").status_code == 200
    assert person.get("/auth/me").get_json()["error"]["code"] == "session_revoked"
    answer = person.post("/auth/refresh", json={"refresh_token": person.refresh_token})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "session_revoked")


def another_session(person):
    """The same person, signed in once more."""
    services = person.app.extensions["museaika.services"]
    return services.accounts.sign_in(services.accounts.get(person.user_id))


def test_a_person_sees_where_they_are_signed_in_and_ends_one_of_them(person):
    other = another_session(person)
    told = person.get("/auth/sessions").get_json()["data"]["items"]
    assert [one["current"] for one in told].count(True) == 1
    assert {one["session_id"] for one in told} >= {other.session.session_id}
    assert person.delete(f"/auth/sessions/{other.session.session_id}").status_code == 200
    elsewhere = {"Authorization": f"Bearer {other.access_token}"}
    assert person.app.test_client().get("/api/v1/auth/me", headers=elsewhere).status_code == 401
    assert person.get("/auth/me").status_code == 200
    assert len(person.get("/auth/sessions").get_json()["data"]["items"]) == 1


def test_signing_out_everywhere_ends_all_sessions(person):
    other = another_session(person)
    assert person.delete("/auth/sessions").get_json()["data"]["deleted"] == 2
    for token in (person.token, other.access_token):
        answer = person.app.test_client().get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.get_json()["error"]["code"] == "session_revoked"


def test_a_strangers_session_does_not_exist(person, stranger):
    theirs = stranger.get("/auth/sessions").get_json()["data"]["items"][0]["session_id"]
    for session_id in (theirs, "ses_none"):
        answer = person.delete(f"/auth/sessions/{session_id}")
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "session_not_found")
    assert stranger.get("/auth/me").status_code == 200


def test_an_address_makes_only_so_many_guests_an_hour(make_app):
    http = make_app(ratelimit_enabled=True, guests_per_hour_per_address=3).test_client()
    answers = [http.post("/api/v1/auth/guest", json={}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].get_json()["error"]["code"] == "rate_limited"
    assert 0 < int(answers[3].headers["Retry-After"]) <= 3600
    elsewhere = http.post("/api/v1/auth/guest", json={}, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.status_code == 200


@pytest.mark.parametrize(("hops", "counted"), [(0, 3), (1, 1)])
def test_behind_a_proxy_callers_are_told_apart_by_the_address_that_it_names(make_app, hops, counted):
    http = make_app(ratelimit_enabled=True, guests_per_hour_per_address=2, trusted_proxies=hops).test_client()
    for caller in ("198.51.100.1", "198.51.100.2", "198.51.100.3"):
        last = http.post("/api/v1/auth/guest", json={}, headers={"X-Forwarded-For": f"10.0.0.9, {caller}"})
    assert last.status_code == (429 if counted > 2 else 200)


def test_what_is_patched_changes_and_the_rest_stays(person):
    assert person.patch("/users/me", json={"privacy_level": "full"}).status_code == 200
    changed = person.patch("/users/me", json={"display_name": "  Ada  ", "image_consent": True})
    me = changed.get_json()["data"]
    assert (me["display_name"], me["privacy_level"], me["image_consent"]) == ("Ada", "full", True)
    assert me == person.get("/users/me").get_json()["data"]
    refused = person.patch("/users/me", json={"privacy_level": "none", "image_consent": "yes"})
    assert refused.status_code == 422
    wrong = {wrong["loc"][-1]: wrong["msg"] for wrong in refused.get_json()["error"]["errors"]}
    assert wrong["privacy_level"] == "This must be one of 'strict', 'standard' or 'full'."
    assert wrong["image_consent"] == "This must be true or false."


@pytest.fixture
def studio(app):
    """A browser that signed in with cookies."""
    browser = app.test_client()
    answer = browser.post("/api/v1/auth/guest", json={"cookie": True})
    return browser, answer


def test_the_studio_signs_in_by_cookie_and_shows_its_csrf_value(studio):
    browser, answer = studio
    cookies = answer.headers.getlist("Set-Cookie")
    session = next(c for c in cookies if c.startswith("museaika_session="))
    assert "HttpOnly" in session
    assert "SameSite=Lax" in session
    assert browser.get("/api/v1/auth/me").status_code == 200
    refused = browser.post("/api/v1/detect/manual", json={"mood": "calm"})
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (403, "csrf_failed")
    csrf = browser.get_cookie("museaika_csrf").value
    done = browser.post("/api/v1/detect/manual", json={"mood": "calm"}, headers={"X-CSRF-Token": csrf})
    assert done.status_code == 200


def test_another_sessions_csrf_value_is_worth_nothing(app, studio):
    browser, _ = studio
    other = app.test_client()
    other.post("/api/v1/auth/guest", json={"cookie": True})
    foreign = other.get_cookie("museaika_csrf").value
    browser.set_cookie("museaika_csrf", foreign)
    answer = browser.post("/api/v1/auth/logout", headers={"X-CSRF-Token": foreign})
    assert answer.get_json()["error"]["code"] == "csrf_failed"


def test_a_cookie_is_no_bearer_token_and_the_other_way_round(app, studio, person):
    browser, _ = studio
    cookie = browser.get_cookie("museaika_session").value
    answer = app.test_client().get("/api/v1/auth/me", headers={"Authorization": f"Bearer {cookie}"})
    assert answer.status_code == 401
    impostor = app.test_client()
    impostor.set_cookie("museaika_session", person.token)
    assert impostor.get("/api/v1/auth/me").status_code == 401


def test_signing_out_clears_the_cookies(studio):
    browser, _ = studio
    csrf = browser.get_cookie("museaika_csrf").value
    assert browser.post("/api/v1/auth/logout", headers={"X-CSRF-Token": csrf}).status_code == 200
    assert browser.get_cookie("museaika_session") is None


def test_moods_are_shared_with_people_who_exist(person, stranger):
    shared = person.post("/users/me/mood-shares", json={"user_id": stranger.user_id})
    assert shared.get_json()["data"]["mood_shares"] == [stranger.user_id]
    assert person.post("/users/me/mood-shares", json={"user_id": "usr_nobody"}).status_code == 404
    assert person.post("/users/me/mood-shares", json={"user_id": person.user_id}).status_code == 422
    assert person.delete(f"/users/me/mood-shares/{stranger.user_id}").get_json()["data"]["mood_shares"] == []


def test_everything_can_be_taken_along(person, services):
    person.patch("/users/me", json={"privacy_level": "full"})
    person.post("/detect/sentiment", json={"text": "only I wrote this, calm"})
    person.post("/generate", json={"mood": "calm", "seed": 9})
    services.worker.run_one()
    answer = person.get("/users/me/export")
    assert answer.mimetype == "application/zip"
    assert "attachment" in answer.headers["Content-Disposition"]
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert json.loads(archive.read("profile.json"))["user_id"] == person.user_id
    assert json.loads(archive.read("moods.json"))[0]["text"] == "only I wrote this, calm"
    (mp3,) = [name for name in archive.namelist() if name.endswith(".mp3")]
    assert archive.read(mp3) == b"0009" * 250


def test_nothing_is_left_after_erasing(app, person, services):
    mood_id = person.post("/detect/manual", json={"mood": "calm"}).get_json()["data"]["mood_id"]
    job_id = person.post("/generate", json={"mood": "calm"}).get_json()["data"]["job_id"]
    services.worker.run_one()
    link = person.get(f"/generate/{job_id}").get_json()["data"]["download_url"]
    assert person.delete("/users/me").status_code == 200
    assert person.get("/auth/me").status_code == 401
    assert app.test_client().get(link).status_code == 404
    assert services.diary.page(person.user_id).items == []
    assert not list(services.settings.objects_dir.rglob(f"*{job_id}*"))
    assert mood_id not in services.settings.database_path.read_bytes().decode("latin-1")
    services.privacy.erase(person.user_id)


def test_erasing_one_leaves_the_others(person, stranger):
    kept = stranger.post("/detect/manual", json={"mood": "calm"}).get_json()["data"]["mood_id"]
    person.delete("/users/me")
    assert stranger.get("/detect/history").get_json()["data"]["items"][0]["mood_id"] == kept


def test_a_new_sign_in_is_somebody_else(app, person):
    assert Person(app).user_id != person.user_id
