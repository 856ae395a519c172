-- Format 2. Moments are milliseconds since 1970-01-01T00:00Z, days are days since 1970-01-01.
CREATE TABLE seen (
    what  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
-- What is remembered of each claim between sessions.
CREATE TABLE standing (
    thesis TEXT NOT NULL,
    claim  TEXT NOT NULL,
    body   TEXT NOT NULL,
    PRIMARY KEY (thesis, claim)
) WITHOUT ROWID;
-- Verdicts of past sessions as readers could have been told them.
CREATE TABLE past (
    thesis  TEXT    NOT NULL,
    claim   TEXT    NOT NULL,
    day     INTEGER NOT NULL,
    verdict TEXT    NOT NULL,
    PRIMARY KEY (thesis, claim, day)
) WITHOUT ROWID;
-- Past sessions that are judged otherwise with what is known now; all others stand as they were told. New in format 2.
CREATE TABLE hindsight (
    thesis  TEXT    NOT NULL,
    claim   TEXT    NOT NULL,
    day     INTEGER NOT NULL,
    verdict TEXT    NOT NULL,
    PRIMARY KEY (thesis, claim, day)
) WITHOUT ROWID;
CREATE TABLE alert (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    key     TEXT    NOT NULL UNIQUE,
    kind    TEXT    NOT NULL,
    thesis  TEXT    NOT NULL,
    claim   TEXT    NOT NULL,
    day     INTEGER NOT NULL,
    created INTEGER NOT NULL,
    body    TEXT    NOT NULL
);
CREATE TABLE subscriber (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    handle    BLOB    NOT NULL UNIQUE,
    address   TEXT    NOT NULL UNIQUE,
    state     TEXT    NOT NULL CHECK (state IN ('pending', 'active', 'bounced')),
    frequency TEXT    NOT NULL,
    zone      TEXT    NOT NULL,
    quiet     TEXT,
    choices   TEXT    NOT NULL,
    created   INTEGER NOT NULL,
    confirmed INTEGER,
    digest_at INTEGER,
    lettered  INTEGER NOT NULL DEFAULT 0,
    letters   INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE token (
    hash       BLOB    PRIMARY KEY,
    subscriber INTEGER NOT NULL REFERENCES subscriber (id) ON DELETE CASCADE,
    expires    INTEGER NOT NULL,
    wish       TEXT    NOT NULL
) WITHOUT ROWID;
-- Sign-ups as they came in: every one is one row, whoever it is from, and is looked at later.
CREATE TABLE request (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    address TEXT    NOT NULL,
    wish    TEXT,
    created INTEGER NOT NULL
);
-- The outbox. waiting -> trying (nothing irrevocable happened) -> handed (it may have been taken) -> done; or dead, or stopped.
CREATE TABLE message (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    key        TEXT    NOT NULL UNIQUE,
    channel    TEXT    NOT NULL,
    subscriber INTEGER REFERENCES subscriber (id) ON DELETE CASCADE,
    address    TEXT,
    letter     TEXT,
    state      TEXT    NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'trying', 'handed', 'done', 'dead', 'stopped')),
    attempts   INTEGER NOT NULL DEFAULT 0,
    doubts     INTEGER NOT NULL DEFAULT 0,
    due        INTEGER NOT NULL,
    created    INTEGER NOT NULL,
    finished   INTEGER,
    said       TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX message_due ON message (state, due);
CREATE INDEX message_subscriber ON message (subscriber);
CREATE TABLE message_alert (
    message INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    alert   INTEGER NOT NULL REFERENCES alert (id),
    PRIMARY KEY (message, alert)
) WITHOUT ROWID;
CREATE TABLE digest_item (
    subscriber INTEGER NOT NULL REFERENCES subscriber (id) ON DELETE CASCADE,
    alert      INTEGER NOT NULL REFERENCES alert (id),
    PRIMARY KEY (subscriber, alert)
) WITHOUT ROWID;
