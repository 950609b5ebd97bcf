#!/bin/bash
# Starts MariaDB (unix socket only) and PHP's built-in web server on 127.0.0.1:$WP_PORT. Prints the base URL.
set -euo pipefail
. "$(dirname "$0")/env.sh"
if ! [ -f "$W/db.pid" ] || ! kill -0 "$(cat "$W/db.pid")" 2>/dev/null; then
  mariadbd --no-defaults --user="$(id -un)" --datadir="$W/db" --socket="$SOCK" --skip-networking --pid-file="$W/db.pid" \
    --innodb-buffer-pool-size=64M --innodb-flush-log-at-trx-commit=0 >"$W/db.log" 2>&1 &
  for _ in $(seq 100); do mariadb --no-defaults -uroot --socket="$SOCK" -e 'select 1' >/dev/null 2>&1 && break; sleep 0.2; done
fi
mariadb --no-defaults -uroot --socket="$SOCK" -e 'create database if not exists wp character set utf8mb4'
if ! [ -f "$W/php.pid" ] || ! kill -0 "$(cat "$W/php.pid")" 2>/dev/null; then
  PHP_CLI_SERVER_WORKERS=${PHP_WORKERS:-4} setsid php -d upload_max_filesize=64M -S "127.0.0.1:$WP_PORT" -t "$W/www" "$W/router.php" >"$W/php.log" 2>&1 &
  echo $! >"$W/php.pid"; sleep 1
fi
echo "$WP_URL"
