"""The tables, as a list of migrations: the file's `user_version` says how many of them it has had.

Each row is a JSON document; what is searched, sorted, summed or compared is a column generated from it, so
that the two can't disagree. The document comes last, so that sums need not read past it.
"""

from __future__ import annotations

Migration = tuple[str, ...]

DOCUMENTS: tuple[Migration, ...] = (
    (
        """CREATE TABLE users (
            user_id TEXT PRIMARY KEY,
            version INTEGER NOT NULL AS (json_extract(doc, '$.version')) STORED,
            doc TEXT NOT NULL
        ) WITHOUT ROWID""",
        """CREATE TABLE sessions (
            session_id TEXT PRIMARY KEY,
            user_id TEXT NOT NULL AS (json_extract(doc, '$.user_id')) STORED,
            refresh_hash TEXT NOT NULL AS (json_extract(doc, '$.refresh_hash')) STORED,
            expires_at TEXT NOT NULL AS (json_extract(doc, '$.expires_at')) STORED,
            doc TEXT NOT NULL
        ) WITHOUT ROWID""",
        "CREATE INDEX sessions_of_user ON sessions (user_id)",
        "CREATE INDEX sessions_by_expiry ON sessions (expires_at)",
        """CREATE TABLE moods (
            mood_id TEXT PRIMARY KEY,
            user_id TEXT NOT NULL AS (json_extract(doc, '$.user_id')) STORED,
            timestamp TEXT NOT NULL AS (json_extract(doc, '$.timestamp')) STORED,
            source TEXT NOT NULL AS (json_extract(doc, '$.source')) STORED,
            primary_mood TEXT NOT NULL AS (json_extract(doc, '$.primary_mood')) STORED,
            valence REAL NOT NULL AS (json_extract(doc, '$.valence')) STORED,
            arousal REAL NOT NULL AS (json_extract(doc, '$.arousal')) STORED,
            version INTEGER NOT NULL AS (json_extract(doc, '$.version')) STORED,
            doc TEXT NOT NULL
        )""",
        "CREATE INDEX moods_of_user ON moods (user_id, timestamp, mood_id)",
        """CREATE TABLE jobs (
            number INTEGER PRIMARY KEY,
            job_id TEXT NOT NULL UNIQUE,
            user_id TEXT NOT NULL AS (json_extract(doc, '$.user_id')) STORED,
            created_at TEXT NOT NULL AS (json_extract(doc, '$.created_at')) STORED,
            completed_at TEXT AS (json_extract(doc, '$.completed_at')) STORED,
            status TEXT NOT NULL AS (json_extract(doc, '$.status')) STORED,
            lease_until TEXT AS (json_extract(doc, '$.lease_until')) STORED,
            doc TEXT NOT NULL
        )""",
        "CREATE INDEX jobs_of_user ON jobs (user_id, created_at, job_id)",
        "CREATE INDEX jobs_by_turn ON jobs (status, created_at, number)",
        "CREATE INDEX jobs_completed ON jobs (completed_at) WHERE status = 'completed'",
        """CREATE TABLE replays (
            user_id TEXT NOT NULL,
            key TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            began_at TEXT NOT NULL,
            status INTEGER,
            headers TEXT,
            body BLOB,
            PRIMARY KEY (user_id, key)
        )""",
        "CREATE INDEX replays_by_age ON replays (began_at)",
    ),
    (
        """CREATE TABLE verdicts (
            number INTEGER PRIMARY KEY,
            user_id TEXT NOT NULL,
            track_id TEXT NOT NULL,
            verdict TEXT NOT NULL,
            mood TEXT,
            at TEXT NOT NULL,
            UNIQUE (user_id, track_id)
        )""",
        "CREATE INDEX verdicts_of_user ON verdicts (user_id, at, track_id)",
    ),
    (
        """CREATE TABLE playlists (
            playlist_id TEXT PRIMARY KEY,
            updated_at TEXT NOT NULL AS (json_extract(doc, '$.updated_at')) STORED,
            is_public INTEGER NOT NULL AS (json_extract(doc, '$.is_public')) STORED,
            version INTEGER NOT NULL AS (json_extract(doc, '$.version')) STORED,
            doc TEXT NOT NULL
        ) WITHOUT ROWID""",
        "CREATE INDEX playlists_public ON playlists (updated_at, playlist_id) WHERE is_public = 1",
        """CREATE TABLE playlist_members (
            user_id TEXT NOT NULL,
            playlist_id TEXT NOT NULL,
            created_at TEXT NOT NULL,
            active INTEGER NOT NULL,
            PRIMARY KEY (user_id, playlist_id)
        ) WITHOUT ROWID""",
        """CREATE INDEX playlists_of_user ON playlist_members (user_id, created_at, playlist_id)
            WHERE active = 1""",
        "CREATE INDEX members_of_playlist ON playlist_members (playlist_id)",
        """CREATE TABLE playlist_edits (
            playlist_id TEXT NOT NULL,
            version INTEGER NOT NULL,
            op_id TEXT NOT NULL,
            doc TEXT NOT NULL,
            PRIMARY KEY (playlist_id, version),
            UNIQUE (playlist_id, op_id)
        ) WITHOUT ROWID""",
        """CREATE TABLE playlist_snapshots (
            playlist_id TEXT PRIMARY KEY,
            version INTEGER NOT NULL AS (json_extract(doc, '$.playlist.version')) STORED,
            doc TEXT NOT NULL
        ) WITHOUT ROWID""",
    ),
    (
        "ALTER TABLE jobs ADD COLUMN engine TEXT AS (json_extract(doc, '$.parameters.engine')) VIRTUAL",
        "DROP INDEX jobs_completed",
        "CREATE INDEX jobs_completed ON jobs (engine, completed_at) WHERE status = 'completed'",
    ),
    (
        """CREATE TABLE playlist_invitations (
            invitation_id TEXT PRIMARY KEY,
            playlist_id TEXT NOT NULL AS (json_extract(doc, '$.playlist_id')) STORED,
            created_at TEXT NOT NULL AS (json_extract(doc, '$.created_at')) STORED,
            expires_at TEXT NOT NULL AS (json_extract(doc, '$.expires_at')) STORED,
            doc TEXT NOT NULL
        ) WITHOUT ROWID""",
        "CREATE INDEX invitations_of_playlist ON playlist_invitations (playlist_id, created_at)",
        "CREATE INDEX invitations_by_expiry ON playlist_invitations (expires_at)",
    ),
    (
        """CREATE TABLE spotify_connections (
            user_id TEXT PRIMARY KEY,
            spotify_id TEXT NOT NULL UNIQUE AS (json_extract(doc, '$.spotify_id')) STORED,
            version INTEGER NOT NULL AS (json_extract(doc, '$.version')) STORED,
            doc TEXT NOT NULL
        )""",
        """CREATE TABLE spotify_logins (
            state TEXT PRIMARY KEY,
            expires_at TEXT NOT NULL AS (json_extract(doc, '$.expires_at')) STORED,
            doc TEXT NOT NULL
        )""",
        """CREATE TABLE spotify_matches (
            track_id TEXT PRIMARY KEY,
            spotify_id TEXT,
            score REAL NOT NULL,
            at TEXT NOT NULL
        ) WITHOUT ROWID""",
        """CREATE TABLE spotify_block (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            until TEXT NOT NULL,
            reason TEXT NOT NULL
        )""",
        "CREATE TABLE spotify_spent (second INTEGER PRIMARY KEY, count INTEGER NOT NULL)",
    ),
    (
        """CREATE TABLE spotify_exports (
            user_id TEXT NOT NULL,
            playlist_id TEXT NOT NULL,
            doc TEXT NOT NULL,
            PRIMARY KEY (user_id, playlist_id)
        )""",
    ),
)

SIGNALS: tuple[Migration, ...] = (
    (
        """CREATE TABLE outbox (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            origin TEXT NOT NULL,
            at TEXT NOT NULL,
            kind TEXT NOT NULL,
            doc TEXT NOT NULL
        )""",
        "CREATE TABLE wakes (only INTEGER PRIMARY KEY CHECK (only = 1), count INTEGER NOT NULL)",
        "INSERT INTO wakes VALUES (1, 0)",
    ),
    (
        "CREATE TABLE servers (server_id TEXT PRIMARY KEY, lease_until TEXT NOT NULL) WITHOUT ROWID",
        """CREATE TABLE open_sockets (
            sid TEXT PRIMARY KEY,
            user_id TEXT NOT NULL,
            server_id TEXT NOT NULL
        ) WITHOUT ROWID""",
        "CREATE INDEX open_sockets_of_user ON open_sockets (user_id)",
        "CREATE INDEX open_sockets_of_server ON open_sockets (server_id)",
    ),
)
"""What may be lost with the machine's power: news on their way, knocks on a worker's door, who is connected."""

CATALOGUE: tuple[Migration, ...] = (
    (
        """CREATE TABLE tracks (
            track_id TEXT PRIMARY KEY,
            title TEXT NOT NULL,
            artists TEXT NOT NULL,
            album TEXT,
            year INTEGER,
            duration_ms INTEGER,
            valence REAL NOT NULL,
            arousal REAL NOT NULL,
            tags TEXT NOT NULL,
            genre TEXT,
            language TEXT,
            source TEXT NOT NULL,
            confidence REAL NOT NULL,
            isrc TEXT,
            spotify_id TEXT,
            tempo REAL,
            explicit INTEGER
        ) WITHOUT ROWID""",
        "CREATE INDEX tracks_by_source ON tracks (source)",
    ),
)
"""Tracks that were imported; `artists` and `tags` are JSON lists. Plain columns, because
all rows are read at every start and nothing is searched."""
