#!/usr/bin/env python3
"""judge.py KEEPFAST DIR: sends the built binary over a WordPress that runs, changes the site by its own means, one thing at a time,
and says for each mutation what was reported. What is expected stands in expect.json: per step and watch the items of
`keepfast changes --json` ("subject action") or the outcome of an absence. Everything that is not expected must not be reported,
neither with a mutation nor without one. WP_URL and LAB say where the site is. Exit code 0: all as expected."""
import json, os, re, sqlite3, subprocess, sys, urllib.request
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
QUIET_LOOKS = 5
DAY = 86_400
CONTENT = {"captured", "unchanged", "truncated"}
TIMES = {
    "watch": ["due_at", "full_at", "since", "seen_at", "absent_since", "ends_at", "media_at"],
    "held": ["turn_at", "same_at"],
    "presence": ["missing_since", "last_seen_at", "changed_at"],
    "presence_step": ["at"],
    "due_end": ["at", "until", "ended_at", "next"],
    "snapshot": ["due_at", "due_next"],
    "job": ["due_at", "enqueued_at", "begun_at"],
}


class World:
    def __init__(self, keepfast, folder):
        self.keepfast, self.folder = keepfast, Path(folder)
        self.url = os.environ["WP_URL"]
        self.seen, self.looks, self.passed, self.failed, self.missed = 0, 0, 0, 0, 0
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "keepfast.toml").write_text(
            '[client]\nallow_private = ["127.0.0.1"]\n[pace]\nper_second = 0\n[archive]\nmin_free = "1 MiB"\n'
        )

    def run(self, *words, codes=(0,)):
        command = [self.keepfast, "--config", str(self.folder / "keepfast.toml"), *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        if done.returncode not in codes:
            sys.exit(f"{' '.join(words)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def json(self, *words):
        return json.loads(self.run(*words, "--json"))

    def time_passes(self, seconds):
        db = sqlite3.connect(self.folder / "archive" / "catalog.db")
        for table, columns in TIMES.items():
            # Later times first or last does not matter: all rows move by the same length, from the oldest on.
            moved = ", ".join(f"{column} = {column} - {seconds * 1000}" for column in columns)
            db.execute(f"UPDATE {table} SET {moved}")
        db.commit()
        db.close()

    def look(self, after=DAY):
        """Looks at all watches; what was reported by URL, as "subject action" or the outcome of an absence."""
        self.time_passes(after)
        # 1: something is not there, which may be just what is expected.
        self.run("run", "--all", "--quiet", codes=(0, 1))
        self.looks += 1
        told = {}
        changes = [c for c in self.json("changes", "--items", "--limit", "1000")["changes"] if c["snapshot"] > self.seen]
        for change in changes:
            items = told.setdefault(change["url"], [])
            if change["outcome"] not in CONTENT:
                items.append(change["outcome"])
            for item in change["items"] or []:
                if not item.get("noise") and item["action"] != "moved":
                    items.append(f"{item['subject']} {item['action']}")
        self.details = changes
        self.seen = max([self.seen, *(c["snapshot"] for c in changes)])
        return {url: sorted(items) for url, items in told.items()}

    def say(self, good, what, text=""):
        self.passed, self.failed = self.passed + good, self.failed + (not good)
        print(f"{'pass' if good else 'FAIL'}  {what}{': ' if text else ''}{text}", flush=True)


def words(told):
    return "; ".join(f"{who}: " + (", ".join(f"{n} x {what}" for what, n in Counter(items).items()) or "changed, in nothing")
                     for who, items in sorted(told.items())) or "nothing"


def main():
    expect = json.loads((HERE / "expect.json").read_text())
    world = World(sys.argv[1], sys.argv[2])
    names = {world.url + path: name for name, path in expect["watched"].items()}
    world.run("add", *names)
    named = lambda told: {names.get(url, url): items for url, items in told.items()}
    first = named(world.look(0))
    world.say(not first, "first look reports no change", words(first))
    rows = [json.loads(line) for line in world.run("export", "--format", "jsonl").splitlines()]
    for name, want in expect["first"].items():
        row = next(row for row in rows if names.get(row["url"]) == name)
        document = row["document"] or {}
        have = {"outcome": row["outcome"], "comments": len(document.get("comments") or []), "title": document.get("title")}
        world.say(all(have[key] == value for key, value in want.items()), f"first look at {name}", json.dumps(have, ensure_ascii=False))
    # The interface is the truth: each comment, and what it answers.
    theirs, page = {}, 1
    number = re.search(r"/wp-json/wp/v2/posts/(\d+)", " ".join(urllib.request.urlopen(world.url + expect["watched"]["discussion"]).headers.get_all("Link"))).group(1)
    while page == 1 or len(theirs) == 100 * (page - 1):
        asked = f"{world.url}/wp-json/wp/v2/comments?post={number}&per_page=100&order=asc&page={page}"
        theirs.update({f"comment-{c['id']}": f"comment-{c['parent']}" if c["parent"] else None for c in json.load(urllib.request.urlopen(asked))})
        page += 1
    row = next(row for row in rows if names.get(row["url"]) == "discussion")
    ours = row["document"]["comments"]
    ours = {c["id"]: ours[c["parent"]]["id"] if c.get("parent") is not None else None for c in ours}
    world.say(ours == theirs, "comments of the discussion, each with what it answers, as the interface has them", f"{len(ours)} of {len(theirs)}")
    quiet = {}
    for _ in range(QUIET_LOOKS):
        quiet.update(named(world.look()))
    world.say(not quiet, f"{QUIET_LOOKS} looks at what stays as it is report nothing", words(quiet))

    for step in expect["steps"]:
        subprocess.run(["bash", str(HERE / "mutate.sh"), step["mutation"]], check=True, stdout=subprocess.DEVNULL, timeout=120)
        told, want = named(world.look()), {who: sorted(items) for who, items in step["reported"].items()}
        what = f"{step['what']} ({step['mutation']})"
        if told == want:
            world.say(True, what, words(told) + (" (no longer missed: take `missed` out)" if "missed" in step else ""))
        elif "missed" in step and not told:
            world.missed += 1
            print(f"EXPECTED-MISS  {what}: {step['missed']}")
        elif "fault" in step and told == {who: sorted(items) for who, items in step["faulty"].items()}:
            # More is told than happened: only just this, and only until it is mended.
            world.missed += 1
            print(f"EXPECTED-MISS  {what}: reported {words(told)} instead of {words(want)}: {step['fault']}")
        else:
            world.say(False, what, f"reported {words(told)} instead of {words(want)}")
            for change in world.details:
                print("      " + json.dumps(change, ensure_ascii=False)[:1500])
        again = named(world.look())
        # An absence that goes on is no news; its ledger is looked at below.
        again = {who: items for who, items in again.items() if items != told.get(who) or not step.get("lasting")}
        world.say(not again, f"nothing is reported after it ({step['mutation']})", words(again))

    # What is in the ledger, after the looks that confirmation takes.
    for after in (300, 3600, 5 * 3600, 18 * 3600, 2 * DAY, 11 * DAY, 3 * DAY):
        world.look(after)
    gone = world.json("gone", "--limit", "1000")
    ledger = sorted(f"{names.get(row['url'], row['url'])} {row['subject']} {row['state']} {row['manner']}" for row in gone)
    for line in ledger:
        print(f"      ledger: {line}")
    for begin, why in expect["ledger_missed"].items():
        if not any(line.startswith(begin) for line in ledger):
            world.missed += 1
            print(f"EXPECTED-MISS  the ledger of what vanished: {begin}: {why}")
    world.say(ledger == sorted(expect["ledger"]), f"the ledger of what vanished: {len(ledger)} entries")
    world.run("verify")
    world.say(True, "the archive verifies")
    print(f"{world.passed} of {world.passed + world.failed} right, {world.missed} expected misses, {world.looks} looks")
    sys.exit(world.failed > 0)


main()
