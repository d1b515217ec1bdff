"""The client module for shared lists in a real browser, on sockets that break: nothing is lost or doubled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.web.replicas import DESK, tell_a_story

from .conftest import Guest, Server
from .test_page import ARGUMENTS, CHROMIUM

playwright = pytest.importorskip("playwright.sync_api", reason="the module is driven by the package playwright")
pytestmark = pytest.mark.e2e

DOCS = Path(__file__).resolve().parents[2] / "docs/playlists.md"
CONNECT = """async ({token, listId, userId}) => {
  const { io } = await import("/studio/vendor/socket.io.esm.min.js");
  const { SharedPlaylist } = await import("/studio/playlist/shared-playlist.js");
  window.socket = io("/realtime", { auth: { token }, forceNew: true, reconnectionDelay: 50 });
  window.list = new SharedPlaylist(socket, listId, userId);
  window.told = [];
  for (const name of ["presence", "state", "refused", "closed"])
    list.addEventListener(name, ({ detail }) => told.push([name, detail]));
  await list.open();
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("there is no chromium here (Debian: apt install chromium)")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, chromium_sandbox=False)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def context(browser: Any) -> Any:
    return browser.new_context()


@pytest.fixture
def page_of(browser: Any) -> Callable[[str], Any]:
    """Opens an address as somebody new; what the page complains of fails the test."""

    def open_at(url: str) -> Any:
        page = browser.new_context(reduced_motion="reduce").new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.goto(url)
        return page

    return open_at


class Tab:
    """One person's page with a shared list in it."""

    def __init__(self, context: Any, guest: Guest, list_id: str | None = None) -> None:
        self.page = context.new_page()
        self.guest = guest
        self.page.goto(guest.server.url)
        if list_id:
            asked = {"token": guest.token, "listId": list_id, "userId": guest.user["user_id"]}
            self.page.evaluate(CONNECT, asked)

    def do(self, script: str) -> Any:
        return self.page.evaluate(f"async () => {{ {script} }}")

    @property
    def view(self) -> dict[str, Any]:
        seen: dict[str, Any] = self.page.evaluate("list.view")
        return seen

    def wait_until(self, truth: str) -> None:
        for _ in range(400):
            if self.page.evaluate(truth):
                return
            self.page.wait_for_timeout(25)
        raise AssertionError(
            f"not within 10 s: {truth}; {self.page.evaluate('[list.state, list.pending, told]')}"
        )


@pytest.fixture
def ours(server: Server) -> tuple[Guest, Guest, str]:
    """Two people, and their list of three tracks."""
    ada, bo = server.guest(), server.guest()
    tracks = [f"spotify:track:{n:022d}" for n in range(3)]
    list_id = ada.post("/playlists", json={"title": "Ours", "tracks": tracks}).json()["data"]["id"]
    ada.post(f"/playlists/{list_id}/collaborators", json={"user_id": bo.user["user_id"]})
    return ada, bo, list_id


def fresh(guest: Guest, list_id: str) -> dict[str, Any]:
    told: dict[str, Any] = guest.get(f"/playlists/{list_id}").json()["data"]
    return told


def test_the_example_of_the_documentation_runs(context: Any, server: Server) -> None:
    (example,) = re.findall(r"```javascript\n(.*?)```", DOCS.read_text(), re.DOTALL)
    tab = Tab(context, server.guest())
    said: list[str] = []
    tab.page.on("console", lambda line: said.append(line.text))
    script = re.sub(
        r"^import (\{.*?\}) from (.*?);$", r"const \1 = await import(\2);", example, flags=re.MULTILINE
    )
    view = tab.do(f"{script}\n return list.view;")
    assert (view["title"], view["track_count"], view["mood_tags"]) == ("Ours, slowly", 25, ["calm"])
    assert any(line.startswith("here now:") for line in said)


def test_the_same_histories_make_the_same_lists_in_the_browser(context: Any, server: Server) -> None:
    tab = Tab(context, server.guest())
    tab.page.evaluate(f"async () => {{ window.desk = await ({DESK})('/studio/playlist/'); }}")
    for seed in range(3):
        tell_a_story(lambda order: tab.page.evaluate("(order) => desk(order)", order), seed)


def test_two_people_see_each_other_and_each_others_edits(context: Any, ours: Any) -> None:
    ada, bo, list_id = ours
    one, two = Tab(context, ada, list_id), Tab(context, bo, list_id)
    one.wait_until("list.users.length === 2")
    one.do("await list.add({track_id: 'spotify:track:' + '9'.repeat(22), title: 'Nine'}, {after: null})")
    two.do("await list.move(list.view.tracks.at(-1).entry_id, null)")
    two.do("await list.rename('Bo was here')")
    one.do("await list.undo()")
    for tab in (one, two):
        tab.wait_until("list.pending.length === 0 && list.view.version === 6")
        assert tab.view == fresh(ada, list_id)
    assert [track["track_id"][-1] for track in one.view["tracks"]] == ["2", "0", "1"]
    two.do("list.close()")
    one.wait_until("list.users.length === 1")


def test_what_is_edited_offline_waits_and_is_done_once(context: Any, ours: Any) -> None:
    ada, bo, list_id = ours
    one = Tab(context, ada, list_id)
    one.do("socket.disconnect()")
    one.do("""list.add('spotify:track:' + '7'.repeat(22), {after: null});
              const own = list.view.tracks[0].entry_id;
              list.add('spotify:track:' + '8'.repeat(22), {after: own});
              list.move(own); list.rename('Written offline'); list.remove(list.view.tracks.at(1).entry_id)""")
    assert one.view["title"] == "Written offline"
    assert len(one.page.evaluate("list.pending")) == 5
    first = fresh(bo, list_id)["tracks"][0]
    bo.post(f"/playlists/{list_id}/edits", json={"action": "describe", "data": {"description": "Bo's"}})
    bo.post(
        f"/playlists/{list_id}/edits", json={"action": "remove_track", "data": {"entry_id": first["entry_id"]}}
    )
    one.do("socket.connect()")
    one.wait_until("list.state === 'live' && list.pending.length === 0")
    told = fresh(bo, list_id)
    assert (told["title"], told["description"]) == ("Written offline", "Bo's")
    assert [track["track_id"][-1] for track in told["tracks"]] == ["8", "1", "2", "7"]
    one.wait_until(f"list.view.version === {told['version']}")
    assert one.view == told
    refused = one.page.evaluate("told.filter(([name]) => name === 'refused').map(([, detail]) => detail.code)")
    assert refused == ["entry_gone"]


def test_on_the_page_a_list_is_made_shared_by_a_link_and_edited_by_two(
    page_of: Callable[..., Any], server: Server
) -> None:
    see = playwright.expect
    one = page_of(server.url)
    one.get_by_role("button", name="New list for my mood").click()
    see(one.locator("#lists ol li")).to_have_count(25)
    see(one.locator("#lists img")).to_have_attribute("src", re.compile("^blob:"))
    one.get_by_role("button", name="Invite by link").click()
    link = one.locator("#lists [data-is=link] a").get_attribute("href")
    two = page_of(link)
    see(two.locator("#lists .news")).to_contain_text("You are in: For calm, together")
    see(one.locator("#lists [data-is=here]")).to_have_text("2 people are here")
    first, second = one.locator("#lists ol strong").all_inner_texts()[:2]
    two.get_by_role("button", name=f"Move {first} down").first.click()
    see(one.locator("#lists ol strong").first).to_have_text(second)
    one.get_by_role("button", name=f"Remove {second}").first.click()
    see(two.locator("#lists ol li")).to_have_count(24)
    two.get_by_label("Track id or Spotify URI").fill("no such track")
    two.locator("#lists form button").click()
    see(two.locator("#lists .trouble")).to_contain_text("is not a track of the catalogue")
    see(two.locator("#lists ol li")).to_have_count(24)
    two.locator("#lists").get_by_role("button", name="Undo").click()
    see(one.locator("#lists ol strong").first).to_have_text(first)
    one.locator("#title").fill("Ours")
    one.locator("#title").press("Enter")
    see(two.locator("#title")).to_have_value("Ours")


def test_lines_that_break_all_the_time_lose_and_double_nothing(context: Any, ours: Any) -> None:
    ada, bo, list_id = ours
    tabs = [Tab(context, ada, list_id), Tab(context, bo, list_id)]
    for tab in tabs:
        tab.do("""window.done = (async () => {
            for (let n = 0; n < 40; n++) {
              const after = list.view.tracks[n % 3]?.entry_id;
              list.add('spotify:track:' + String(n).padStart(22, '0'), {after});
              if (n % 3 === 0) list.move(list.view.tracks[0].entry_id);
              if (n % 7 === 0) socket.io.engine?.close();
              await new Promise((go) => setTimeout(go, 15));
            }
        })(); await window.done""")
    for tab in tabs:
        tab.wait_until("list.state === 'live' && list.pending.length === 0")
    told = fresh(ada, list_id)
    assert told["track_count"] == 3 + 2 * 40
    for tab in tabs:
        tab.wait_until(f"list.view.version === {told['version']}")
        assert tab.view == told


def test_who_is_sent_out_is_told_at_the_next_edit(context: Any, ours: Any) -> None:
    ada, bo, list_id = ours
    two = Tab(context, bo, list_id)
    ada.request("DELETE", f"/playlists/{list_id}/collaborators/{bo.user['user_id']}")
    code = two.do("return list.rename('Mine').catch((refusal) => refusal.code)")
    assert code == "playlist_not_found"
    two.wait_until("list.state === 'closed'")
    assert two.do("return list.add('x').catch((refusal) => refusal.code)") == "not_open"
    assert fresh(ada, list_id)["title"] == "Ours"
