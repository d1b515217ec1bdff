"""What a roll of open sockets promises, also after a server crashed."""

from datetime import timedelta

import pytest

from museaika.accounts.ports import OpenSocket
from museaika.storage.memory.open_sockets import MemoryOpenSockets
from museaika.storage.retention import SOCKET_LEASE
from museaika.storage.sqlite.open_sockets import SqliteOpenSockets

from .conftest import T0

OVER = T0 + SOCKET_LEASE


@pytest.fixture(params=["memory", "sqlite"])
def open_sockets(request, signals):
    return MemoryOpenSockets() if request.param == "memory" else SqliteOpenSockets(signals)


def sids(open_sockets, user_id, at=T0):
    return [one.sid for one in open_sockets.of(user_id, at)]


def test_a_person_is_found_on_every_server_that_is_alive(open_sockets):
    for server_id in ("srv_1", "srv_2"):
        open_sockets.alive(server_id, T0)
    for sid, user_id, server_id in (("a", "ada", "srv_1"), ("b", "ada", "srv_2"), ("c", "bo", "srv_1")):
        open_sockets.come(OpenSocket(sid, user_id, server_id))
    assert list(open_sockets.of("ada", T0)) == [
        OpenSocket("a", "ada", "srv_1"),
        OpenSocket("b", "ada", "srv_2"),
    ]
    open_sockets.go("a")
    open_sockets.go("a")
    assert (sids(open_sockets, "ada"), sids(open_sockets, "bo"), sids(open_sockets, "cy")) == (["b"], ["c"], [])


def test_the_sockets_of_a_server_that_fell_silent_count_no_longer_and_are_swept(open_sockets):
    open_sockets.alive("srv_crashed", T0)
    open_sockets.alive("srv_well", T0)
    open_sockets.come(OpenSocket("a", "ada", "srv_crashed"))
    open_sockets.come(OpenSocket("b", "ada", "srv_well"))
    open_sockets.alive("srv_well", OVER - timedelta(seconds=1))
    assert sids(open_sockets, "ada", OVER - timedelta(milliseconds=1)) == ["a", "b"]
    assert sids(open_sockets, "ada", OVER) == ["b"]
    assert open_sockets.sweep(OVER) == 1
    assert open_sockets.sweep(OVER) == 0
    open_sockets.alive("srv_crashed", OVER)  # it was only slow; what it holds comes again or is lost
    assert sids(open_sockets, "ada", OVER) == ["b"]


def test_a_socket_of_a_server_that_never_said_it_is_alive_is_none(open_sockets):
    open_sockets.come(OpenSocket("a", "ada", "srv_unknown"))
    assert sids(open_sockets, "ada") == []
    assert open_sockets.sweep(T0) == 1
