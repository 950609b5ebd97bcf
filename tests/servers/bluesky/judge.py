#!/usr/bin/env python3
"""judge.py KEEPFAST DIR READY: sends the built binary over a Bluesky network that runs (READY says where, and what was posted),
changes it by its own means, one thing at a time, and says row by row whether what is kept and what is told is right. What is
true is asked of the accounts' own host: records and blobs, whose names (CIDs) are their digests. What is known to be told
otherwise stands in expect.json with the reason. Exit code 0: all as expected."""
import base64, hashlib, http.server, json, os, sqlite3, subprocess, sys, threading, urllib.error, urllib.parse, urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONTENT = {"captured", "unchanged"}
POSTS = "app.bsky.feed.post"
HOUR, DAY = 3_600, 86_400
# Columns that hold moments, by table: time passes for all of them.
TIMES = {
    "watch": ["due_at", "full_at", "since", "seen_at", "absent_since", "ends_at", "media_at"],
    "held": ["turn_at", "same_at"],
    "presence": ["missing_since", "last_seen_at", "changed_at"],
    "presence_step": ["at"],
    "due_end": ["at", "until", "ended_at", "next"],
    "snapshot": ["due_at", "due_next"],
    "job": ["due_at", "enqueued_at", "begun_at"],
    "host": ["not_before", "updated_at"],
}


class Pages(http.server.BaseHTTPRequestHandler):
    """What bsky.app and its copies of pictures answer without scripts: a shell for whatever is asked, pictures made anew."""

    def do_GET(self):
        picture = self.path.startswith("/img/")
        body = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + self.path.encode() if picture else (
            b"<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>Bluesky</title></head><body><div id=root></div>"
            b"<noscript>JavaScript Required</noscript></body></html>")
        self.send_response(404 if self.path == "/robots.txt" else 200)
        self.send_header("Content-Type", "image/jpeg" if picture else "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def ask(base, method, **values):
    """An answer of XRPC; None: an error."""
    try:
        with urllib.request.urlopen(f"{base}/xrpc/{method}?{urllib.parse.urlencode(values)}", timeout=60) as answer:
            body = answer.read()
            return json.loads(body) if "json" in answer.headers["Content-Type"] else body
    except urllib.error.HTTPError:
        return None


def records(pds, did):
    """All posts of an account as its host has them: by key the value and the CID."""
    out, cursor = {}, None
    while True:
        page = ask(pds, "com.atproto.repo.listRecords", repo=did, collection=POSTS, limit=100, **({"cursor": cursor} if cursor else {}))
        out.update({row["uri"].split("/")[-1]: row for row in page["records"]})
        cursor = page.get("cursor")
        if not cursor or not page["records"]:
            return out


def digest_of(cid):
    """The SHA-256 that a CID (version 1, base 32) names."""
    octets = base64.b32decode(cid[1:].upper() + "=" * (-len(cid[1:]) % 8))
    assert octets[2:4] == b"\x12\x20", cid
    return octets[4:].hex()


def pictures(record):
    embed = record["value"].get("embed") or {}
    media = embed.get("media", embed)
    return [image["image"]["ref"]["$link"] for image in media.get("images", [])]


class World:
    def __init__(self, keepfast, folder, ready):
        self.keepfast, self.folder, self.ready = keepfast, Path(folder), ready
        self.passed = self.failed = self.missed = self.looks = self.seen = 0
        self.known = json.loads((HERE / "expect.json").read_text())
        shell = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        threading.Thread(target=shell.serve_forever, daemon=True).start()
        here = f"http://127.0.0.1:{shell.server_address[1]}"
        mirrors = {"https://public.api.bsky.app": ready["appview"], "https://api.bsky.app": ready["appview"],
                   "https://plc.directory": ready["plc"], "https://bsky.app": here, "https://bsky.public.url": here}
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "keepfast.toml").write_text(
            '[client]\nallow_private = ["127.0.0.1"]\nresolve = ["localhost=127.0.0.1"]\n[pace]\nper_second = 0\n[archive]\nmin_free = "1 MiB"\n'
            f"[capture]\nmirrors = {json.dumps([f'{a} = {b}' for a, b in mirrors.items()])}\nbackfill = \"all\"\n")

    def run(self, *words, codes=(0,)):
        command = [self.keepfast, "--config", str(self.folder / "keepfast.toml"), *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=900)
        if done.returncode not in codes:
            sys.exit(f"{' '.join(words)} ended with {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return done.stdout

    def json(self, *words):
        return json.loads(self.run(*words, "--json"))

    def time_passes(self, seconds):
        db = sqlite3.connect(self.folder / "archive" / "catalog.db", timeout=60)
        for table, columns in TIMES.items():
            db.execute(f"UPDATE {table} SET " + ", ".join(f"{column} = {column} - {seconds * 1000}" for column in columns))
        db.commit()
        db.close()

    def look(self, after=DAY, times=1):
        """Looks at everything; what changed since the last look, by URL."""
        self.time_passes(after)
        for _ in range(times):
            self.run("run", "--all", "--quiet", codes=(0, 1))
        self.looks += 1
        changes = [c for c in self.json("changes", "--items", "--limit", "5000")["changes"] if c["snapshot"] > self.seen]
        self.seen = max([self.seen, *(c["snapshot"] for c in changes)])
        return changes

    def mutate(self, action, of=""):
        subprocess.run(["bash", str(HERE / "mutate.sh"), action, of], check=True, stdout=subprocess.DEVNULL, timeout=120)

    def rows(self):
        """The last snapshot with content of each watch, by URL."""
        out = {}
        for line in self.run("export", "--format", "jsonl").splitlines():
            row = json.loads(line)
            if row["outcome"] in CONTENT and row["document"]:
                out[row["url"]] = row
        return out

    def posts(self):
        """All posts of all answers, those of lists as well."""
        db = sqlite3.connect(self.folder / "archive" / "catalog.db", timeout=60)
        documents = [json.loads(text) for (text,) in db.execute("SELECT json FROM document")]
        db.close()
        return [post for document in documents for post in (document.get("social") or {}).get("posts") or []]

    def outcomes(self):
        db = sqlite3.connect(self.folder / "archive" / "catalog.db", timeout=60)
        rows = db.execute("SELECT w.url, s.outcome FROM snapshot s JOIN watch w ON w.id = s.watch ORDER BY s.id").fetchall()
        db.close()
        return dict(rows)

    def say(self, good, what, text=""):
        known = self.known["missed"].get(what)
        if not good and known:
            self.missed += 1
            print(f"EXPECTED-MISS  {what}: {known}", flush=True)
            return
        self.passed, self.failed = self.passed + bool(good), self.failed + (not good)
        more = " (no longer missed: take it out of expect.json)" if good and known else ""
        told = "" if good or text in ("", [], {}, None) else f": {str(text)[:3000]}"
        print(f"{'pass' if good else 'FAIL'}  {what}{told}{more}", flush=True)

    # Words and parts of what is kept of a post.

    def of(self, rows, uri):
        """The row of a post, by its address with the number or with any name of the account."""
        key = uri.split("/")[-1]
        return next((row for url, row in rows.items() if url.endswith(f"/post/{key}")), None)

    def gone(self, uri=None):
        rows = self.json("gone", "--limit", "5000")
        key = f"/post/{uri.split('/')[-1]}" if uri else ""
        return [r for r in rows if r["subject"] == "page" and r["url"].endswith(key)]


def said(row):
    return "\n".join(b.get("text", "") for b in (row["document"] if row else {}).get("blocks", []))


def posts_of(row):
    return ((row["document"] if row else {}).get("social") or {}).get("posts") or []


def relation(row, kind):
    """What the posts of a row are related to by a kind, as keys."""
    return [r.get("key") for p in posts_of(row) for r in p.get("relations", []) if r["kind"] == kind]


def first_look(w, alice, bob, carol, root, r):
    w.look(0, times=3)
    rows, true = w.rows(), records(w.ready["pds"], alice)
    absent = [k for k in true if w.of(rows, k) is None]
    w.say(len(true) >= 60 and not absent, "every post of an account is kept", f"{len(true) - len(absent)} of {len(true)}, not {absent[:5]}")
    other = [k for k, v in true.items() if v["value"]["text"] not in said(w.of(rows, k))]
    w.say(not other, "their texts are those of the records", f"{len(true) - len(other)} of {len(true)}, not {other[:5]}")
    doubled = len(rows) - len({url.split("/post/")[-1] for url in rows})
    w.say(doubled == 0, "no post is kept under two addresses", doubled)
    want = {cid: digest_of(cid) for record in true.values() for cid in pictures(record)}
    have = {m["payload"].split(":")[-1] for row in rows.values() for m in row["media"] if m.get("payload")}
    blobs = {cid: hashlib.sha256(ask(w.ready["pds"], "com.atproto.sync.getBlob", did=alice, cid=cid)).hexdigest() for cid in want}
    w.say(blobs == want, "the host's blobs are what their names say", f"{len(blobs)} blobs")
    held = [cid for cid, digest in want.items() if digest in have]
    w.say(len(held) == len(want) >= 2, "pictures are kept octet for octet", f"{len(held)} of {len(want)}")
    row = w.of(rows, root)
    comments = {c["id"].split("/")[-1]: c for c in (row or {}).get("document", {}).get("comments", [])} if row else {}
    listed = list(row["document"]["comments"]) if row else []
    above = {key: (listed[c["parent"]]["id"].split("/")[-1] if c.get("parent") is not None else None) for key, c in comments.items()}
    ids = [uri.split("/")[-1] for uri in r]
    right = {ids[0]: None, ids[1]: ids[0], ids[2]: None, ids[3]: ids[1]}
    w.say(above == right, "the thread is whole, and each answer stands below what it answers", above)
    reply = w.of(rows, r[1])
    w.say(f"bluesky:{bob}/{ids[0]}" in relation(reply, "reply"), "an answer names what it answers", relation(reply, "reply"))
    here = f"bluesky:{alice}/{root.split('/')[-1]}"
    for name, uri in (("a quote", w.ready["quote"]), ("a quote with pictures", w.ready["quote_with_media"])):
        row = w.of(rows, uri)
        w.say(here in relation(row, "quote") and said(row) != "", f"{name} names what it quotes", relation(row, "quote"))
    reposts = [r.get("key") for p in w.posts() for r in p.get("relations", []) if r["kind"] == "repost" and bob in json.dumps(p["author"])]
    w.say(here in reposts, "what was handed on is kept with who handed it on", reposts[:3])
    link = w.of(rows, w.ready["link"])
    w.say("https://example.org/article" in json.dumps(link["document"] if link else ""), "the card of a link is kept")
    w.say(set(w.outcomes().values()) <= CONTENT, "nothing failed", {u: o for u, o in w.outcomes().items() if o not in CONTENT})


def edits(w, alice, bob, root, r):
    changes = w.look()
    w.say(not changes, "a look at what stays as it is reports nothing", changes[:2])
    w.mutate("edit-post")
    mine = [c for c in w.look() if c["url"].endswith(root.split("/")[-1])]
    items = [i for c in mine for i in c["items"] or [] if i["subject"] == "text" and i["action"] == "edited"]
    told = any("Eyewitness report" in (i.get("before") or "") and "withdrawn" in (i.get("after") or "") for i in items)
    w.say(told, "an edit is told with what was said and what is said", mine)
    w.mutate("add-reply")
    mine = [c for c in w.look() if c["url"].endswith(root.split("/")[-1])]
    added = [i for c in mine for i in c["items"] or [] if (i["subject"], i["action"]) == ("comment", "added")]
    w.say(len(added) == 1 and "A late reply" in (added[0].get("after") or ""), "a late answer is told as added", mine)
    w.mutate("rename-handle")
    changes = w.look()
    keys = [url.split("/post/")[-1] for url in w.outcomes() if "/post/" in url]
    w.say(len(keys) == len(set(keys)), "an account that changes its name doubles no post", f"{len(keys)} of {len(set(keys))}")
    heavy = [c for c in changes if any(i["subject"] not in ("byline", "address") for i in c["items"] or [])]
    w.say(not heavy, "a changed name is no change of what was said", heavy[:2])
    gone = [row["url"] for row in w.gone()]
    w.say(not [url for url in gone if "/post/" in url], "no post is gone by it", gone)
    w.say(not gone, "the account is not gone by it", gone)


def confirm(w, uri, manner, what):
    """Looks until it is confirmed, as long as that takes."""
    for after in (HOUR, 5 * HOUR, 18 * HOUR, 2 * DAY, 12 * DAY):
        w.look(after)
    rows = w.gone(uri)
    stand = [(row["state"], row["manner"]) for row in rows]
    w.say(stand == [("gone", manner)], what, stand)


def deletions(w, alice, root, r):
    old = sorted(records(w.ready["pds"], alice))
    late, link = [f"at://{alice}/{POSTS}/{key}" for key in old[-3:-1]][0], w.ready["link"]
    w.mutate("delete-reply")
    changes = w.look()
    removed = [i for c in changes if c["url"].endswith(root.split("/")[-1]) for i in c["items"] or [] if i["subject"] == "comment" and i["action"] == "removed"]
    keys = {(i.get("key") or "").split("/")[-1] for i in removed}
    ids = [uri.split("/")[-1] for uri in r]
    w.say(ids[0] in keys, "a deleted answer is told to have left the thread", removed)
    own = w.outcomes()
    alive = next((o for u, o in own.items() if u.endswith(ids[1])), None)
    w.say(alive in CONTENT, "what answered it is still there", alive)
    w.mutate("delete-post", late)
    w.mutate("takedown-post", link)
    w.look()
    state = [row["state"] for uri in (late, link) for row in w.gone(uri)]
    w.say(state == ["suspect", "suspect"], "one look is not enough to call a post gone", state)
    confirm(w, late, "author", "a post that its author deleted is told so")
    w.say([(x["state"], x["manner"]) for x in w.gone(link)] == [("gone", "moderator")], "a post that was taken down is told so", [(x["state"], x["manner"]) for x in w.gone(link)])
    w.say(not w.gone(r[1]), "the answers below the deleted one are not called gone", w.gone(r[1]))
    comments = [row for row in w.json("gone", "--limit", "5000") if row["subject"] == "comment"]
    first = [row for row in comments if ids[0] in json.dumps(row)]
    w.say(len(first) >= 1 and all(row["manner"] in ("author", "left", "removed", "not_found") for row in first), "the deleted answer stands in the ledger", comments)
    below = [row for row in comments if ids[1] in json.dumps(row) and row["state"] == "gone"]
    w.say(not below, "its subtree is not called deleted", below)


def accounts(w, alice, bob, carol, root):
    for who, did, action, what in (
        ("carol", carol, "delete-account", "an account that was deleted takes its posts along"),
        ("bob", bob, "takedown-account", "an account that was taken down takes its posts along"),
        ("alice", alice, "deactivate", "an account that was switched off takes its posts along"),
    ):
        uri = {"carol": w.ready["quote_with_media"], "bob": w.ready["quote"], "alice": root}[who]
        w.mutate(action, who)
        changes = w.look()
        w.say(not any(o == "captured" for u, o in w.outcomes().items() if u.endswith(uri.split("/")[-1])), f"{action}: nothing is taken for the post", changes[:1])
        confirm(w, uri, "account", what)
        rest = [row for row in w.gone() if did in row["url"] and row["state"] == "gone" and row["manner"] not in ("account", "author", "moderator")]
        w.say(not rest, f"{action}: of none of them another reason is told", rest[:2])


def main():
    ready = json.loads(Path(sys.argv[3]).read_text())
    w = World(sys.argv[1], sys.argv[2], ready)
    alice, bob, carol, root, r = ready["alice"], ready["bob"], ready["carol"], ready["root"], ready["replies"]
    w.run("add", "https://bsky.app/profile/alice.test", "https://bsky.app/profile/bob.test", "--own", "items=all")
    w.run("add", f"https://bsky.app/profile/{carol}/post/{ready['quote_with_media'].split('/')[-1]}")
    first_look(w, alice, bob, carol, root, r)
    edits(w, alice, bob, root, r)
    deletions(w, alice, root, r)
    accounts(w, alice, bob, carol, root)
    w.run("verify")
    w.say(True, "the archive verifies")
    print(f"{w.passed} of {w.passed + w.failed} right, {w.missed} expected misses, {w.looks} looks")
    sys.exit(w.failed > 0)


main()
