"""The SQLite file itself: made once, shared by many, and in words when something is wrong with it."""

import sqlite3
import subprocess
import sys
import threading

import pytest

from museaika.errors import Unavailable
from museaika.storage.sqlite.database import Database, documents_at
from museaika.storage.sqlite.schema import DOCUMENTS


def test_init_is_harmless_to_repeat_and_keeps_what_is_there(database):
    database.write("""INSERT INTO users (user_id, doc) VALUES ('ada', '{"version": 1}')""")
    database.init()
    database.quick_check()
    assert database.row("SELECT count(*) AS n FROM users")["n"] == 1


def test_every_connection_forces_writes_to_the_disk_and_writes_ahead(database):
    assert database.row("PRAGMA synchronous")[0] == 2
    assert database.row("PRAGMA journal_mode")[0] == "wal"


def test_a_later_migration_is_applied_to_a_file_that_had_the_first(tmp_path):
    first = Database(tmp_path / "x.sqlite3", DOCUMENTS)
    first.init()
    first.write("""INSERT INTO users (user_id, doc) VALUES ('ada', '{"version": 1}')""")
    second = Database(tmp_path / "x.sqlite3", (*DOCUMENTS, ("ALTER TABLE users ADD COLUMN note TEXT",)))
    with pytest.raises(Unavailable, match="init-db"):
        second.quick_check()
    second.init()
    second.quick_check()
    assert second.row("SELECT note FROM users WHERE user_id = 'ada'")["note"] is None


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path):
    broken = Database(tmp_path / "x.sqlite3", (*DOCUMENTS, ("CREATE TABLE half (x)", "CREATE TABLE users (x)")))
    with pytest.raises(sqlite3.OperationalError):
        broken.init()
    fresh = documents_at(tmp_path / "x.sqlite3")
    assert fresh.rows("SELECT name FROM sqlite_master") == []
    fresh.init()


def test_a_file_of_a_newer_version_is_refused(database):
    database.write("PRAGMA user_version = 99")
    with pytest.raises(Unavailable, match="newer MuseAIka"):
        documents_at(database.path).init()


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "museaika.sqlite3"
    path.write_bytes(b"Dear diary, " * 1000)
    with pytest.raises(Unavailable, match="not a database of ours"):
        documents_at(path).init()
    assert path.read_bytes() == b"Dear diary, " * 1000


def test_a_missing_file_is_not_taken_for_a_healthy_one(tmp_path):
    with pytest.raises(Unavailable):
        documents_at(tmp_path / "nowhere" / "museaika.sqlite3").quick_check()
    with pytest.raises(Unavailable, match="init-db"):
        documents_at(tmp_path / "empty.sqlite3").quick_check()


def test_a_damaged_file_does_not_pass_the_check(database):
    for n in range(200):
        database.write("INSERT INTO users (user_id, doc) VALUES (?, ?)", f"u{n}", '{"version": 1}' + " " * 500)
    database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    with database.path.open("r+b") as file:
        for page in range(8, 20):
            file.seek(page * 4096)
            file.write(b"\xde\xad\xbe\xef" * 1024)
    with pytest.raises(Unavailable, match="damaged"):
        documents_at(database.path).quick_check()


def test_a_full_disk_is_told_in_words_and_loses_nothing_that_was_there(database):
    database.write("""INSERT INTO users (user_id, doc) VALUES ('ada', '{"version": 1}')""")
    pages = database.row("PRAGMA page_count")[0]
    database.rows(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(Unavailable, match="disk is full"):
        database.write("INSERT INTO users (user_id, doc) VALUES ('bo', ?)", '{"version": 1}' + " " * 100_000)
    assert [row["user_id"] for row in database.rows("SELECT user_id FROM users")] == ["ada"]


def test_a_file_locked_by_others_is_told_in_words_after_waiting(database):
    impatient = Database(database.path, DOCUMENTS, busy_timeout_s=0.1)
    with database.transaction(), pytest.raises(Unavailable, match="busy") as told:
        impatient.write("DELETE FROM users")
    assert told.value.retry_after_s == 2.0


def test_a_file_that_may_not_be_written_is_told_in_words(database):
    database.close()
    read_only = Database(database.path, DOCUMENTS)
    read_only.rows("PRAGMA query_only = ON")
    with pytest.raises(Unavailable, match="can't be written"):
        read_only.write("DELETE FROM users")


def test_an_exception_inside_a_transaction_undoes_all_of_it(database):
    def write_then_fail() -> None:
        with database.transaction() as connection:
            connection.execute("""INSERT INTO users (user_id, doc) VALUES ('ada', '{"version": 1}')""")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_then_fail()
    assert database.rows("SELECT * FROM users") == []
    database.write("DELETE FROM users")


def test_writers_in_many_threads_all_get_their_turn(database, at_once):
    database.write("""INSERT INTO users (user_id, doc) VALUES ('ada', '{"version": 0}')""")

    def add_up(_: int) -> None:
        for _ in range(20):
            database.write("UPDATE users SET doc = json_set(doc, '$.version', version + 1)")

    at_once(8, add_up)
    assert database.row("SELECT version FROM users")["version"] == 160


def test_of_many_threads_that_write_at_once_none_is_refused(database, at_once):
    shared = Database(database.path, DOCUMENTS, busy_timeout_s=5)

    def write(number: int) -> None:
        for n in range(20):
            shared.write("INSERT INTO users (user_id, doc) VALUES (?, ?)", f"{number}-{n}", '{"version": 1}')

    at_once(64, write)
    assert database.row("SELECT count(*) AS n FROM users")["n"] == 64 * 20


def test_processes_that_start_at_once_make_the_file_together(tmp_path):
    path = tmp_path / "new" / "museaika.sqlite3"
    script = (
        "import sys; from pathlib import Path; from museaika.storage.sqlite.database import documents_at;"
        "database = documents_at(Path(sys.argv[1])); database.init(); database.quick_check()"
    )
    starts = [subprocess.Popen([sys.executable, "-c", script, str(path)]) for _ in range(4)]
    assert [start.wait(60) for start in starts] == [0] * 4


def test_a_connection_is_not_shared_between_threads(database):
    seen = []
    for _ in range(2):
        thread = threading.Thread(target=lambda: seen.append(database._connection()))
        thread.start()
        thread.join()
    assert seen[0] is not seen[1]
