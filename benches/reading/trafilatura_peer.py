"""Reads the pages of a list with trafilatura, as examples/extraction.rs does with our reader.

python trafilatura_peer.py --truth LIST.jsonl --pages DIR --out OUT.jsonl
"""

import argparse
import json
import sys
import time
from pathlib import Path

from trafilatura import bare_extraction

parser = argparse.ArgumentParser()
for name in ("--truth", "--pages", "--out"):
    parser.add_argument(name, type=Path, required=True)
options = parser.parse_args()
FIELDS = {"text": "text", "title": "title", "author": "author", "date": "date", "site": "sitename", "lang": "language", "comments_text": "comments"}
slowest = (0.0, "")
with options.truth.open() as listed, options.out.open("w") as out:
    for line in listed:
        page = json.loads(line)
        body = (options.pages / f"{page['id']}.html").read_bytes()
        begun = time.perf_counter()
        try:
            read = bare_extraction(body, url=page["url"], include_comments=True, with_metadata=True)
            told = {ours: getattr(read, theirs) for ours, theirs in FIELDS.items()} if read else {"failed": "nothing found"}
        except Exception as error:  # whatever a page does to it: the page is counted as failed
            told = {"failed": repr(error)}
        slowest = max(slowest, (time.perf_counter() - begun, page["id"]))
        out.write(json.dumps({"id": page["id"], **told}, ensure_ascii=False) + "\n")
print(f"slowest {slowest[0]:.3f} s {slowest[1]}", file=sys.stderr)
