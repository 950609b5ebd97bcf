"""keepfast as a subject: its configuration, its commands, and what the catalogue says that it kept."""

import shutil
import sqlite3
import subprocess

import measure

CONFIG = """# Written by the benchmark.
[archive]
dir = "archive"
[client]
user_agent = "keepfast/{{version}} (benchmark on loopback)"
allow_private = ["127.0.0.0/8"]
[capture]
read = {read}
requisites = "{requisites}"
max_media_bytes = "4 GiB"
max_requisite_bytes = "8 GiB"
[pace]
per_second = {per_second}
burst = {burst}
connections = {connections}
workers = {workers}
"""


class Keepfast:
    """One archive in a folder of its own."""

    def __init__(self, binary, folder, urls, read=False, requisites="none", per_second=0, burst=2, connections=4, workers=64):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.binary, self.folder, self.archive = binary, folder, folder / "archive"
        self.urls = len(urls)
        self.config = folder / "keepfast.toml"
        self.settings = {
            "read": str(read).lower(),
            "requisites": requisites,
            "per_second": per_second,
            "burst": burst,
            "connections": connections,
            "workers": workers,
        }
        self.config.write_text(CONFIG.format(**self.settings))
        (folder / "list.txt").write_text("".join(url + "\n" for url in urls))
        self.added = measure.run([self.command("import", str(folder / "list.txt"))], log=folder / "import.log")

    def command(self, *words):
        return [str(self.binary), "--config", str(self.config), *words]

    def time_passes(self, seconds):
        """All that the catalogue says of looks was so long ago."""
        with sqlite3.connect(self.archive / "catalog.db") as db:
            for table, columns in {"watch": ("due_at", "full_at", "since", "seen_at", "absent_since", "media_at"), "held": ("turn_at", "same_at"), "due_end": ("at", "until", "ended_at", "next"), "snapshot": ("due_at", "due_next")}.items():
                db.execute(f"UPDATE {table} SET " + ", ".join(f"{c} = {c} - {seconds * 1000}" for c in columns))

    def run(self, origin, name="run", ok=(0,), words=("run", "--all", "--quiet")):
        """One run over all watches; what it cost, what it added, and what it kept."""
        before = self.sizes()
        cost = measure.run([self.command(*words)], origin, log=self.folder / f"{name}.log", ok=ok)
        after = self.sizes()
        cost["added"] = {key: after[key] - before[key] for key in after}
        cost["disk"] = after
        cost["urls_per_s"] = round(self.urls / cost["wall_s"], 1)
        cost["settings"] = self.settings
        cost["kept"] = self.kept()
        return cost

    def sizes(self):
        whole = measure.size_of(self.archive)
        warc = measure.size_of(self.archive / "warc")
        return {"archive": whole, "warc": warc, "catalogue": whole - warc}

    def ask(self, question, *values):
        with sqlite3.connect(f"file:{self.archive}/catalog.db?mode=ro", uri=True) as db:
            return db.execute(question, values).fetchall()

    def number(self, question, *values):
        return self.ask(question, *values)[0][0]

    def kept(self):
        """What the last run kept, from the catalogue alone."""
        run = self.number("SELECT max(id) FROM run")
        last = "SELECT {} FROM snapshot s WHERE s.run = ?"
        return {
            "snapshots": self.number(last.format("count(*)"), run),
            "watches": self.number(last.format("count(DISTINCT watch)"), run),
            "outcomes": dict(self.ask(last.format("outcome, count(*)") + " GROUP BY outcome", run)),
            "exchanges": dict(
                self.ask("SELECT hop, count(*) FROM exchange e JOIN snapshot s ON s.id = e.id / 4096 WHERE s.run = ? GROUP BY hop", run)
            ),
            "documents": self.number("SELECT count(*) FROM document"),
            "comments": self.number("SELECT count(*) FROM comment"),
            "payloads": self.number("SELECT count(*) FROM payload"),
            "media": dict(self.ask("SELECT m.state, count(*) FROM media m JOIN snapshot s ON s.id = m.snapshot WHERE s.run = ? GROUP BY m.state", run)),
        }

    def verify(self):
        done = subprocess.run(self.command("verify"), capture_output=True, text=True)
        return {"exit": done.returncode, "said": done.stdout.strip().splitlines()[-3:]}
