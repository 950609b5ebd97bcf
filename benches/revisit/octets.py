"""What the records of an unchanged page would cost in other forms: reads the 304s of an archive and packs them anew.

    python3 benches/revisit/octets.py ARCHIVE > benches/runs/<date>/revisit-octets.json

Needs zopfli and zstandard from PyPI.
"""

import gzip
import json
import re
import sqlite3
import sys
import zlib

import zopfli.gzip
import zstandard

archive = sys.argv[1]
catalogue = sqlite3.connect(f"file:{archive}/catalog.db?mode=ro", uri=True)
pairs = []
for offset, length, first, path in catalogue.execute(
    "SELECT e.offset, e.length, e.first_length, s.path FROM exchange e JOIN segment s ON s.id = e.segment"
    " WHERE e.status = 304 AND e.length > e.first_length ORDER BY e.id LIMIT 1000"
):
    with open(f"{archive}/{path}", "rb") as file:
        file.seek(offset)
        members = file.read(length)
    pairs.append((gzip.decompress(members[:first]), gzip.decompress(members[first:])))


def packed(record, level=9):
    deflate = zlib.compressobj(level, zlib.DEFLATED, 31, 9)
    return deflate.compress(record) + deflate.flush()


def mean(pack, change=lambda revisit, request: (revisit, request)):
    sizes = [[len(pack(r)) for r in change(*pair)] for pair in pairs]
    return [round(sum(s[n] for s in sizes if len(s) > n) / len(sizes), 1) for n in range(len(sizes[0]))]


def like(record, template):
    """Identifiers that share all but their last twelve digits, as those of one archive could."""
    return re.sub(rb"urn:uuid:[0-9a-f-]{24}", b"urn:uuid:" + template, record)


def without(record, *names):
    return re.sub(rb"(?m)^(?:%s):.*\r\n" % b"|".join(names), b"", record, count=len(names))


PREFIX = b"79b7b862-ea1f-867d-9bc0-"
SHED = (b"WARC-Block-Digest", b"WARC-IP-Address", b"WARC-Refers-To")
rows = {
    "deflate 6, as written": mean(lambda r: packed(r, 6)),
    "deflate 9": mean(packed),
    "zopfli": mean(zopfli.gzip.compress),
    "identifiers with a common beginning, zopfli": mean(
        zopfli.gzip.compress, lambda a, b: (like(a, PREFIX), like(b, PREFIX))
    ),
    "the same, without block digests, addresses and Refers-To (fails check-warc)": mean(
        zopfli.gzip.compress, lambda a, b: (without(like(a, PREFIX), *SHED), without(like(b, PREFIX), *SHED))
    ),
    "no request record (fails check-warc)": mean(lambda r: packed(r, 6), lambda a, b: (a,)),
}
samples = [r for pair in pairs[:500] for r in pair]
zstd = zstandard.ZstdCompressor(level=19, dict_data=zstandard.train_dictionary(16384, samples))
rows["zstd 19 with a dictionary trained on these (not gzip: pywb and warcio cannot read it)"] = mean(zstd.compress)
print(json.dumps({"pairs": len(pairs), "octets of revisit and request": {k: v + [round(sum(v), 1)] for k, v in rows.items()}}, indent=1))
