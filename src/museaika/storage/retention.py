"""How long the stores keep what is not a person's own."""

from __future__ import annotations

from datetime import timedelta

REPLAY_KEPT = timedelta(hours=24)
REPLAY_RUNS_AT_MOST = timedelta(minutes=1)
"""A request that has not answered for so long has died, and its key may be used again."""

EVENT_KEPT = timedelta(minutes=10)
SOCKET_LEASE = timedelta(seconds=15)
"""A server that was silent for so long has crashed, and its sockets with it."""
