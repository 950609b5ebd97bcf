"""nginx from a configuration of ours, in a folder of ours, on ports of ours; stopped by its own process number."""

import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

from pages import HOSTS

TICKS = os.sysconf("SC_CLK_TCK")
ECHO = Path("/usr/lib/nginx/modules/ngx_http_echo_module.so")

CONFIG = """
{modules}
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
worker_processes 1;
worker_rlimit_nofile 8192;
daemon off;
{user}
events {{ worker_connections 4096; }}
http {{
    log_format plain '$msec $request_time $server_addr $status $request_method $request_uri';
    access_log off;
    client_body_temp_path {folder}/tmp; proxy_temp_path {folder}/tmp; fastcgi_temp_path {folder}/tmp;
    uwsgi_temp_path {folder}/tmp; scgi_temp_path {folder}/tmp;
    types {{ text/html html; text/plain txt; image/jpeg jpg; video/mp4 mp4; }}
    charset utf-8;
    sendfile on;
    tcp_nopush on;
    etag on;
    gzip on;
    gzip_static on;
    gzip_vary on;
    keepalive_requests 100000;
    keepalive_timeout 60s;
    root {root};
    server {{
        {plain}
        location = /status {{ return 204; }}
    }}
    server {{
        # For the measurement of politeness: what was asked when.
        {logged}
        access_log {folder}/access.log plain;
        location = /status {{ access_log off; return 204; }}
    }}
    {delayed}
}}
"""

# A round trip of 100 ms before each answer, and one more before the first answer of a connection, for its handshake.
DELAYED = """
    server {{
        {listen}
        location = /status {{ return 204; }}
        location ~ ^/at(?<real>/.*)$ {{ internal; alias {root}$real; }}
        location ~ ^/slow(?<real>/.*)$ {{ internal; echo_sleep {twice}; echo_exec /at$real; }}
        location / {{
            if ($connection_requests = 1) {{ rewrite ^(.*)$ /slow$1 last; }}
            echo_sleep {once}; echo_exec /at$uri;
        }}
    }}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.1.1", 0))
        return probe.getsockname()[1]


class Origin:
    """A running nginx. `plain`, `logged` and `delayed` are its ports on each of the hosts."""

    def __init__(self, root, folder, delay=0.1):
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "tmp").mkdir(parents=True)
        self.access = folder / "access.log"
        self.plain, self.logged = free_port(), free_port()
        self.delayed = free_port() if ECHO.exists() else None
        listen = lambda port: " ".join(f"listen 127.0.1.{n}:{port};" for n in range(1, HOSTS + 1))
        delayed = ""
        if self.delayed:
            delayed = DELAYED.format(listen=listen(self.delayed), root=root, once=delay, twice=2 * delay)
        config = CONFIG.format(
            modules=f"load_module {ECHO};" if self.delayed else "",
            # Started by root, the workers keep root's rights, since the folders are the caller's own.
            user="user root;" if os.getuid() == 0 else "",
            folder=folder,
            root=root,
            plain=listen(self.plain),
            logged=listen(self.logged),
            delayed=delayed,
        )
        place = folder / "nginx.conf"
        place.write_text(config)
        self.process = subprocess.Popen(["nginx", "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(place)])
        for _ in range(100):
            try:
                socket.create_connection(("127.0.1.1", self.plain), 1).close()
                break
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit(f"nginx did not start: {(folder / 'error.log').read_text()}")
                time.sleep(0.05)

    def base(self, number, port):
        return f"http://127.0.1.{number % HOSTS + 1}:{port}"

    def cpu(self):
        """Seconds of CPU that nginx has used so far, all its processes."""
        total = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                pid, rest = int(stat.parent.name), stat.read_text().rpartition(")")[2].split()
            except (OSError, ValueError):
                continue
            if pid == self.process.pid or int(rest[1]) == self.process.pid:
                total += int(rest[11]) + int(rest[12])
        return total / TICKS

    def stop(self):
        self.process.terminate()
        self.process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def version():
    out = subprocess.run(["nginx", "-v"], capture_output=True, text=True).stderr
    return re.sub(r".*: ", "", out.strip())
