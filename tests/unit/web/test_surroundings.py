"""What goes around every answer: ids, rates, headers, and errors in the form that was asked for."""

from __future__ import annotations

import pytest
from tests.unit.web.conftest import Person


def test_every_answer_carries_an_id_and_a_good_one_is_kept(client):
    made = client.get("/api/v1/moods").headers["X-Request-Id"]
    assert made.startswith("req_")
    assert client.get("/nowhere").headers["X-Request-Id"] != made
    kept = client.get("/api/v1/moods", headers={"X-Request-Id": "trace-0123456789"})
    assert kept.headers["X-Request-Id"] == "trace-0123456789"
    replaced = client.get("/api/v1/moods", headers={"X-Request-Id": "<script>"})
    assert replaced.headers["X-Request-Id"].startswith("req_")


def test_errors_come_as_problem_json_to_who_asks_for_it(client):
    problem = client.get("/api/v1/auth/me", headers={"Accept": "application/problem+json"})
    assert problem.mimetype == "application/problem+json"
    told = problem.get_json()
    assert (told["status"], told["code"]) == (401, "unauthenticated")
    assert {"type", "title", "detail", "request_id", "errors"} <= told.keys()
    usual = client.get("/api/v1/auth/me", headers={"Accept": "application/json, */*"})
    assert usual.get_json()["error"].keys() == told.keys()


def test_pages_allow_no_inline_code_and_nothing_may_be_framed(client):
    for path in ("/api/v1/moods", "/docs", "/", "/nowhere"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        scripts = next((part for part in policy.split(";") if "script-src" in part), "")
        assert "unsafe" not in scripts, path
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"]
        assert "camera=(self)" in headers["Permissions-Policy"]


def test_answers_about_people_are_not_cached(person):
    assert person.get("/auth/me").headers["Cache-Control"] == "no-store"


@pytest.fixture
def slow_app(make_app):
    return make_app(ratelimit_enabled=True, ratelimit_requests_per_minute=5)


def test_each_person_has_a_rate_of_their_own(slow_app):
    ada, bob = Person(slow_app), Person(slow_app)
    for left in (4, 3, 2, 1, 0):
        answer = ada.get("/auth/me")
        assert answer.status_code == 200
        assert answer.headers["RateLimit-Limit"] == "5"
        assert int(answer.headers["RateLimit-Remaining"]) == left
        assert 0 < int(answer.headers["RateLimit-Reset"]) <= 60
    refused = ada.get("/auth/me")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (429, "rate_limited")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit-Remaining"] == "0"
    assert bob.get("/auth/me").status_code == 200


def test_strangers_are_counted_by_address_even_where_nothing_is(slow_app):
    client = slow_app.test_client()
    statuses = [client.get("/nowhere").status_code for _ in range(6)]
    assert statuses == [404] * 5 + [429]
    other = client.get("/nowhere", environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    assert other.status_code == 404


def test_what_watches_the_server_is_answered_also_when_others_ask_too_much(slow_app):
    client = slow_app.test_client()
    assert [client.get("/nowhere").status_code for _ in range(6)][-1] == 429
    for path in ("/health", "/health/live", "/health/ready", "/metrics", "/api/v1/health"):
        watched = client.get(path)
        assert (watched.status_code, watched.headers["RateLimit-Limit"]) == (200, "5"), path


def test_a_made_up_token_does_not_escape_the_rate(slow_app):
    client = slow_app.test_client()
    answers = [
        client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer x.{n}"}).status_code for n in range(6)
    ]
    assert answers == [401] * 5 + [429]


def test_other_sites_may_call_only_when_named(make_app):
    client = make_app(cors_origins="https://friend.example, https://other.example/").test_client()

    def allowed(origin):
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        return client.options("/api/v1/generate", headers=asked).headers.get("Access-Control-Allow-Origin")

    assert allowed("https://friend.example") == "https://friend.example"
    assert allowed("https://other.example") == "https://other.example"
    assert allowed("https://foe.example") is None
    assert allowed("null") is None


def test_no_site_may_call_when_none_is_named(client):
    answer = client.get("/api/v1/moods", headers={"Origin": "https://foe.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_fault_of_ours_tells_an_id_and_nothing_else(person, services, capsys):
    private = " ".join(["secret", "words"])

    def broken(*_, **__):
        raise RuntimeError(private)

    services.diary.record = broken
    headers = {"Authorization": f"Bearer {person.token}"}
    answer = person.app.test_client().post("/api/v1/detect/manual", json={"mood": "calm"}, headers=headers)
    assert answer.status_code == 500
    error = answer.get_json()["error"]
    assert error["code"] == "internal"
    assert error["request_id"] in error["detail"]
    assert private not in answer.text
    logged = capsys.readouterr()
    assert private not in logged.out + logged.err
    assert "RuntimeError" in logged.out + logged.err


def test_health_tells_each_dependency_and_not_ready_is_a_503(client, services):
    from types import SimpleNamespace

    told = client.get("/health").get_json()["data"]
    assert (told["status"], told["dependencies"]["database"]["status"]) == ("ok", "up")
    assert client.get("/health/ready").status_code == 200
    services.health = lambda: {
        "database": SimpleNamespace(status="down", kind="sqlite", detail="The disk is full.")
    }
    assert client.get("/health").get_json()["data"]["status"] == "degraded"
    refused = client.get("/health/ready")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    assert "The disk is full." in refused.get_json()["error"]["detail"]
    assert client.get("/health/live").status_code == 200


def test_metrics_count_requests_by_route_and_not_by_id(person, client):
    person.get("/generate/gen_1")
    person.get("/generate/gen_2")
    numbers = client.get("/metrics").text
    counted = 'museaika_request_seconds_count{method="GET",route="/api/v1/generate/<job_id>",status="404"} 2.0'
    assert counted in numbers
    assert "gen_1" not in numbers
