"""The run database's tables: everything large is stored once, by content; everything in a run has one order.

Every reply, outcome and evaluation owns a row of `events`, so that `events` is the run's whole order in time. A
conversation is a chain of links, each naming its parent and one message: a conversation of n turns costs n links, and
conversations that begin alike share their beginning.
"""

from typing import Final

TABLES: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,         -- UTC, milliseconds since 1970
    kind TEXT NOT NULL,          -- an event's kind, or the name of the table that has the row
    body BLOB                    -- the event's JSON, NULL where another table has the row
);

CREATE TABLE blobs (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE, -- first half of the body's SHA-256
    body BLOB NOT NULL           -- JSON of a message, a list of tools or settings
);

CREATE TABLE links (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE, -- of the conversation up to here: its parent's digest and its message's
    parent INTEGER REFERENCES links,
    message INTEGER NOT NULL REFERENCES blobs
);

CREATE TABLE replies (
    event INTEGER PRIMARY KEY REFERENCES events,
    key BLOB NOT NULL UNIQUE,    -- the call site's digest
    role TEXT NOT NULL,
    site BLOB NOT NULL,          -- the call site's JSON
    request BLOB NOT NULL,       -- the request's digest
    conversation INTEGER REFERENCES links,
    tools INTEGER NOT NULL REFERENCES blobs,
    settings INTEGER NOT NULL REFERENCES blobs,
    message INTEGER NOT NULL REFERENCES blobs,
    requests INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    dollars REAL,                -- NULL where the price is unknown
    rest BLOB NOT NULL           -- JSON of what only the reply has: finish, model, the provider's part
);

CREATE TABLE outcomes (
    event INTEGER PRIMARY KEY REFERENCES events,
    key BLOB NOT NULL,           -- the call site's digest
    place INTEGER NOT NULL,      -- the call's index at its site
    body BLOB NOT NULL,          -- JSON of the called name and the outcome
    UNIQUE (key, place)
);

CREATE TABLE evaluations (
    event INTEGER PRIMARY KEY REFERENCES events,
    epoch INTEGER NOT NULL,
    parameters TEXT NOT NULL,
    tasks TEXT NOT NULL,
    split TEXT NOT NULL,
    mean REAL NOT NULL,
    schema_version INTEGER NOT NULL,
    UNIQUE (epoch, parameters, tasks, split)
);

CREATE TABLE trajectories (
    evaluation INTEGER NOT NULL REFERENCES evaluations ON DELETE CASCADE,
    place INTEGER NOT NULL,      -- its place among the evaluation's results
    conversation INTEGER REFERENCES links,
    body BLOB NOT NULL,          -- the trajectory's JSON without its messages
    score BLOB,                  -- the score's JSON, NULL where there is none
    PRIMARY KEY (evaluation, place)
) WITHOUT ROWID;
"""
