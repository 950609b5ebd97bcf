"""Runs a program and says what it cost: wall, CPU of it and of nginx, peak memory, octets on disk."""

import os
import platform
import subprocess
import threading
import time
from pathlib import Path


class Sampler(threading.Thread):
    """Reads the resident memory of a process (and its children) while it runs, ten times a second."""

    def __init__(self, pids):
        super().__init__(daemon=True)
        self.pids, self.peaks, self.series, self.over = pids, {}, [], threading.Event()

    def look(self):
        total = 0
        for pid in self.pids:
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
            if "VmHWM" in fields:
                self.peaks[pid] = int(fields["VmHWM"].split()[0])
                total += int(fields["VmRSS"].split()[0])
        if total:
            self.series.append(total)

    def run(self):
        while not self.over.wait(0.1):
            self.look()


def size_of(path):
    """Octets of all files below `path`."""
    if path.is_file():
        return path.stat().st_size
    return sum(f.stat().st_size for f in path.rglob("*") if f.is_file()) if path.exists() else 0


def thin(series, points=40):
    return series if len(series) <= points else [series[i * (len(series) - 1) // (points - 1)] for i in range(points)]


def run(commands, origin=None, cwd=None, env=None, log=None, ok=(0,)):
    """Runs the commands at the same time until all are over. The peak is the sum of the peaks of all."""
    out = log.open("wb") if log else subprocess.DEVNULL
    os.sync()  # what was written before must not be paid for by this run
    nginx = origin.cpu() if origin else 0.0
    began = time.monotonic()
    running = [subprocess.Popen(c, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT) for c in commands]
    sampler = Sampler([p.pid for p in running])
    sampler.start()
    user = system = 0.0
    for process in running:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        user, system = user + usage.ru_utime, system + usage.ru_stime
    wall = time.monotonic() - began
    sampler.over.set()
    sampler.join()
    if log:
        out.close()
    codes = [p.returncode for p in running]
    if any(code not in ok for code in codes):
        tail = log.read_text(errors="replace")[-2000:] if log else ""
        raise SystemExit(f"{commands[0][:6]} ended with {codes}\n{tail}")
    return {
        "wall_s": round(wall, 3),
        "user_s": round(user, 3),
        "system_s": round(system, 3),
        "nginx_cpu_s": round(origin.cpu() - nginx, 3) if origin else None,
        "peak_rss_mib": round(sum(sampler.peaks.values()) / 1024, 1),
        "rss_series_mib": [round(kib / 1024, 1) for kib in thin(sampler.series)],
        "exit": codes,
    }


def tell(command, **options):
    """The first line that a command prints, or nothing."""
    try:
        out = subprocess.run(command, capture_output=True, text=True, check=True, **options).stdout
        return out.splitlines()[0] if out else ""
    except (OSError, subprocess.CalledProcessError):
        return ""


def machine():
    """What a result was measured on."""
    model = ""
    for text in Path("/proc/cpuinfo").read_text().splitlines():
        if text.startswith("model name"):
            model = text.split(":", 1)[1].strip()
            break
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // (1 << 20)
    load = os.getloadavg()
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_gib": memory,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_before": round(load[0], 2),
    }
