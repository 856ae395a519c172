-- Format 1. Moments are microseconds since 1970-01-01T00:00Z, days are days since 1970-01-01.
CREATE TABLE import (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    source      TEXT    NOT NULL,
    path        TEXT    NOT NULL,
    file_hash   TEXT    NOT NULL,
    reader      TEXT    NOT NULL,
    ingested_at INTEGER NOT NULL,
    vintage     INTEGER,
    seen        INTEGER NOT NULL DEFAULT 0,
    taken       INTEGER NOT NULL DEFAULT 0,
    revised     INTEGER NOT NULL DEFAULT 0,
    unchanged   INTEGER NOT NULL DEFAULT 0,
    duplicates  INTEGER NOT NULL DEFAULT 0,
    UNIQUE (source, file_hash, reader)
);
CREATE TABLE segment (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    import_id  INTEGER NOT NULL REFERENCES import (id),
    dataset    TEXT    NOT NULL,
    file       TEXT    NOT NULL UNIQUE,
    rows       INTEGER NOT NULL,
    revised    INTEGER NOT NULL,
    bytes      INTEGER NOT NULL,
    blake3     TEXT    NOT NULL,
    period_min INTEGER NOT NULL,
    period_max INTEGER NOT NULL,
    known_min  INTEGER NOT NULL,
    known_max  INTEGER NOT NULL,
    key_min    TEXT    NOT NULL,
    key_max    TEXT    NOT NULL,
    in_order   INTEGER NOT NULL,
    days       BLOB    NOT NULL
);
CREATE INDEX segment_dataset ON segment (dataset, period_min);
CREATE TABLE key_coverage (
    dataset    TEXT    NOT NULL,
    source     TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    rows       INTEGER NOT NULL,
    vintages   INTEGER NOT NULL,
    period_min INTEGER NOT NULL,
    period_max INTEGER NOT NULL,
    known_max  INTEGER NOT NULL,
    PRIMARY KEY (dataset, source, key)
) WITHOUT ROWID;
CREATE TABLE refusal_count (
    import_id INTEGER NOT NULL REFERENCES import (id),
    rule      TEXT    NOT NULL,
    rows      INTEGER NOT NULL,
    PRIMARY KEY (import_id, rule)
) WITHOUT ROWID;
CREATE TABLE refusal (
    id        INTEGER PRIMARY KEY,
    import_id INTEGER NOT NULL REFERENCES import (id),
    rule      TEXT    NOT NULL,
    row       INTEGER NOT NULL,
    field     TEXT    NOT NULL,
    expected  TEXT    NOT NULL,
    got       TEXT    NOT NULL,
    period    INTEGER
);
CREATE INDEX refusal_import ON refusal (import_id);
CREATE TABLE defect (
    id        INTEGER PRIMARY KEY,
    import_id INTEGER NOT NULL REFERENCES import (id),
    rule      TEXT    NOT NULL,
    severity  TEXT    NOT NULL,
    subject   TEXT    NOT NULL,
    period_min INTEGER,
    period_max INTEGER,
    rows      INTEGER NOT NULL,
    detail    TEXT    NOT NULL
);
CREATE INDEX defect_import ON defect (import_id);
