-- keepfast catalogue, version 1. Times are milliseconds since 1970 UTC, sizes are octets, digests are SHA-256.
-- Names of closed lists are those of docs/SCHEMA.md. Readable with any SQLite from 3.37 on (STRICT tables).

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What is looked at again and again.
CREATE TABLE watch (
    id               INTEGER PRIMARY KEY,
    key              TEXT NOT NULL UNIQUE,   -- canonical URL: one watch a key
    url              TEXT NOT NULL,          -- as it is asked
    host             TEXT NOT NULL,          -- host:port
    source           TEXT NOT NULL CHECK (source IN ('add', 'config', 'list', 'import', 'item')),
    state            TEXT NOT NULL CHECK (state IN ('active', 'paused', 'retired', 'removed')),
    note             TEXT,
    every            TEXT,                   -- own times: adaptive, 6h, 30 7 * * 1-5 Europe/Berlin
    options          TEXT,                   -- own settings, JSON object
    created_at       INTEGER NOT NULL,
    due_at           INTEGER,                -- next look; NULL: never, or its due time is in the frontier
    snapshots        INTEGER NOT NULL DEFAULT 0,
    last_snapshot    INTEGER,                -- newest, whatever it holds
    last_outcome     TEXT,
    last_at          INTEGER,
    current_snapshot INTEGER,                -- newest that holds content: no wall or error ever stands here
    etag             TEXT,                   -- validators of the final answer of current_snapshot
    last_modified    TEXT,
    full_at          INTEGER,                -- when that was last had in full, not by 304
    media_at         INTEGER,                -- the oldest turn_at in held of media of its main text; NULL: it has none
    since            INTEGER NOT NULL,       -- first sight, publication of an item, or newest change
    seen_at          INTEGER,                -- newest look that had content
    looks            REAL NOT NULL DEFAULT 0,    -- looks that could find a change, those that did, and the seconds between:
    changes          REAL NOT NULL DEFAULT 0,    -- each look weighs 0.97 of the one after it
    observed         REAL NOT NULL DEFAULT 0,
    ends_at          INTEGER,                -- an item of a list is looked at until then; NULL: for ever
    absent_since     INTEGER,                -- first of the looks that found nothing there, if the newest did
    troubles         INTEGER NOT NULL DEFAULT 0  -- looks in a row that ended in trouble
) STRICT;
CREATE INDEX watch_due ON watch (due_at) WHERE state = 'active' AND due_at IS NOT NULL;
CREATE INDEX watch_host ON watch (host) WHERE state = 'active';
CREATE INDEX watch_trouble ON watch (host) WHERE state = 'active' AND troubles > 0;

-- How many watches there are, counted as they change: so that nobody has to count a million rows.
CREATE TABLE tally (
    kind TEXT NOT NULL CHECK (kind IN ('state', 'outcome')),
    name TEXT NOT NULL,                      -- a state; or the outcome of the newest snapshot, of active watches
    n    INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER watch_added AFTER INSERT ON watch BEGIN
    INSERT INTO tally VALUES ('state', new.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
    INSERT INTO tally SELECT 'outcome', new.last_outcome, 1 WHERE new.state = 'active' AND new.last_outcome IS NOT NULL
        ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER watch_state AFTER UPDATE OF state ON watch WHEN new.state <> old.state BEGIN
    UPDATE tally SET n = n - 1 WHERE kind = 'state' AND name = old.state;
    INSERT INTO tally VALUES ('state', new.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
    UPDATE tally SET n = n - 1 WHERE old.state = 'active' AND kind = 'outcome' AND name = old.last_outcome;
    INSERT INTO tally SELECT 'outcome', new.last_outcome, 1 WHERE new.state = 'active' AND new.last_outcome IS NOT NULL
        ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER watch_outcome AFTER UPDATE OF last_outcome ON watch
    WHEN new.last_outcome IS NOT old.last_outcome AND new.state = 'active' AND old.state = 'active' BEGIN
    UPDATE tally SET n = n - 1 WHERE kind = 'outcome' AND name = old.last_outcome;
    INSERT INTO tally SELECT 'outcome', new.last_outcome, 1 WHERE new.last_outcome IS NOT NULL
        ON CONFLICT DO UPDATE SET n = n + 1;
END;

CREATE TABLE watch_tag (
    tag   TEXT NOT NULL,
    watch INTEGER NOT NULL REFERENCES watch (id),
    PRIMARY KEY (tag, watch)
) STRICT, WITHOUT ROWID;
CREATE INDEX watch_tag_of ON watch_tag (watch);

-- One run of the crawler.
CREATE TABLE run (
    id            INTEGER PRIMARY KEY,
    started_at    INTEGER NOT NULL,
    ended_at      INTEGER,
    ended         TEXT CHECK (ended IN ('done', 'interrupted', 'stopped')),
    software      TEXT NOT NULL,             -- name/version
    operator      TEXT NOT NULL,             -- user@host
    config_digest BLOB NOT NULL,
    config        TEXT NOT NULL              -- resolved configuration without secrets, JSON
) STRICT;

-- The frontier: work that is due and not done. A job that is done is deleted by the commit of its snapshot.
CREATE TABLE job (
    id         INTEGER PRIMARY KEY,
    run        INTEGER NOT NULL REFERENCES run (id),
    watch      INTEGER NOT NULL UNIQUE REFERENCES watch (id),
    host       TEXT NOT NULL,
    due_at     INTEGER,                      -- the due time that it is for; NULL: asked for by hand
    enqueued_at INTEGER NOT NULL,            -- when it came in, or was found by a later run
    begun_at   INTEGER,                      -- when its first try was claimed
    attempt    INTEGER NOT NULL DEFAULT 0,   -- tries begun; counted when claimed, so that a URL that kills us is not tried for ever
    claimed_at INTEGER,                      -- NULL: free
    not_before INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX job_free ON job (host, not_before) WHERE claimed_at IS NULL;

-- What watched lists (feeds, sitemaps, pages of links) name.
CREATE TABLE item (
    list     INTEGER NOT NULL REFERENCES watch (id),
    identity TEXT NOT NULL,                  -- what the list knows it by
    watch    INTEGER NOT NULL REFERENCES watch (id),
    first    INTEGER NOT NULL,               -- snapshots of the list that named it first and last
    last     INTEGER NOT NULL,
    PRIMARY KEY (list, identity)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_watch ON item (watch);

-- Where the paging back of lists ended for a time: the ends from which later looks go on.
CREATE TABLE list_end (
    list     INTEGER NOT NULL REFERENCES watch (id),
    seq      INTEGER NOT NULL,
    route    TEXT NOT NULL,                  -- the next request, JSON
    had      INTEGER NOT NULL,               -- posts that were had on the way there
    backfill INTEGER NOT NULL,               -- 1: goes on beyond what is known; 0: ends there
    PRIMARY KEY (list, seq)
) STRICT, WITHOUT ROWID;

-- The program that answers on a host, as its pages tell: by whose adapter it is asked.
CREATE TABLE program (
    host     TEXT PRIMARY KEY,
    platform TEXT NOT NULL,
    software TEXT NOT NULL,
    version  TEXT,
    told_by  TEXT NOT NULL,
    seen_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What vanished: rows for what was found missing at least once.
CREATE TABLE presence (
    id            INTEGER PRIMARY KEY,
    watch         INTEGER NOT NULL REFERENCES watch (id),
    subject       TEXT NOT NULL,             -- page, comment, media
    key           TEXT NOT NULL,             -- by what it is known; empty: the page itself
    label         TEXT NOT NULL,             -- for people
    state         TEXT NOT NULL,
    manner        TEXT NOT NULL,
    last_seen     INTEGER,                   -- snapshot
    last_seen_at  INTEGER,
    missing_since INTEGER NOT NULL,
    checks        INTEGER NOT NULL,          -- looks since then that agree
    changed_at    INTEGER NOT NULL,          -- of the newest step
    UNIQUE (watch, subject, key)
) STRICT;
CREATE INDEX presence_state ON presence (state, changed_at);

-- Its steps, each with the snapshot that is its witness. Never updated.
CREATE TABLE presence_step (
    presence INTEGER NOT NULL REFERENCES presence (id),
    snapshot INTEGER NOT NULL,
    state    TEXT NOT NULL,
    manner   TEXT NOT NULL,
    checks   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (presence, snapshot)
) STRICT, WITHOUT ROWID;

-- What people are told: committed with the snapshot that shows it.
CREATE TABLE outbox (
    seq      INTEGER PRIMARY KEY,            -- events of one watch are delivered in this order
    id       TEXT NOT NULL UNIQUE,           -- by what receivers know it
    kind     TEXT NOT NULL,
    watch    INTEGER REFERENCES watch (id),  -- NULL: it is about none
    snapshot INTEGER,
    at       INTEGER NOT NULL,
    json     TEXT NOT NULL                   -- what is sent
) STRICT;

-- To whom each event goes, by the rules that held when it was committed, and how that stands.
CREATE TABLE delivery (
    sink       TEXT NOT NULL,
    event      INTEGER NOT NULL REFERENCES outbox (seq),
    watch      INTEGER NOT NULL,             -- that of the event; 0: none
    state      TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'given_up')),
    attempts   INTEGER NOT NULL DEFAULT 0,
    next_at    INTEGER NOT NULL DEFAULT 0,   -- not before then
    settled_at INTEGER,
    reason     TEXT,                         -- why the last try failed
    PRIMARY KEY (sink, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_event ON delivery (event);
CREATE INDEX delivery_pending ON delivery (sink, event) WHERE state = 'pending';
CREATE INDEX delivery_waiting ON delivery (sink, watch, event, next_at) WHERE state = 'pending';

-- How due times ended that were not one look each: skipped, missed, or several that one look made up for. All of them, with
-- those that a snapshot ended, are in the view `due`. One that has not ended stands in watch.due_at or job.due_at, and nowhere else.
CREATE TABLE due_end (
    watch    INTEGER NOT NULL REFERENCES watch (id),
    at       INTEGER NOT NULL,               -- the due time, or the first of several that ended alike
    until    INTEGER,                        -- the last of several
    times    INTEGER NOT NULL DEFAULT 1,
    ended    TEXT NOT NULL CHECK (ended IN ('ran', 'late', 'skipped', 'missed')),
    reason   TEXT,                           -- of skipped
    ended_at INTEGER NOT NULL,
    snapshot INTEGER,                        -- of ran and late
    next     INTEGER,                        -- the due time that followed; NULL: none
    PRIMARY KEY (watch, at)
) STRICT, WITHOUT ROWID;

-- What each day brought, counted as it was committed: so that nobody has to count a million rows.
CREATE TABLE day (
    day       INTEGER PRIMARY KEY,           -- since 1970-01-01, UTC
    snapshots INTEGER NOT NULL,
    octets    INTEGER NOT NULL,              -- added to the segments
    changed   INTEGER NOT NULL,              -- snapshots that found a change
    failed    INTEGER NOT NULL,              -- snapshots that did not get what was asked for
    missed    INTEGER NOT NULL               -- due times
) STRICT;

-- One attempt to capture one URL. Never updated.
CREATE TABLE snapshot (
    id           INTEGER PRIMARY KEY,
    watch        INTEGER NOT NULL REFERENCES watch (id),
    run          INTEGER NOT NULL REFERENCES run (id),
    attempt      INTEGER NOT NULL,
    url          TEXT,                       -- NULL: the watch's
    started_at   INTEGER NOT NULL,
    duration     INTEGER NOT NULL,           -- milliseconds
    outcome      TEXT NOT NULL,
    status       INTEGER,
    final_seq    INTEGER,                    -- the exchange that gave the content: exchange.id = id * 4096 + final_seq
    flags        TEXT,                       -- parted by spaces
    failure_kind TEXT,
    failure      TEXT,
    robots       TEXT,
    robots_note  TEXT,                       -- the line that forbids it, or what else is to be known
    changed      INTEGER CHECK (changed IN (0, 1)),
    what         TEXT,                       -- what changed, for people; NULL: nothing, or it was not compared item by item
    previous     INTEGER REFERENCES snapshot (id),
    decoded_len  INTEGER NOT NULL,
    document     INTEGER REFERENCES document (id),
    media_of     INTEGER,                    -- the snapshot whose rows in media hold for this one
    comments_seen      INTEGER,              -- over all pages of the thread; NULL: none, and none are claimed
    comments_claimed   INTEGER,              -- what the page says
    comments_shortfall TEXT,                 -- why these are not all; NULL: as far as the pages tell, they are
    comments_complete  INTEGER AS (iif(comments_seen IS NULL, NULL, comments_shortfall IS NULL)) VIRTUAL,
    due_at       INTEGER,                    -- the due time that ended with it; NULL: none, or it is in due_end
    due_late     INTEGER,                    -- 1: it ended late, 0: it ran
    due_next     INTEGER                     -- the due time that followed; NULL: none
) STRICT;
CREATE INDEX snapshot_watch ON snapshot (watch, id);
CREATE INDEX snapshot_changed ON snapshot (started_at) WHERE changed = 1;

-- How due times ended. Most end with one look each, and are told by its row: one row less for each look.
CREATE VIEW due AS
    SELECT watch, at, until, times, ended, reason, ended_at, snapshot, next FROM due_end
    UNION ALL
    SELECT watch, due_at, NULL, 1, iif(due_late, 'late', 'ran'), NULL, started_at + duration, id, due_next
      FROM snapshot WHERE due_at IS NOT NULL;

-- What a snapshot changed, item by item. Bounded; it can be found again by comparing its document with that of `previous`.
CREATE TABLE change (
    snapshot     INTEGER NOT NULL REFERENCES snapshot (id),
    seq          INTEGER NOT NULL,
    subject      TEXT NOT NULL,
    action       TEXT NOT NULL,
    key          TEXT,                       -- what it is known by
    author       TEXT,                       -- of a comment
    place_before INTEGER,                    -- counted from 1
    place_after  INTEGER,
    before       TEXT,
    after        TEXT,
    cut          INTEGER,                    -- 1: these are parts of longer texts
    noise        INTEGER,                    -- 1: differs at every look, or goes to and fro; set aside
    PRIMARY KEY (snapshot, seq)
) STRICT, WITHOUT ROWID;

-- One request and its answer. id = snapshot * 4096 + position.
CREATE TABLE exchange (
    id           INTEGER PRIMARY KEY,
    hop          TEXT NOT NULL,
    url          TEXT,                       -- NULL: the snapshot's
    via          TEXT,
    started_at   INTEGER NOT NULL,           -- WARC-Date of its records
    duration     INTEGER NOT NULL,
    remote       TEXT,                       -- address:port of the peer
    resolved     TEXT,                       -- all addresses of the name, where they are more than the peer's
    protocol     TEXT,
    tls          TEXT,
    chain        BLOB REFERENCES chain (digest),
    status       INTEGER,
    media_type   TEXT,
    body_len     INTEGER NOT NULL,
    payload      INTEGER REFERENCES payload (id),
    truncated    TEXT,
    failure_kind TEXT,
    failure      TEXT,
    record       BLOB NOT NULL,              -- 16 octets of the first record's WARC-Record-ID
    segment      INTEGER NOT NULL REFERENCES segment (id),
    offset       INTEGER NOT NULL,           -- of its first record
    length       INTEGER NOT NULL,           -- of all its records, one after another
    first_length INTEGER NOT NULL            -- of the first: response, revisit, or metadata where no answer came
) STRICT;
CREATE INDEX exchange_segment ON exchange (segment, offset);

-- Distinct bodies, as received (transfer coding removed, content coding kept).
CREATE TABLE payload (
    id       INTEGER PRIMARY KEY,
    digest   BLOB NOT NULL UNIQUE,
    size     INTEGER NOT NULL,
    exchange INTEGER NOT NULL REFERENCES exchange (id) DEFERRABLE INITIALLY DEFERRED  -- the one whose response record holds it
) STRICT;
CREATE INDEX payload_exchange ON payload (exchange);  -- without it, each new exchange makes SQLite look through all payloads

-- Distinct certificate chains; the digest is over the digests of the certificates. Kept as resource records.
CREATE TABLE chain (
    digest  BLOB PRIMARY KEY,
    segment INTEGER NOT NULL REFERENCES segment (id),
    offset  INTEGER NOT NULL,
    length  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What one version of the reader read out of one payload at one URL. Never updated.
CREATE TABLE document (
    id           INTEGER PRIMARY KEY,
    payload      INTEGER NOT NULL REFERENCES payload (id),
    url          TEXT NOT NULL,
    reader       INTEGER NOT NULL,
    asked        TEXT,                       -- read by an adapter: platform, route, what for, what it is about; NULL: by the general reader
    digest       BLOB NOT NULL,              -- over the JSON of the whole document, comments included
    act          INTEGER REFERENCES custody (seq) DEFERRABLE INITIALLY DEFERRED,  -- that it was read again in; NULL: read when it was captured
    kind         TEXT NOT NULL,
    title        TEXT,
    authors      TEXT,                       -- parted by "; "
    site         TEXT,
    language     TEXT,
    published_at INTEGER,
    modified_at  INTEGER,
    json         TEXT NOT NULL               -- the document without its comments
) STRICT;
CREATE INDEX document_payload ON document (payload, reader);

-- The main text of each document, plain: a second copy of it would be a third of the catalogue.
CREATE VIEW document_text AS
    SELECT d.id AS document,
           (SELECT group_concat(t.atom, char(10)) FROM json_tree(d.json, '$.blocks') t
             WHERE t.type = 'text' AND t.key NOT IN ('type', 'url')) AS text
      FROM document d;

CREATE TABLE comment (
    document       INTEGER NOT NULL REFERENCES document (id),
    seq            INTEGER NOT NULL,
    own_id         TEXT,                     -- the page's own identifier
    parent         INTEGER,                  -- seq of the comment it answers
    depth          INTEGER NOT NULL,
    author         TEXT,
    author_url     TEXT,
    time_raw       TEXT,
    time_at        INTEGER,
    time_precision TEXT,
    time_zone      TEXT,
    time_source    TEXT,
    permalink      TEXT,
    reply_to       TEXT,                     -- own_id of the comment it answers, where that is on another page
    text           TEXT NOT NULL,
    likes          INTEGER,                  -- likes, votes, points, where an exact number is shown
    deleted        INTEGER NOT NULL,         -- its place is still shown, without its words
    blocks         TEXT,                     -- JSON; NULL: each line of text is a paragraph
    PRIMARY KEY (document, seq)
) STRICT, WITHOUT ROWID;

-- Media and other parts of a page, and what became of them.
CREATE TABLE media (
    snapshot INTEGER NOT NULL REFERENCES snapshot (id),
    seq      INTEGER NOT NULL,
    url      TEXT NOT NULL,
    kind     TEXT NOT NULL,
    alt      TEXT,
    state    TEXT NOT NULL,
    reason   TEXT,
    exchange INTEGER REFERENCES exchange (id),
    content  INTEGER,                        -- 1: it stands in the main text
    PRIMARY KEY (snapshot, seq)
) STRICT, WITHOUT ROWID;

-- Media of main texts, by the exchange that brought them: one row each, however often they are asked for again.
CREATE TABLE held (
    exchange INTEGER PRIMARY KEY REFERENCES exchange (id),
    turn_at  INTEGER NOT NULL,               -- when it was last its turn to be asked for, whatever came
    same_at  INTEGER                         -- when the server last said that it is the same, by 304 or by the same octets
) STRICT;

-- Further pages of the thread that a snapshot is of, in the order in which they were named or asked for.
CREATE TABLE page (
    snapshot INTEGER NOT NULL REFERENCES snapshot (id),
    seq      INTEGER NOT NULL,
    place    INTEGER NOT NULL,               -- in the thread, counted from the page of the snapshot, which is 0
    url      TEXT NOT NULL,
    rule     TEXT NOT NULL,                  -- what told of it
    outcome  TEXT,                           -- NULL: not asked for
    reason   TEXT,
    exchange INTEGER REFERENCES exchange (id),
    document INTEGER REFERENCES document (id),
    etag     TEXT,                           -- validators of its answer
    last_modified TEXT,
    PRIMARY KEY (snapshot, seq)
) STRICT, WITHOUT ROWID;

-- WARC files.
CREATE TABLE segment (
    id        INTEGER PRIMARY KEY,
    path      TEXT NOT NULL UNIQUE,          -- below the archive's folder
    opened_at INTEGER NOT NULL,
    length    INTEGER NOT NULL,              -- committed octets: whatever is beyond is cut off at start
    sealed_at INTEGER,
    digest    BLOB,                          -- of the whole file, once sealed
    removed_at INTEGER                       -- by prune
) STRICT;

-- Pace that has to survive a restart.
CREATE TABLE host (
    host       TEXT PRIMARY KEY,
    not_before INTEGER NOT NULL,
    slow       REAL NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What hosts were sent, so that budgets survive a restart. One row a host.
CREATE TABLE spent (
    host     TEXT PRIMARY KEY,
    hour     INTEGER NOT NULL,               -- since 1970, UTC: the newest with a request
    of_hour  INTEGER NOT NULL,               -- requests of that hour
    of_day   INTEGER NOT NULL,               -- and of its day
    per_look REAL NOT NULL                   -- requests to it for a look at one of its pages: the mean, newer ones weigh more
) STRICT, WITHOUT ROWID;

-- Append-only log. hash = SHA-256(0x00 || hash of the entry before || SHA-256(leaf)), a leaf hash of RFC 9162 2.1.1.
-- The leaf of a snapshot is made of its rows and digests (docs/SCHEMA.md), the leaf of an act is `body`.
CREATE TABLE custody (
    seq     INTEGER PRIMARY KEY,
    kind    TEXT NOT NULL,
    subject INTEGER,
    at      INTEGER,
    body    TEXT,
    hash    BLOB NOT NULL
) STRICT;

-- What was removed by policy: the hash stays, and who removed it, when and why.
CREATE TABLE tombstone (
    snapshot   INTEGER PRIMARY KEY,
    watch      INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    outcome    TEXT NOT NULL,
    leaf       BLOB NOT NULL,                -- SHA-256 of the snapshot's leaf
    removed_at INTEGER NOT NULL,
    removed_by TEXT NOT NULL,
    reason     TEXT NOT NULL
) STRICT;

-- Distinct texts of each watch, made behind the capture by whoever indexes. What is looked at again and says the same
-- is the same version; one that comes back is the old one. `meta.searchable` is the newest snapshot that is in here.
CREATE TABLE version (
    watch    INTEGER NOT NULL REFERENCES watch (id),
    id       INTEGER NOT NULL,               -- its first snapshot: the rowid in `search`
    last     INTEGER NOT NULL,               -- its newest snapshot
    document INTEGER NOT NULL,               -- the one that its first snapshot refers to
    digest   INTEGER NOT NULL,               -- of the folded text: the first 8 octets of its SHA-256
    PRIMARY KEY (watch, id)
) STRICT, WITHOUT ROWID;

-- Watches whose versions have to be made anew: something of them was removed, or read again.
CREATE TABLE reindex (
    watch INTEGER PRIMARY KEY,
    after INTEGER NOT NULL                   -- snapshots up to here are done
) STRICT;

-- Full text of the versions, folded by us into tokens parted by spaces; the text itself stays in `document` and `comment`.
CREATE VIRTUAL TABLE search USING fts5 (
    title, authors, text, comments, commenters, rest,
    content = '', contentless_delete = 1, tokenize = 'ascii'
);
INSERT INTO search (search, rank) VALUES ('hashsize', 67108864);
INSERT INTO search (search, rank) VALUES ('automerge', 8);
INSERT INTO search (search, rank) VALUES ('rank', 'bm25(10.0, 4.0, 1.0, 0.5, 1.0, 0.1)');

-- Posts: an index over documents, made behind the capture by whoever indexes; what they say stays in `document` and `comment`.
-- `meta.posts` is the newest snapshot that is in here, `meta.post_rules` the version of the rules by which pages are posts.
CREATE TABLE post_document (
    document INTEGER PRIMARY KEY,            -- the newest reading of what snapshots show
    first    INTEGER NOT NULL,               -- snapshots that show it first and last
    last     INTEGER NOT NULL,
    form     TEXT NOT NULL,                  -- by which route it was had; 'page': the general reader read it
    base     TEXT                            -- of a further page of a thread: the address of the first one
) STRICT;

-- Documents that are to be put in again: a newer reader has read them.
CREATE TABLE post_again (
    document INTEGER PRIMARY KEY,
    first    INTEGER NOT NULL,               -- as in post_document
    last     INTEGER NOT NULL
) STRICT;

-- Accounts, as they were called last.
CREATE TABLE actor (
    id     INTEGER PRIMARY KEY,
    key    TEXT NOT NULL UNIQUE,
    handle TEXT,
    name   TEXT,
    url    TEXT
) STRICT;

-- What accounts were called and said of themselves.
CREATE TABLE actor_version (
    id          INTEGER PRIMARY KEY,
    actor       INTEGER NOT NULL,
    digest      BLOB NOT NULL,               -- 16 octets, of all that follows but where it was seen
    handle      TEXT,
    name        TEXT,
    description TEXT,
    verified    INTEGER,                     -- 1: the platform vouches for it; 0: it does not; NULL: it does not say
    moved       TEXT,                        -- where it says that it moved to
    document    INTEGER NOT NULL,            -- the first that shows it
    first       INTEGER NOT NULL,            -- its snapshot
    UNIQUE (actor, digest)
) STRICT;

-- Which documents show which.
CREATE TABLE actor_seen (
    document INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    PRIMARY KEY (document, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX actor_seen_of ON actor_seen (version);

-- Posts; kind, url and actor are those of the newest version that tells them.
CREATE TABLE post (
    id         INTEGER PRIMARY KEY,
    key        TEXT NOT NULL UNIQUE,
    platform   TEXT NOT NULL,
    authority  TEXT NOT NULL,                -- whose numbers these are: a host, a channel; empty: the platform counts for all
    kind       TEXT NOT NULL,
    url        TEXT,
    actor      INTEGER,
    created_at INTEGER,                      -- the earliest time that a version states
    first      INTEGER NOT NULL,             -- the snapshot that shows it first
    at         INTEGER NOT NULL              -- created_at, but never after it was first seen
) STRICT;
CREATE INDEX post_at ON post (at, id);
CREATE INDEX post_actor ON post (actor, at);
CREATE INDEX post_url ON post (url) WHERE url IS NOT NULL;

-- What posts said. One row for each distinct content, by each route: what comes back is the old version.
CREATE TABLE post_version (
    id         INTEGER PRIMARY KEY,
    post       INTEGER NOT NULL,
    form       TEXT NOT NULL,
    digest     BLOB NOT NULL,                -- first 16 octets of the digest of its content
    size       INTEGER NOT NULL,             -- octets of that
    document   INTEGER NOT NULL,             -- the first that shows it …
    place      INTEGER NOT NULL,             -- … and its place among the posts of that
    first      INTEGER NOT NULL,             -- the snapshot of that
    seen_at    INTEGER NOT NULL,             -- when that was begun
    kind       TEXT NOT NULL,
    state      TEXT NOT NULL,
    url        TEXT,
    actor      INTEGER,
    created_at INTEGER,
    UNIQUE (post, form, digest)
) STRICT;

-- Each time that a post was seen, with what was counted then. When: the snapshots of the document.
CREATE TABLE post_seen (
    document INTEGER NOT NULL,
    place    INTEGER NOT NULL,               -- among the posts of the document
    version  INTEGER NOT NULL,
    counts   TEXT,                           -- JSON: likes, replies, …
    PRIMARY KEY (document, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_seen_of ON post_seen (version, document);

-- The media of versions.
CREATE TABLE post_media (
    version  INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    identity TEXT NOT NULL,
    url      TEXT,                           -- of its best rendition
    state    TEXT NOT NULL,
    PRIMARY KEY (version, n)
) STRICT, WITHOUT ROWID;

-- What versions answer, quote, hand on.
CREATE TABLE relation (
    version INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    target  TEXT NOT NULL,                   -- the key of the other; where that is not known its address, or whose it is
    state   TEXT NOT NULL,
    PRIMARY KEY (version, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX relation_target ON relation (target, kind);
