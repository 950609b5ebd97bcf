#!/bin/sh
# Installs the independent readers of WARC (nothing of ours) into $LAB/venv, from the Python package index.
set -eu
LAB="${LAB:-$(dirname "$0")/../../target/tools}"
mkdir -p "$LAB"
[ -x "$LAB/venv/bin/python" ] || python3 -m venv "$LAB/venv"
"$LAB/venv/bin/pip" install --quiet --disable-pip-version-check "warcio==1.8.1" "fastwarc>=2.0.0" "pywb==2.10.0"
