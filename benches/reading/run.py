"""The reading benchmark: CPU time of our reader and of its peers on the same pages in one run, results kept raw as JSON.

    python3 benches/reading/run.py --example target/release/examples/extraction --pages DIR --out benches/runs/2026-11-23

See benches/README.md for what is measured and how.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "crawl"))

import measure  # noqa: E402
import pages as site  # noqa: E402

PAGE = 65_536  # octets of the page that costs are told of
OURS, PYTHON, RUST = "keepfast", "trafilatura", "rs-trafilatura"
GOALS = {PYTHON: 8, RUST: 3}


class Pages:
    """A folder of pages and the list of those that are read: nothing but `id` and `url` of each."""

    def __init__(self, name, folder, listed, work):
        self.name, self.folder, self.count = name, folder, len(listed)
        self.octets = sum((folder / f"{page['id']}.html").stat().st_size for page in listed)
        self.list = work / f"{name}.jsonl"
        self.list.write_text("".join(json.dumps({"id": p["id"], "url": p.get("url") or ""}) + "\n" for p in listed))


def given(options, count):
    """Pages of the folder given, evenly spread over its truth file, so that each kind has its share."""
    truth = options.truth or (options.pages if (options.pages / "truth.jsonl").exists() else options.pages.parent) / "truth.jsonl"
    with truth.open() as lines:  # splitlines() would cut at U+2028 as well
        listed = [json.loads(line) for line in lines if line.strip()]
    folder = options.pages / "pages" if (options.pages / "pages").is_dir() else options.pages
    count = min(count or len(listed), len(listed))
    return folder, [listed[i * len(listed) // count] for i in range(count)]


def made(folder, count):
    """The first pages of the crawl benchmark's site."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = []
    for number in range(count):
        place = folder / f"form{site.FORM}-{number:04}.html"
        if not place.exists():
            place.write_bytes(site.page(number))
        listed.append({"id": place.stem, "url": f"http://{site.host_of(number)}{site.path_of(number)}"})
    return folder, listed


# The readers: each takes --truth, --pages and --out ------------------------------------------------------------------


def trafilatura(folder):
    """trafilatura from PyPI in a virtual environment, made once."""
    python = folder / "bin" / "python"
    if subprocess.run([str(python), "-c", "import trafilatura, lxml_html_clean"], capture_output=True).returncode if python.exists() else True:
        print("installing trafilatura", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "trafilatura", "lxml_html_clean"], check=True)
    packages = "trafilatura", "lxml", "htmldate", "jusText"
    code = f"import importlib.metadata as m; print(*(f'{{p}} {{m.version(p)}}' for p in {packages}), sep=', ')"
    return [str(python), str(HERE / "trafilatura_peer.py")], measure.tell([str(python), "-c", code])


def rs_trafilatura(folder):
    """rs-trafilatura, a Cargo package, in a program of its own, built in the work folder."""
    shutil.copytree(HERE / "peer", folder, dirs_exist_ok=True)
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=folder, check=True, env={**os.environ, "CARGO_TARGET_DIR": str(folder / "target")})
    lock = (folder / "Cargo.lock").read_text()
    version = re.search(r'name = "rs-trafilatura"\nversion = "([^"]+)"', lock).group(1)
    return [str(folder / "target" / "release" / "peer")], f"rs-trafilatura {version}, {measure.tell(['rustc', '--version'])}"


class Bench:
    def __init__(self, options):
        self.o, self.work = options, options.data
        self.work.mkdir(parents=True, exist_ok=True)
        self.nothing = Pages("nothing", self.work, [], self.work)
        self.readers, self.versions, self.results = {}, {}, {}

    def prepare(self):
        """Builds and installs what is missing, before anything is measured."""
        self.readers[OURS] = [str(self.o.example)]
        self.versions[OURS] = measure.tell(["git", "rev-parse", "HEAD"], cwd=HERE)
        for name, ready in ((PYTHON, lambda: trafilatura(self.o.venv)), (RUST, lambda: rs_trafilatura(self.work / "peer"))):
            if name in self.o.only:
                self.readers[name], self.versions[name] = ready()
        self.sets = [Pages("real", *given(self.o, self.o.count), self.work)] if self.o.pages else []
        self.sets.append(Pages("made", *made(self.work / "made", self.o.count), self.work))
        self.all = Pages("all", *given(self.o, None), self.work) if self.o.pages else None

    def read(self, name, pages):
        """Runs one reader over one list: CPU seconds of the process, start-up included, and what it says."""
        log, out = self.work / f"{name}.log", self.work / f"{pages.name}-{name}.jsonl"
        command = [*self.readers[name], "--truth", str(pages.list), "--pages", str(pages.folder), "--out", str(out)]
        cost = measure.run([command], log=log)
        slowest = re.search(r"slowest ([\d.]+) s (\S+)", log.read_text(errors="replace"))
        with out.open() as written:
            lines = [json.loads(line) for line in written]
        if len(lines) != pages.count:
            raise SystemExit(f"{name} read {len(lines)} pages of {pages.count}")
        return {
            "cpu_s": cost["user_s"] + cost["system_s"],
            "wall_s": cost["wall_s"],
            "peak_rss_mib": cost["peak_rss_mib"],
            "with_text": sum(bool((line.get("text") or "").strip()) for line in lines),
            "slowest": [float(slowest.group(1)), slowest.group(2)] if slowest else None,
        }

    def go(self):
        """All readers take turns, so that a load from elsewhere falls on each of them."""
        turns = {(pages.name, name): [] for pages in self.sets for name in self.readers}
        start = {name: [] for name in self.readers}
        for _ in range(self.o.repeat):
            for name in self.readers:
                start[name].append(self.read(name, self.nothing)["cpu_s"])
            for pages in self.sets:
                for name in self.readers:
                    turns[pages.name, name].append(self.read(name, pages))
        for pages in self.sets:
            rows = {}
            for name in self.readers:
                mine = turns[pages.name, name]
                startup = statistics.median(start[name])
                cpu = statistics.median(turn["cpu_s"] for turn in mine) - startup
                rows[name] = {
                    "cpu_s": round(cpu, 3),
                    "startup_cpu_s": round(startup, 3),
                    "pages_per_cpu_s": round(pages.count / cpu, 1),
                    "ms_per_page": round(cpu / pages.count * 1e3, 3),
                    "ms_per_64_kib": round(cpu / pages.octets * PAGE * 1e3, 3),
                    "slowest": min(turn["slowest"] for turn in mine),
                    "turns": mine,
                }
            for name, row in rows.items():
                row["times_ours"] = round(row["cpu_s"] / rows[OURS]["cpu_s"], 2)
            self.results[pages.name] = {"pages": pages.count, "mean_octets": pages.octets // pages.count, "readers": rows}
        if self.all:
            cost = self.read(OURS, self.all)
            self.results["all"] = {"pages": self.all.count, "mean_octets": self.all.octets // self.all.count, "readers": {OURS: cost}}

    def save(self, machine):
        self.o.out.mkdir(parents=True, exist_ok=True)
        out = {"machine": machine, "versions": self.versions, "repeat": self.o.repeat, "results": self.results}
        (self.o.out / "reading.json").write_text(json.dumps(out, indent=1, ensure_ascii=False) + "\n")

    def table(self, machine):
        """The table of benches/README.md, ready to be put there."""
        loads = f"load {machine['load_before']} before, {machine['load_after']} after"
        shared = "machine shared, " if machine["load_before"] > 0.5 else ""
        print(f"{machine['cpu']}, {machine['cores']} cores; {shared}{loads}; median of {self.o.repeat} turns\n")
        print("| pages | reader | CPU ms a page | a 64 KiB page | pages a CPU second | slowest page, s | with text | times ours | goal |")
        print("|---|---|--:|--:|--:|--:|--:|--:|--:|")
        for pages in self.sets:
            result = self.results[pages.name]
            for name, row in result["readers"].items():
                what = f"{result['pages']} {pages.name}, {result['mean_octets'] / 1e3:.0f} kB" if name == OURS else ""
                cells = [what, name, f"{row['ms_per_page']:.2f}", f"{row['ms_per_64_kib']:.2f}", f"{row['pages_per_cpu_s']:.0f}"]
                cells += [f"{row['slowest'][0]:.3f}", str(row["turns"][0]["with_text"]), f"{row['times_ours']:.1f} x"]
                cells += [f"{GOALS[name]} x" if name in GOALS else "≤ 1.8 ms, 150 a second"]
                print(f"| {' | '.join(cells)} |")
        if self.all:
            print(f"\nSlowest of all {self.all.count} pages: {self.results['all']['readers'][OURS]['slowest'][0]:.3f} s")


def main():
    top = HERE.parents[1]
    whole = lambda p: Path(p).resolve()  # noqa: E731
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--example", type=whole, required=True, help="the release build of examples/extraction.rs")
    parser.add_argument("--pages", type=whole, help="folder of real pages, ID.html; without it only the made ones are read")
    parser.add_argument("--truth", type=whole, help="its list: a JSON object a line with id and url [truth.jsonl in or beside the folder]")
    parser.add_argument("--out", type=Path, required=True, help="folder of the raw results")
    parser.add_argument("--data", type=whole, default=top / "target" / "reading-bench", help="made pages, the peer's build, what was read")
    parser.add_argument("--venv", type=whole, help="where trafilatura lives [DATA/venv]")
    parser.add_argument("--only", nargs="*", choices=[PYTHON, RUST], default=[PYTHON, RUST], help="some peers only")
    parser.add_argument("--count", type=int, default=300, help="pages of each set")
    parser.add_argument("--repeat", type=int, default=3, help="turns; medians count")
    options = parser.parse_args()
    options.venv = options.venv or options.data / "venv"
    bench = Bench(options)
    bench.prepare()
    machine = measure.machine()
    bench.go()
    machine["load_after"] = round(os.getloadavg()[0], 2)
    bench.save(machine)
    bench.table(machine)


if __name__ == "__main__":
    main()
