"""The run database's tables: everything large is stored once, by content; everything in a run has one order.

Every reply, outcome, sample and evaluation, and every request without a reply to keep, owns a row of `events`, so that
`events` is the run's whole order in time; the sessions that wrote it follow one another. A conversation is a chain of
links, each naming its parent and the messages one request added: a conversation of n turns costs n links, and requests
that begin with another one share it.
"""

from typing import Final

VERSION: Final = 4
"""The version of these tables."""

OLDEST: Final = 3
"""The oldest version that is read and gone on with: it lacks the table `unanswered` alone."""

UNANSWERED: Final = """
CREATE {kind} unanswered (       -- what was paid for and brought no reply to keep
    event INTEGER PRIMARY KEY,   -- of `events`
    role TEXT NOT NULL,
    site BLOB NOT NULL,          -- the call site's JSON
    requests INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    dollars REAL                 -- NULL where the price is unknown
)
"""

TABLES: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,          -- what it writes: 'training' or 'evaluation'
    started INTEGER NOT NULL,    -- UTC, milliseconds since 1970
    process INTEGER NOT NULL,    -- the process's id
    toolwright TEXT NOT NULL,    -- its version of Toolwright
    first INTEGER NOT NULL       -- the id its first event has, once there is one
);

-- The events of each session: from `first` to before `past`. Who joins it says CROSS, so that rows are sought by id.
CREATE VIEW spans AS
SELECT id AS session, kind, first, lead(first, 1, 9223372036854775807) OVER (ORDER BY id) AS past FROM sessions;

CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,         -- UTC, milliseconds since 1970, by the clock on the wall
    elapsed INTEGER NOT NULL,    -- milliseconds since the session's start, by the monotonic clock
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
    digest BLOB NOT NULL UNIQUE, -- of the conversation up to here, message by message
    parent INTEGER REFERENCES links,
    messages TEXT NOT NULL       -- what it adds: JSON list of ids in blobs
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

CREATE TABLE results (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE, -- of the conversation, the body and the score
    conversation INTEGER REFERENCES links,
    body BLOB NOT NULL,          -- the trajectory's JSON without its messages
    score BLOB                   -- the score's JSON, NULL where there is none
);

CREATE TABLE samples (
    event INTEGER PRIMARY KEY REFERENCES events,
    key BLOB NOT NULL UNIQUE,    -- the sample key's digest
    result INTEGER NOT NULL REFERENCES results
);

CREATE TABLE evaluations (
    event INTEGER PRIMARY KEY REFERENCES events,
    epoch INTEGER NOT NULL,
    parameters TEXT NOT NULL,
    tasks TEXT NOT NULL,
    split TEXT NOT NULL,
    mean REAL NOT NULL,
    stopped BLOB NOT NULL,       -- JSON of why a race ended it early, '' where none did
    schema_version INTEGER NOT NULL,
    UNIQUE (epoch, parameters, tasks, split)
);

CREATE TABLE members (
    evaluation INTEGER NOT NULL REFERENCES evaluations,
    place INTEGER NOT NULL,      -- the result's place among the evaluation's results
    result INTEGER NOT NULL REFERENCES results,
    PRIMARY KEY (evaluation, place)
) WITHOUT ROWID;
"""
