"""What the origin's log says of our manners: whether a host was asked faster than its pace, and how long all took."""

from collections import defaultdict

# The log tells milliseconds, and a request travels: a start may look this much early.
TOLERANCE = 0.025


def read(log):
    """Starts of requests of each host, in seconds: nginx writes when it ended and how long it took."""
    starts = defaultdict(list)
    for line in log.read_text().splitlines():
        ended, took, host, status, method, uri = line.split(" ", 5)
        starts[host].append((float(ended) - float(took), int(status), uri))
    return {host: sorted(asked) for host, asked in starts.items()}


def judge(log, hosts, pages, per_second, burst):
    """A bucket of `burst` tokens, filled with `per_second`: n requests in a row take at least (n - burst) / per_second."""
    starts = read(log)
    asked = max((len(s) for s in starts.values()), default=0)
    ideal = max(0.0, (asked - burst) / per_second)
    first = min((s[0][0] for s in starts.values()), default=0.0)
    last = max((s[-1][0] for s in starts.values()), default=0.0)
    worst, too_fast = 0.0, []
    for host, requests in sorted(starts.items()):
        times = [at for at, _, _ in requests]
        for i in range(len(times)):
            for j in range(i, len(times)):
                early = max(0.0, (j - i + 1 - burst) / per_second) - (times[j] - times[i])
                worst = max(worst, early)
                if early > TOLERANCE:
                    too_fast.append(f"{host}: requests {i + 1} to {j + 1} within {times[j] - times[i]:.3f} s")
    got = {host: sum(1 for _, status, uri in s if status == 200 and uri != "/robots.txt") for host, s in starts.items()}
    complete = len(got) == hosts and all(n == pages for n in got.values())
    took = last - first
    return {
        "hosts": len(starts),
        "requests_a_host": asked,
        "per_second": per_second,
        "burst": burst,
        "ideal_s": ideal,
        "took_s": round(took, 3),
        "over_ideal_percent": round(100 * (took / ideal - 1), 1) if ideal else None,
        "earliest_s": round(worst, 3),
        "too_fast": too_fast[:10],
        "complete": complete,
        "ok": complete and not too_fast and took <= 1.15 * ideal,
    }
