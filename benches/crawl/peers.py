"""The peers, on the same pages from the same nginx: wget writing WARC, and Scrapy with trafilatura into SQLite."""

import gzip
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import measure


def wget(folder, urls, origin, processes=1, images=False, compression=False):
    """`wget --warc-file`: its list is sorted by host, so that it uses its one connection again and again."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    urls = sorted(urls, key=lambda url: url.split("/")[2])
    commands = []
    for part in range(processes):
        first, last = part * len(urls) // processes, (part + 1) * len(urls) // processes
        place = folder / f"{part}"
        place.mkdir()
        (place / "list.txt").write_text("".join(url + "\n" for url in urls[first:last]))
        command = ["wget", "--no-verbose", "--input-file", str(place / "list.txt"), "--warc-file", str(place / "out")]
        command += ["--warc-max-size=1G", "--warc-tempdir", str(place), "-e", "robots=off", "--no-config"]
        command += ["--directory-prefix", str(place / "files"), "--delete-after", "--no-directories", "--tries=1"]
        command += ["--page-requisites"] if images else []
        command += ["--compression=auto"] if compression else []
        commands.append(command)
    cost = measure.run(commands, origin, log=folder / "log", ok=(0, 8))
    cost["added"] = {"archive": sum(f.stat().st_size for f in folder.rglob("*.warc.gz"))}
    cost["urls_per_s"] = round(len(urls) / cost["wall_s"], 1)
    cost["kept"] = count_warc(folder)
    return cost


def count_warc(folder):
    """Response records with status 200 in all WARC files, counted by reading them whole."""
    pages = others = 0
    for path in folder.rglob("*.warc.gz"):
        for head, first in records(path):
            if b"\r\nWARC-Type: response\r\n" in head:
                good = b" 200 " in first[:20]
                page = good and b".html" in head.split(b"WARC-Target-URI:", 1)[1].split(b"\r\n", 1)[0]
                pages, others = pages + page, others + (good and not page)
    return {"pages": pages, "others": others}


def records(path):
    """Named fields and the beginning of the block of each record."""
    with gzip.open(path, "rb") as file:
        while True:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = file.readline()
                if not line:
                    return
                head += line
            head = b"\r\n" + head.lstrip(b"\r\n")
            if head == b"\r\n":
                continue
            length = int(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")).split(b":")[1])
            first = file.read(min(length, 64))
            left = length - len(first)
            while left:
                left -= len(file.read(min(left, 1 << 20))) or left
            yield head, first


def scrapy_python(folder):
    """A virtual environment with Scrapy and trafilatura from PyPI; made once."""
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        print("installing scrapy and trafilatura", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "scrapy", "trafilatura", "lxml_html_clean"], check=True)
        (folder / "ready").touch()
    return python


def versions(python):
    code = "import importlib.metadata as m; print(*(f'{p} {m.version(p)}' for p in ('scrapy', 'trafilatura')), sep=', ')"
    out = subprocess.run([str(python), "-c", code], capture_output=True, text=True)
    return out.stdout.strip()


def scrapy(folder, urls, origin, python, concurrency=64, per_host=4):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "list.txt").write_text("".join(url + "\n" for url in urls))
    spider = Path(__file__).with_name("spider.py")
    command = [str(python), str(spider), str(folder / "list.txt"), str(folder / "pages.db"), str(concurrency), str(per_host)]
    cost = measure.run([command], origin, log=folder / "log")
    with sqlite3.connect(folder / "pages.db") as db:
        kept = db.execute("SELECT count(*), sum(text IS NOT NULL), sum(length(text)) FROM page").fetchone()
    cost["kept"] = {"pages": kept[0], "with_text": kept[1], "characters": kept[2]}
    cost["added"] = {"archive": measure.size_of(folder / "pages.db")}
    cost["urls_per_s"] = round(len(urls) / cost["wall_s"], 1)
    return cost
