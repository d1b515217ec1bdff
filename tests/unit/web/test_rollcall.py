"""Sockets on the roll of all servers: who comes and goes, and what a crash leaves behind."""

from __future__ import annotations

import threading
from datetime import timedelta
from queue import Empty, Queue

import pytest
from tests.unit.web.test_sockets import connect

from museaika.accounts.ports import OpenSocket
from museaika.clock import now
from museaika.errors import RateLimited
from museaika.storage.memory.open_sockets import MemoryOpenSockets
from museaika.storage.retention import SOCKET_LEASE
from museaika.web.rollcall import EVERY_S, RollCall
from museaika.web.seats import MOST_EACH


def test_a_person_is_on_the_roll_while_a_socket_is_open(app, services, person):
    socket = connect(app, {"token": person.token})
    assert len(services.open_sockets.of(person.user_id, now())) == 1
    socket.disconnect(namespace="/realtime")
    assert services.open_sockets.of(person.user_id, now()) == []


def test_sockets_of_other_servers_count_until_the_server_is_found_dead(app, services, person):
    services.open_sockets.alive("srv_other", now())
    for number in range(MOST_EACH):
        services.open_sockets.come(OpenSocket(f"sid_{number}", person.user_id, "srv_other"))
    assert not connect(app, {"token": person.token}).is_connected("/realtime")
    assert len(services.open_sockets.of(person.user_id, now())) == MOST_EACH
    services.clock = lambda: now() + SOCKET_LEASE
    assert connect(app, {"token": person.token}).is_connected("/realtime")


def test_a_server_says_that_it_is_alive_while_somebody_is_there():
    at, asleep, wake = [now()], Queue(), Queue()

    def sleep(seconds):
        asleep.put(seconds)
        wake.get()

    open_sockets = MemoryOpenSockets()
    roll = RollCall(open_sockets, lambda: at[0], sleep)
    roll.come("a", "ada")
    for _ in range(5):
        assert asleep.get(timeout=5) == EVERY_S < SOCKET_LEASE.total_seconds() / 2
        at[0] += timedelta(seconds=EVERY_S)
        wake.put(None)
    asleep.get(timeout=5)
    assert [one.sid for one in open_sockets.of("ada", at[0] + timedelta(seconds=EVERY_S))] == ["a"]
    roll.go("a")
    wake.put(None)
    with pytest.raises(Empty):  # nobody is here: it does not lie down again
        asleep.get(timeout=0.3)


def test_too_many_are_refused_in_words():
    roll = RollCall(MemoryOpenSockets(), now, lambda _: threading.Event().wait(0.01))
    for number in range(MOST_EACH):
        roll.come(f"sid_{number}", "ada")
    with pytest.raises(RateLimited, match="Close one first"):
        roll.come("one more", "ada")
    roll.come("another's", "bo")
    for number in range(MOST_EACH):
        roll.go(f"sid_{number}")
    for sid in ("one more", "another's"):
        roll.go(sid)
