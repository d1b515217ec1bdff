"""The studio page in a real browser: what a person sees who knows nothing of the API behind it."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="the page is driven by the package playwright")

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page
    from tests.e2e.conftest import Server

pytestmark = pytest.mark.e2e

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = [
    "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--autoplay-policy=no-user-gesture-required", "--use-fake-device-for-media-stream",
]  # fmt: skip
PATIENCE_MS = 20_000
COMPOSED_WITHIN_MS = 90_000
SENTENCE = "Long day, but the walk home in the rain was lovely."


class Visit:
    """One person's tab, with everything that it logged and every host that it asked."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.errors: list[str] = []
        self.hosts: set[str] = set()
        self.asked: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._note(request.url))

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        self.asked.append(parts.path)
        if parts.scheme in ("http", "https", "ws", "wss"):
            self.hosts.add(parts.netloc)

    def open(self) -> Visit:
        self.page.goto(self.url)
        self.page.wait_for_selector("#better option", state="attached")
        return self

    def find(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def wait_for(self, truth: str, within_s: float = PATIENCE_MS / 1000) -> None:
        """Ask again and again; the driver's own waiting needs `eval`, which the page's policy forbids."""
        deadline = time.monotonic() + within_s
        while not self.page.evaluate(truth):
            assert time.monotonic() < deadline, f"not within {within_s:.0f} s: {truth}"
            self.page.wait_for_timeout(50)

    def see(self, selector: str) -> Any:
        return playwright.expect(self.page.locator(selector))

    def say(self, sentence: str) -> str:
        """Type a sentence, send it, and return the mood that is shown."""
        self.page.fill("#sentence", sentence)
        self.page.click("#door-say button")
        self.see("mood-bars li").not_to_have_count(0)
        return self.find(".verdict .mood").inner_text()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no chromium here (Debian: apt install chromium)")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, chromium_sandbox=False)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Callable[..., Visit]]:
    """Opens tabs, each a new person, with or without sockets; the options are the browser's."""
    contexts = []

    def arrive(live: bool = True, **options: Any) -> Visit:
        context = browser.new_context(**{"reduced_motion": "reduce", **options})
        contexts.append(context)
        if not live:
            context.route("**/socket.io/**", lambda route: route.abort())
        return Visit(context.new_page(), server.url).open()

    yield arrive
    for context in contexts:
        context.close()


def test_a_sentence_gives_a_mood_and_the_request_as_curl(visit: Callable[..., Visit]) -> None:
    here = visit()
    mood = here.say("I feel so happy today, everything is wonderful!")
    assert mood == "happy"
    here.see(".verdict").to_contain_text("sure")
    here.find("#feel curl-line summary").click()
    here.see("#feel curl-line pre").to_contain_text("/api/v1/detect/sentiment")
    here.see("#feel curl-line pre").to_contain_text("$TOKEN")
    here.see("#diary .entries li").to_contain_text("happy")


def test_another_language_and_mixed_feelings_are_said_to_be_so(visit: Callable[..., Visit]) -> None:
    here = visit()
    here.say("Ich bin heute so müde und traurig.")
    here.see("[data-is=notice]").to_contain_text("looks like German")
    here.say("The food was wonderful, but the waiter was so rude and I hate him.")
    here.see(".verdict").to_contain_text("mixed feelings")
    here.see("[data-is=notice]").not_to_contain_text("looks like")


def test_the_copied_request_runs_in_a_shell(visit: Callable[..., Visit]) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl here")
    here = visit(permissions=["clipboard-read", "clipboard-write"])
    here.say("It's all right, isn't it?")
    here.page.locator("#feel curl-line").get_by_role("button", name="Copy").click()
    here.see("#feel curl-line .note[role=status]").to_contain_text("Copied")
    copied = here.page.evaluate("navigator.clipboard.readText()")
    answer = subprocess.run(["sh", "-c", copied], check=True, capture_output=True, timeout=20)
    assert json.loads(answer.stdout)["data"]["primary_mood"] == here.find(".verdict .mood").inner_text()


def test_the_plane_is_worked_by_the_keyboard_alone(visit: Callable[..., Visit]) -> None:
    here = visit()
    keys = here.page.keyboard
    here.find("#tab-say").focus()
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    here.see("#tab-place").to_be_focused()
    here.find("mood-plane").focus()
    for press in ["Shift+ArrowRight"] * 3 + ["Shift+ArrowUp"] * 2 + ["ArrowLeft"]:
        keys.press(press)
    assert here.find("mood-plane").get_attribute("aria-valuetext") == (
        "valence +0.70, arousal +0.50, closest to happy"
    )
    assert here.find("#valence").input_value() == "0.7"
    keys.press("Enter")
    here.see("#diary .entries li").to_contain_text("manual")
    here.see("mood-bars li").not_to_have_count(0)


def test_recommendations_come_with_reasons_and_there_are_more(visit: Callable[..., Visit]) -> None:
    here = visit()
    here.say(SENTENCE)
    here.see(".tracks li").to_have_count(6)
    first = here.find(".tracks li").first
    playwright.expect(first.locator(".note")).not_to_be_empty()
    assert (first.locator("a").get_attribute("href") or "").startswith("https://")
    here.page.get_by_role("button", name="More", exact=True).click()
    here.see(".tracks li").to_have_count(12)
    titles = here.find(".tracks a").all_inner_texts()
    assert len(set(titles)) == 12
    here.page.get_by_text("Lift", exact=True).click()
    here.see(".tracks li .note >> nth=0").to_contain_text("lift", ignore_case=True)


def test_a_reading_can_be_corrected_and_forgotten(visit: Callable[..., Visit]) -> None:
    here = visit()
    here.say(SENTENCE)
    here.page.select_option("#better", "tired")
    here.page.get_by_role("button", name="Correct it").click()
    here.see(".verdict .mood").to_have_text("tired")
    here.see("#diary .entries strong").to_have_text("tired")
    here.see("#music-mood").to_have_value("tired")
    here.page.get_by_role("button", name="Forget tired").click()
    here.see("#diary .news").to_have_text("Forgotten.")
    here.see("#diary .entries strong").to_have_count(0)
    assert here.errors == []


def test_a_composed_piece_plays(visit: Callable[..., Visit]) -> None:
    here = visit()
    here.page.fill("#length", "8")
    here.page.get_by_role("button", name="Compose", exact=True).click()
    playwright.expect(here.find("piece-player")).to_be_visible(timeout=COMPOSED_WITHIN_MS)
    audio = "document.querySelector('piece-player audio')"
    here.wait_for(f"{audio}.duration > 0")
    assert here.page.evaluate(f"{audio}.duration") == pytest.approx(8, abs=1)
    here.page.get_by_role("button", name="Play", exact=True).click()
    here.wait_for(f"{audio}.currentTime > 0.2")
    here.wait_for("document.querySelector('sound-wave').peaks.some((peak) => peak > 0.5)")
    assert here.find(".sections li").count() >= 1
    assert here.find(".files a").all_inner_texts()[0].startswith("MP3")
    with here.page.expect_download() as coming:
        here.page.locator('.files a[data-format="midi"]').click()
    assert coming.value.path().read_bytes()[:4] == b"MThd"
    assert here.errors == []


def test_a_piece_in_the_making_can_be_cancelled(visit: Callable[..., Visit]) -> None:
    here = visit()
    here.page.fill("#length", "600")
    here.page.get_by_role("button", name="Compose", exact=True).click()
    here.page.get_by_role("button", name="Cancel").click()
    here.see("#compose .news").to_have_text("Cancelled.", timeout=PATIENCE_MS)
    here.see("#compose .making").to_be_hidden()
    here.see("#compose .earlier li").to_contain_text("cancelled")
    assert here.errors == []


def test_without_the_live_line_a_piece_is_asked_for_instead(visit: Callable[..., Visit]) -> None:
    here = visit(live=False)
    here.see("#who").to_contain_text("not live")
    here.page.fill("#length", "5")
    here.page.get_by_role("button", name="Compose", exact=True).click()
    playwright.expect(here.find("piece-player")).to_be_visible(timeout=COMPOSED_WITHIN_MS)


def test_no_photo_is_taken_before_consent(visit: Callable[..., Visit]) -> None:
    photos = pytest.importorskip("skimage.data", reason="the photo comes with scikit-image")
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(photos.astronaut()).save(buffer, "JPEG")
    here = visit()
    here.find("#tab-show").click()
    here.see("#door-show input[type=file]").to_be_disabled()
    here.see("[data-do=camera]").to_be_disabled()
    assert not any(path.endswith("/detect/emotion") for path in here.asked)
    here.page.get_by_label("Read the expression on my face").check()
    here.see("#door-show input[type=file]").to_be_enabled()
    photo: Any = {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}
    here.find("#door-show input[type=file]").set_input_files(photo)
    here.see("#door-show figcaption").to_contain_text("face")
    here.see("#door-show figure canvas").to_be_visible()
    here.see("[data-is=notice]").to_contain_text("not what the person feels")
    here.page.get_by_label("Read the expression on my face").uncheck()
    here.see("#door-show figure").to_be_hidden()


def test_the_camera_takes_one_picture_and_is_off_again(visit: Callable[..., Visit]) -> None:
    here = visit(permissions=["camera"])
    here.find("#tab-show").click()
    here.page.get_by_label("Read the expression on my face").check()
    here.page.get_by_role("button", name="Use the camera").click()
    here.wait_for("document.querySelector('.camera video').videoWidth > 0")
    here.page.get_by_role("button", name="Take the picture").click()
    here.see("#door-show figcaption").to_contain_text("No face")  # the pretend camera shows a test card
    assert here.page.evaluate("document.querySelector('.camera video').srcObject") is None
    assert here.errors == []


def test_what_the_api_refuses_is_shown_in_its_own_words(visit: Callable[..., Visit]) -> None:
    here = visit()
    here.page.get_by_text("More wishes").click()
    here.page.fill("#chords", "Am Qx9 C")
    here.page.get_by_role("button", name="Compose", exact=True).click()
    here.see("#compose .trouble").to_contain_text("Qx9")
    here.see("#compose .trouble").to_contain_text("Request ")


def test_a_file_that_is_no_photo_is_refused_in_words(visit: Callable[..., Visit]) -> None:
    here = visit()
    here.find("#tab-show").click()
    here.page.get_by_label("Read the expression on my face").check()
    junk: Any = {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": b"not a photo"}
    here.find("#door-show input[type=file]").set_input_files(junk)
    here.see("#feel .trouble").to_contain_text("JPEG, PNG or WebP")
    here.see("#door-show figure").to_be_hidden()
    here.find("#tab-say").click()
    here.say(SENTENCE)
    here.see("#feel .trouble").to_be_empty()


def test_under_strict_the_page_says_that_nothing_was_kept(visit: Callable[..., Visit]) -> None:
    here = visit()
    here.page.get_by_label("Strict").check()
    here.see("#diary .news").to_contain_text("Saved")
    here.say(SENTENCE)
    here.see("[data-is=notice]").to_contain_text("Not kept")
    here.see("#diary .entries li").to_have_text("Nothing here yet. Say how you feel, and it appears.")


def test_a_token_that_ran_out_is_renewed_and_the_diary_stays(visit: Callable[..., Visit]) -> None:
    here = visit()
    here.say(SENTENCE)
    here.see("#diary .entries li").to_have_count(1)
    here.page.evaluate(
        "() => { const held = JSON.parse(sessionStorage['museaika.session']); held.access_token = 'stale';"
        " sessionStorage['museaika.session'] = JSON.stringify(held); }"
    )
    here.open()
    here.see("#diary .entries .dot").to_have_count(1)
    here.see("#who .live:not(.off)").to_be_visible()


def test_erasing_the_account_begins_anew(visit: Callable[..., Visit]) -> None:
    here = visit()
    here.say(SENTENCE)
    here.page.get_by_role("button", name="Erase my account").click()
    here.page.get_by_role("button", name="Keep it").click()
    here.see("#diary .entries .dot").to_have_count(1)
    here.page.get_by_role("button", name="Erase my account").click()
    here.page.get_by_role("button", name="Erase it").click()
    here.see("#gate").to_contain_text("erased")
    here.see("#diary .entries .dot").to_have_count(0)


def test_the_page_logs_no_error_and_asks_no_other_host(visit: Callable[..., Visit]) -> None:
    here = visit()
    here.say(SENTENCE)
    here.see(".tracks li").to_have_count(6)
    here.see("#who .live:not(.off)").to_be_visible()
    assert here.hosts == {urlsplit(here.url).netloc}
    assert here.errors == []


@pytest.mark.parametrize("width", [360, 390, 768, 1280])
def test_nothing_sticks_out_at_any_width(visit: Callable[..., Visit], width: int) -> None:
    here = visit(viewport={"width": width, "height": 800}, color_scheme="dark")
    here.say(SENTENCE + " Donaudampfschifffahrtsgesellschaftskapitänspatent" * 3)
    here.see(".tracks li").to_have_count(6)
    here.find("#feel curl-line summary").click()
    whole, seen = here.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert whole <= seen
