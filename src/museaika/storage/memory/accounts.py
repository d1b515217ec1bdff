"""People, sign-ins and first answers, in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from museaika.accounts.ports import Remembered
from museaika.accounts.user import Session, User, newest_first
from museaika.errors import Conflict
from museaika.storage.retention import REPLAY_KEPT, REPLAY_RUNS_AT_MOST


class MemoryUsers:
    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self._lock = threading.Lock()

    def create(self, user: User) -> None:
        with self._lock:
            if user.user_id in self._users:
                raise Conflict("There is an account with this id already.", code="already_exists")
            self._users[user.user_id] = user

    def get(self, user_id: str) -> User | None:
        return self._users.get(user_id)

    def replace(self, user: User, *, expected_version: int) -> User | None:
        with self._lock:
            present = self._users.get(user.user_id)
            if present is None or present.version != expected_version:
                return None
            self._users[user.user_id] = replace(user, version=expected_version + 1)
            return self._users[user.user_id]

    def delete(self, user_id: str) -> bool:
        return self._users.pop(user_id, None) is not None


class MemorySessions:
    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def create(self, session: Session) -> None:
        self._sessions[session.session_id] = session

    def get(self, session_id: str) -> Session | None:
        return self._sessions.get(session_id)

    def of(self, user_id: str) -> Sequence[Session]:
        return sorted((s for s in self._sessions.values() if s.user_id == user_id), key=newest_first)

    def rotate(self, session_id: str, *, expected_hash: str, new_hash: str, at: datetime) -> bool:
        with self._lock:
            present = self._sessions.get(session_id)
            if present is None or present.refresh_hash != expected_hash:
                return False
            self._sessions[session_id] = replace(
                present, refresh_hash=new_hash, previous_hash=expected_hash, rotated_at=at
            )
            return True

    def delete(self, session_id: str) -> bool:
        return self._sessions.pop(session_id, None) is not None

    def delete_all(self, user_id: str) -> int:
        return self._delete([s.session_id for s in self._sessions.values() if s.user_id == user_id])

    def delete_expired(self, at: datetime) -> int:
        return self._delete([s.session_id for s in self._sessions.values() if s.expires_at <= at])

    def _delete(self, session_ids: list[str]) -> int:
        return sum(self.delete(session_id) for session_id in session_ids)


@dataclass(frozen=True, slots=True)
class _Replay:
    fingerprint: str
    began_at: datetime
    answer: Remembered | None = None

    def outlived(self, at: datetime) -> bool:
        return self.began_at + (REPLAY_KEPT if self.answer else REPLAY_RUNS_AT_MOST) <= at


class MemoryReplays:
    def __init__(self) -> None:
        self._replays: dict[tuple[str, str], _Replay] = {}
        self._lock = threading.Lock()

    def begin(self, user_id: str, key: str, fingerprint: str, at: datetime) -> Remembered:
        with self._lock:
            known = self._replays.get((user_id, key))
            if known is None or known.outlived(at):
                self.delete_expired(at)
                self._replays[user_id, key] = _Replay(fingerprint, at)
                return Remembered("fresh")
        if known.fingerprint != fingerprint:
            return Remembered("mismatch")
        return known.answer or Remembered("running")

    def finish(
        self, user_id: str, key: str, *, status: int, headers: tuple[tuple[str, str], ...], body: bytes
    ) -> None:
        with self._lock:
            if known := self._replays.get((user_id, key)):
                answer = Remembered("done", status, headers, body)
                self._replays[user_id, key] = replace(known, answer=answer)

    def forget(self, user_id: str, key: str) -> None:
        self._replays.pop((user_id, key), None)

    def delete_all(self, user_id: str) -> int:
        return self._delete([place for place in self._replays if place[0] == user_id])

    def delete_expired(self, at: datetime) -> int:
        return self._delete([p for p, replay in self._replays.items() if replay.began_at + REPLAY_KEPT <= at])

    def _delete(self, places: list[tuple[str, str]]) -> int:
        return sum(self._replays.pop(place, None) is not None for place in places)
