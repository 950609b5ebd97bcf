"""The crawl benchmark: keepfast and its peers on the same pages from the same nginx, results kept raw as JSON.

    python3 benches/crawl/run.py --keepfast target/release/keepfast --out benches/runs/2026-11-23

See benches/README.md for what is measured and how.
"""

import argparse
import json
import shutil
import statistics
import sys
import time
from pathlib import Path

import measure
import origin as nginx
import pages as site
import peers
import politeness
from archive import Keepfast

CHANGED = 0.02


class Bench:
    def __init__(self, options):
        self.o = options
        self.work = options.data / "work"
        self.root = options.data / "site"
        self.results = {}

    # What each scenario asks for -------------------------------------------------------------------------------------

    def pages(self, count=None, port=None):
        port = port or self.origin.plain
        return [self.origin.base(n, port) + site.path_of(n) for n in range(count or self.o.pages)]

    def galleries(self):
        return [self.origin.base(n, self.origin.plain) + site.path_of(n, True) for n in range(self.o.galleries)]

    def keepfast(self, name, urls, **settings):
        return Keepfast(self.o.keepfast, self.work / name, urls, **settings)

    # Scenarios: each returns one result, or several by name ----------------------------------------------------------

    def capture(self):
        """Fetch, hash, record, commit durably; nothing is read."""
        subject = self.keepfast("capture", self.pages())
        cost = subject.run(self.origin)
        expect(cost["kept"]["watches"] == len(self.pages()) and set(cost["kept"]["outcomes"]) == {"captured"}, cost["kept"])
        cost["import_s"] = subject.added["wall_s"]
        if self.o.verify:
            cost["verify"] = subject.verify()
            expect(cost["verify"]["exit"] == 0, cost["verify"])
        return cost

    def reading(self):
        """The same with text, metadata, links and comments."""
        subject = self.keepfast("reading", self.pages(), read=True)
        cost = subject.run(self.origin)
        expect(cost["kept"]["watches"] == len(self.pages()) and set(cost["kept"]["outcomes"]) == {"captured"}, cost["kept"])
        expect(cost["kept"]["documents"] == len(self.pages()), cost["kept"])
        return cost

    def images(self):
        """Pages with their images."""
        subject = self.keepfast("images", self.galleries(), read=True, requisites="media")
        cost = subject.run(self.origin)
        wanted = sum(len(site.images_of(n)) for n in range(self.o.galleries))
        expect(cost["kept"]["watches"] == self.o.galleries and cost["kept"]["exchanges"].get("media") == wanted, cost["kept"])
        cost["images"] = wanted
        return cost

    def revisit(self):
        """A second and a third run over the same pages: 304 for all; then in full, when validators are not trusted."""
        subject = self.keepfast("revisit", self.pages())
        subject.run(self.origin)
        out = {}
        for name, words in (("revisit", ()), ("revisit-again", ()), ("revisit-in-full", ("--set", 'capture.full_fetch_every=0s'))):
            plain = subject.command
            subject.command = lambda *w, words=words: plain(*w, *words)
            cost = subject.run(self.origin, name)
            subject.command = plain
            expect(cost["kept"]["outcomes"] == {"unchanged": subject.urls}, cost["kept"])
            cost["added_per_url"] = {k: round(v / subject.urls, 1) for k, v in cost["added"].items()}
            out[name] = cost
        return out

    def changed(self):
        """A re-run of which 2 % changed: only changed payloads add octets, and each URL has its snapshot row."""
        urls = self.pages()
        numbers = list(range(0, len(urls), round(1 / CHANGED)))
        subject = self.keepfast("changed", urls, read=True)
        first = subject.run(self.origin)
        try:
            for n in numbers:
                site.put_page((str(self.root), n, 2))
            cost = subject.run(self.origin, "changed")
        finally:
            for n in numbers:
                site.put_page((str(self.root), n, 1))
        run = subject.number("SELECT max(id) FROM run")
        rows = subject.ask(
            "SELECT s.watch, w.url, s.outcome, e.length, p.exchange = e.id FROM snapshot s JOIN watch w ON w.id = s.watch"
            " JOIN exchange e ON e.id = s.id * 4096 + s.final_seq JOIN payload p ON p.id = e.payload WHERE s.run = ?",
            run,
        )
        new = {url for _, url, _, _, is_new in rows if is_new}
        lengths = {True: 0, False: 0}
        for row in rows:
            lengths[bool(row[4])] += row[3]
        seeds = cost["kept"]["exchanges"].get("seed", 0)
        verdict = {
            "snapshot_rows": cost["kept"]["snapshots"],
            "one_row_each": len({r[0] for r in rows}) == len(urls) == cost["kept"]["snapshots"],
            "changed": len(numbers),
            "new_payloads": cost["kept"]["payloads"] - first["kept"]["payloads"],
            "only_changed_hold_payloads": new == {urls[n] for n in numbers},
            "captured": sum(1 for r in rows if r[2] == "captured"),
            "seed_exchanges": seeds,
            "warc_octets_of_changed": lengths[True],
            "warc_octets_per_changed": round(lengths[True] / max(1, len(new))),
            "warc_octets_per_unchanged": round(lengths[False] / max(1, len(rows) - len(new))),
            "octets_per_url_all": round(cost["added"]["archive"] / len(urls), 1),
        }
        verdict["ok"] = (
            verdict["one_row_each"]
            and verdict["only_changed_hold_payloads"]
            and verdict["new_payloads"] == verdict["captured"] == len(numbers)
        )
        cost["verdict"] = verdict
        expect(verdict["ok"], verdict)
        return cost

    def due(self):
        """All watches are due, one in a hundred has changed: confirmed by 304, then in full. Each due time ends with a row."""
        urls = self.pages()
        numbers = list(range(0, len(urls), 100))
        subject = self.keepfast("due", urls, read=True)
        subject.run(self.origin)
        out, version = {}, 2
        for name, words in (("due", ()), ("due-in-full", ("--set", "capture.full_fetch_every=0s"))):
            for n in numbers:
                site.put_page((str(self.root), n, version))
            version += 1
            subject.time_passes(86_400)
            ended = subject.number("SELECT count(*) FROM due")
            cost = subject.run(self.origin, name, words=("run", "--quiet", *words))
            cost["ended"] = subject.number("SELECT count(*) FROM due") - ended
            expect(cost["kept"]["outcomes"] == {"captured": len(numbers), "unchanged": len(urls) - len(numbers)}, cost["kept"])
            expect(cost["ended"] >= len(urls), cost["ended"])
            expect(subject.number("SELECT count(*) FROM job") == 0, "nothing is left in the frontier")
            out[name] = cost
        for n in numbers:
            site.put_page((str(self.root), n, 1))
        return out

    def latency(self):
        """100 ms to each answer (200 ms for the first of a connection): 50 hosts, 2,000 pages."""
        if not self.origin.delayed:
            return {"skipped": "nginx has no echo module (Debian: libnginx-mod-http-echo)"}
        urls = self.pages(min(2000, self.o.pages), self.origin.delayed)
        out = {}
        for name, read in (("latency-capture", False), ("latency-reading", True)):
            subject = self.keepfast(name, urls, read=read, connections=self.o.latency_connections, workers=self.o.latency_workers)
            cost = subject.run(self.origin)
            expect(cost["kept"]["outcomes"] == {"captured": len(urls)}, cost["kept"])
            out[name] = cost
        return out

    def large(self):
        """A page with a video of 2 GB: memory must stay flat."""
        site.make_large(self.root, self.o.large)
        subject = self.keepfast("large", [self.origin.base(0, self.origin.plain) + "/big/"], read=True, requisites="media")
        cost = subject.run(self.origin)
        expect(cost["kept"]["exchanges"].get("media") == 1 and cost["kept"]["media"] == {"fetched": 1}, cost["kept"])
        size = subject.number("SELECT max(body_len) FROM exchange WHERE truncated IS NULL")
        expect(size == self.o.large, f"{size} octets kept of {self.o.large}")
        cost["body_len"] = size
        cost["mib_per_s"] = round(self.o.large / cost["wall_s"] / (1 << 20), 1)
        shutil.rmtree(subject.folder)
        return cost

    def polite(self):
        """50 hosts, 10 pages each, 1 request a second: the origin's log tells who was asked when."""
        out = {}
        for burst in (2, 1):
            self.origin.access.write_bytes(b"")
            urls = self.pages(site.HOSTS * 10, self.origin.logged)
            settings = {"per_second": 1.0, "burst": burst, "connections": 2, "workers": 32}
            cost = self.keepfast(f"polite-{burst}", urls, read=True, **settings).run(self.origin)
            cost["verdict"] = politeness.judge(self.origin.access, site.HOSTS, 10, 1.0, burst)
            out[f"polite-burst-{burst}"] = cost
            print(json.dumps(cost["verdict"], indent=1), file=sys.stderr)
        return out

    def wget(self):
        """wget --warc-file: one process (the ratios name it), the same asking for gzip, and four processes."""
        out = {}
        for name, settings in (
            ("wget", {}),
            ("wget-gzip", {"compression": True}),
            ("wget-4", {"processes": 4}),
        ):
            cost = peers.wget(self.work / name, self.pages(), self.origin, **settings)
            expect(cost["kept"]["pages"] == self.o.pages, cost["kept"])
            shutil.rmtree(self.work / name)
            out[name] = cost
        return out

    def wget_images(self):
        """wget -p --warc-file on the pages with images."""
        wanted = sum(len(site.images_of(n)) for n in range(self.o.galleries))
        cost = peers.wget(self.work / "wget-images", self.galleries(), self.origin, images=True)
        expect(cost["kept"] == {"pages": self.o.galleries, "others": wanted}, cost["kept"])
        shutil.rmtree(self.work / "wget-images")
        return cost

    def scrapy(self):
        """Scrapy and trafilatura into SQLite; on fewer pages, since it takes long."""
        python = peers.scrapy_python(self.o.venv)
        urls = self.pages(self.o.scrapy_pages)
        cost = peers.scrapy(self.work / "scrapy", urls, self.origin, python)
        expect(cost["kept"]["pages"] == len(urls), cost["kept"])
        cost["versions"] = peers.versions(python)
        return cost

    # ----------------------------------------------------------------------------------------------------------------

    SCENARIOS = ("wget", "capture", "reading", "scrapy", "wget_images", "images", "revisit", "changed", "due", "latency", "large", "polite")

    def go(self):
        site.make(self.root, self.o.pages, self.o.galleries)
        with nginx.Origin(self.root, self.o.data / "nginx") as self.origin:
            for turn in range(self.o.repeat):
                for name in self.o.only or self.SCENARIOS:
                    began = time.monotonic()
                    found = getattr(self, name)()
                    found = found if all(isinstance(v, dict) for v in found.values()) else {name.replace("_", "-"): found}
                    for key, cost in found.items():
                        self.results.setdefault(key, []).append(cost)
                        print(f"{turn + 1} {line(key, cost)}", flush=True)
                    self.save(name, time.monotonic() - began)

    def save(self, name, took):
        """After each scenario, so that nothing is lost when a later one fails."""
        sample = [site.path_of(n) for n in range(0, self.o.pages, max(1, self.o.pages // 200))]
        pictures = [site.path_of(n, True) for n in range(0, self.o.galleries, max(1, self.o.galleries // 50))]
        out = {
            "machine": measure.machine(),
            "versions": {"keepfast": measure.tell([str(self.o.keepfast), "--version"]), "nginx": nginx.version(), "wget": measure.tell(["wget", "--version"])},
            "commit": measure.tell(["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent),
            "options": {k: str(v) for k, v in vars(self.o).items() if not isinstance(v, Path)},
            "sample_of_pages": site.describe(self.root, sample),
            "sample_of_galleries": site.describe(self.root, pictures),
            "ratios": self.ratios(),
            "results": self.results,
        }
        self.o.out.mkdir(parents=True, exist_ok=True)
        (self.o.out / f"crawl{self.o.label}.json").write_text(json.dumps(out, indent=1, ensure_ascii=False) + "\n")

    def rate(self, name):
        return statistics.median(cost["urls_per_s"] for cost in self.results[name]) if name in self.results else None

    def ratios(self):
        """What the goals are about: pages a second against the peer in the same run, medians."""
        named = {
            "capture / wget": ("capture", "wget", 8),
            "capture / wget-gzip": ("capture", "wget-gzip", None),
            "capture / wget-4": ("capture", "wget-4", None),
            "reading / wget": ("reading", "wget", 3),
            "reading / scrapy": ("reading", "scrapy", 20),
            "images / wget -p": ("images", "wget-images", 5),
        }
        out = {}
        for name, (us, them, goal) in named.items():
            if self.rate(us) and self.rate(them):
                out[name] = {"ratio": round(self.rate(us) / self.rate(them), 2), "goal": goal}
        return out


def expect(holds, what):
    if not holds:
        raise SystemExit(f"not everything was kept, or not as it should be: {what}")


def line(name, cost):
    """One line of the table on the terminal."""
    if "wall_s" not in cost:
        return f"{name:18} {cost}"
    cpu = cost["user_s"] + cost["system_s"]
    parts = [f"{name:18}", f"{cost['wall_s']:8.2f} s", f"{cost.get('urls_per_s', 0):8.0f}/s", f"cpu {cpu:7.2f} s"]
    parts += [f"nginx {cost['nginx_cpu_s']:5.2f} s", f"peak {cost['peak_rss_mib']:6.0f} MiB"]
    parts += [f"added {cost['added']['archive'] / (1 << 20):8.1f} MiB"]
    if "added_per_url" in cost:
        parts.append(f"{cost['added_per_url']['archive']:.0f} octets a URL")
    if "verdict" in cost:
        parts.append("ok" if cost["verdict"]["ok"] else "NOT OK")
    return "  ".join(parts)


def main():
    top = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keepfast", type=lambda p: Path(p).resolve(), required=True, help="the release binary")
    parser.add_argument("--out", type=Path, required=True, help="folder of the raw results")
    parser.add_argument("--data", type=lambda p: Path(p).resolve(), default=top / "target" / "crawl-bench", help="pages and archives")
    parser.add_argument("--venv", type=lambda p: Path(p).resolve(), help="where Scrapy lives [DATA/venv]")
    parser.add_argument("--only", nargs="+", choices=Bench.SCENARIOS, help="some scenarios only")
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--galleries", type=int, default=2_000, help="pages with images")
    parser.add_argument("--scrapy-pages", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=2_000_000_000, help="octets of the large body")
    parser.add_argument("--repeat", type=int, default=1, help="turns over all scenarios; medians count")
    parser.add_argument("--latency-workers", type=int, default=400)
    parser.add_argument("--latency-connections", type=int, default=8)
    parser.add_argument("--verify", action="store_true", help="run `keepfast verify` on the captured archive")
    parser.add_argument("--label", default="", help="appended to the name of the result")
    options = parser.parse_args()
    options.venv = options.venv or options.data / "venv"
    options.scrapy_pages = min(options.scrapy_pages, options.pages)
    bench = Bench(options)
    bench.go()
    for name, ratio in bench.ratios().items():
        goal = f", goal {ratio['goal']}" if ratio["goal"] else ""
        print(f"{name}: {ratio['ratio']}{goal}")


if __name__ == "__main__":
    main()
