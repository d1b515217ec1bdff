"""The whole story with Spotify, in a real browser, through the login page of the fake."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
import requests
from tests.e2e.test_page import Visit, browser  # noqa: F401 - the browser is a fixture
from tests.fakes.spotify import CLIENT_ID, CLIENT_SECRET, FakeSpotify, Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from tests.e2e.conftest import Server

pytestmark = pytest.mark.e2e


@pytest.fixture
def fake() -> FakeSpotify:
    fake = FakeSpotify()
    fake.add_person("anna", "Anna", device="dev1")
    fake.people["anna"].top = [fake.add_track("Nick Drake", "Pink Moon", year=1972)]
    return fake


@pytest.fixture
def served(fake: FakeSpotify) -> Iterator[Served]:
    served = Served(fake)
    yield served
    served.close()


@pytest.fixture
def server(new_server: Callable[..., Server], served: Served) -> Server:
    made = new_server(
        workers=0,
        RATELIMIT_ENABLED="false",
        SPOTIFY_CLIENT_ID=CLIENT_ID,
        SPOTIFY_CLIENT_SECRET=CLIENT_SECRET,
        SPOTIFY_API_URL=f"{served.home}/v1",
        SPOTIFY_ACCOUNTS_URL=served.home,
    )
    made.environment["SPOTIFY_REDIRECT_URI"] = f"{made.api}/auth/spotify/callback"
    return made.start()


def test_from_connecting_to_disconnecting(browser: Browser, server: Server, fake: FakeSpotify) -> None:  # noqa: F811
    context = browser.new_context(locale="en-GB")
    visit = Visit(context.new_page(), server.url).open()
    page = visit.page

    visit.see("#spotify [data-is=state]").to_contain_text("Take a list of tracks")
    page.click("#spotify [data-do=connect]")
    visit.see("h1").to_have_text("Log in to Spotify")
    page.click("button[value=no]")
    visit.see("#spotify .news").to_contain_text("You can begin again")

    page.click("#spotify [data-do=connect]")
    page.click("button[value=yes]")
    visit.see("#spotify [data-is=state]").to_have_text("Connected as Anna (premium).")
    visit.see("#who").to_contain_text("Anna")

    page.click("#spotify [data-do=hear]")
    visit.see(".heard li").to_have_count(1)
    visit.see(".heard li").to_contain_text("Pink Moon Nick Drake")
    visit.see("#spotify .news").to_have_text("1 tracks, 1 of them in our catalogue.")

    page.select_option("#music-mood", "calm")
    visit.see("ol.tracks li").to_have_count(6)
    titles = [one.inner_text() for one in visit.find("ol.tracks li a").all()]
    bys = [one.inner_text() for one in visit.find("ol.tracks li .by").all()]
    for title, by in zip(titles[:5], bys, strict=False):
        fake.add_track(by.split(", ")[0].split(" · ")[0], title)

    page.click("#spotify [data-do=write]")
    visit.see("#spotify [data-is=written]").to_contain_text("is on your Spotify, with 5 tracks.")
    visit.see("#spotify [data-is=written]").to_contain_text(f"Not found there: {titles[5]}.")
    (there,) = fake.lists.values()
    assert there.name == "Calm, by MuseAIka"
    assert len(there.items) == 5

    page.click("#spotify [data-do=write]")
    visit.see("#spotify [data-is=written]").to_contain_text("nothing was written")

    page.fill("#discover", "1")
    page.select_option("#music-mood", "happy")
    visit.wait_for("document.querySelector('#music curl-line')?.textContent.includes('mood=happy')")
    visit.see("ol.tracks li").to_have_count(6)
    for one, by in zip(visit.find("ol.tracks li a").all(), visit.find("ol.tracks li .by").all(), strict=True):
        fake.add_track(by.inner_text().split(", ")[0].split(" · ")[0], one.inner_text())
    page.click("#spotify [data-do=write]")
    visit.see("#spotify [data-is=written]").to_contain_text("with 6 tracks")
    assert list(fake.lists) == [there.list_id], "the same list, not a second one"
    assert there.name == "Happy, by MuseAIka"

    if folder := os.environ.get("SCREENSHOTS"):
        visit.find("#spotify").screenshot(path=f"{folder}/spotify.png")
    page.click("#spotify [data-do=disconnect]")
    visit.see("#spotify .news").to_contain_text("Disconnected")
    held = json.loads(page.evaluate("sessionStorage.getItem('museaika.session')"))
    told = requests.get(
        f"{server.api}/auth/spotify", headers={"Authorization": f"Bearer {held['access_token']}"}, timeout=10
    )
    assert told.json()["data"]["connected"] is False
    assert visit.errors == []
    context.close()
