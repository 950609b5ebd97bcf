"""Shared helpers of the conformance drivers. Independent of keepfast: parses WARC/WACZ bytes by itself."""
import base64, hashlib, os, subprocess, sys, zlib

LAB = os.environ.get("LAB") or os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../target/tools")
BIN = os.path.join(LAB, "venv/bin")
problems, notes = [], []


def reexec():
    """Run under the lab's Python."""
    py = os.path.join(BIN, "python")
    if os.path.exists(py) and os.path.realpath(sys.prefix) != os.path.realpath(os.path.join(LAB, "venv")):
        os.execv(py, [py, *sys.argv])


def bad(msg):
    problems.append(msg)
    if len(problems) <= 40:
        print("  FAIL", msg)


def note(msg):
    notes.append(msg)
    print("  note", msg)


def verdict(what):
    if problems:
        print(f"FAIL {what}: {len(problems)} problem(s); first: {problems[0]}")
        sys.exit(1)
    print(f"PASS {what}" + (f" ({len(notes)} note(s))" if notes else ""))
    sys.exit(0)


def run(cmd, **kw):
    p = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", **kw)
    return p.returncode, p.stdout


def digest_ok(label, data):
    """Compare a labelled digest (sha1:BASE32 / sha256:hex / ...) with data, accepting base16 and base32."""
    algo, _, val = label.partition(":")
    algo = algo.lower().replace("sha-", "sha")
    try:
        h = hashlib.new(algo, data)
    except ValueError:
        return None
    b32 = base64.b32encode(h.digest()).decode().rstrip("=")
    return val.lower() == h.hexdigest() or val.upper().rstrip("=") == b32


def gzip_members(raw):
    """Yield (offset, length, data) for each gzip member; raises on damage (CRC32/ISIZE are checked by zlib)."""
    pos = 0
    while pos < len(raw):
        d = zlib.decompressobj(31)
        out = d.decompress(raw[pos:]) + d.flush()
        if not d.eof:
            raise ValueError(f"truncated gzip member at {pos}")
        used = len(raw) - pos - len(d.unused_data)
        yield pos, used, out
        pos += used


def parse_record(buf, pos=0):
    """One WARC record at pos -> (version, [(name,value)], block, end, trailer)."""
    i = buf.find(b"\r\n\r\n", pos)
    if i < 0:
        raise ValueError(f"no header end at {pos}")
    lines = buf[pos:i].decode("utf-8").split("\r\n")
    hdrs = []
    for ln in lines[1:]:
        if ln[:1] in (" ", "\t"):
            raise ValueError("folded header line (spec issue 74: do not write)")
        n, sep, v = ln.partition(":")
        if not sep:
            raise ValueError(f"bad header line {ln!r}")
        hdrs.append((n, v.strip()))
    n = int(dict((k.lower(), v) for k, v in hdrs)["content-length"])
    s = i + 4
    block, trailer = buf[s:s + n], buf[s + n:s + n + 4]
    if len(block) != n:
        raise ValueError(f"block shorter than Content-Length at {pos}")
    return lines[0], hdrs, block, s + n + 4, trailer


def records(path_or_bytes, name=""):
    """Yield (offset, length, version, headers, block, trailer, one_per_member)."""
    raw = path_or_bytes if isinstance(path_or_bytes, bytes) else open(path_or_bytes, "rb").read()
    if raw[:2] == b"\x1f\x8b":
        for off, ln, data in gzip_members(raw):
            v, h, b, end, t = parse_record(data)
            yield off, ln, v, h, b, t, end == len(data)
    else:
        pos = 0
        while pos < len(raw):
            v, h, b, end, t = parse_record(raw, pos)
            yield pos, end - pos, v, h, b, t, True
            pos = end


def dechunk(body):
    out, pos = b"", 0
    while True:
        e = body.index(b"\r\n", pos)
        n = int(body[pos:e].split(b";")[0], 16)
        if n == 0:
            return out
        if body[e + 2 + n:e + 4 + n] != b"\r\n":
            raise ValueError("bad chunk")
        out += body[e + 2:e + 2 + n]
        pos = e + 4 + n


def split_http(block):
    i = block.find(b"\r\n\r\n")
    if i < 0:
        raise ValueError("no HTTP header end")
    head = block[:i].decode("latin-1").split("\r\n")
    return head[0], [(a.strip().lower(), b.strip()) for a, _, b in (h.partition(":") for h in head[1:])], block[i + 4:]
