# Settings of the WordPress that is tested against; the environment may override them. All it makes lies in $LAB.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB=${LAB:-$HERE/../../../target/servers}
WP_PORT=${WP_PORT:-8181}
WP_URL=${WP_URL:-http://127.0.0.1:$WP_PORT}
W=$LAB/wordpress
SOCK=$W/db.sock
export LAB WP_PORT WP_URL W SOCK HERE
