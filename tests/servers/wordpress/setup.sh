#!/bin/bash
# Lays a WordPress with its database out in $LAB/wordpress, from Debian's packages (see packages.txt). Loopback only.
set -euo pipefail
. "$(dirname "$0")/env.sh"
mkdir -p "$W"
# Links of documentation that is not installed dangle.
[ -d "$W/www" ] || cp -rL /usr/share/wordpress "$W/www" 2>/dev/null || true
rm -f "$W/www/wp-config.php" "$W/www/.htaccess"
mkdir -p "$W/www/wp-content/themes" "$W/www/wp-content/uploads"
rm -rf "$W/www/wp-content/themes/kf-seed"
cp -r "$HERE/theme" "$W/www/wp-content/themes/kf-seed"
cp "$HERE/router.php" "$W/router.php"
cat > "$W/www/wp-config.php" <<P
<?php
define('DB_NAME','wp'); define('DB_USER','root'); define('DB_PASSWORD',''); define('DB_HOST','localhost:$SOCK');
define('DB_CHARSET','utf8mb4'); define('DB_COLLATE','');
foreach (['AUTH_KEY','SECURE_AUTH_KEY','LOGGED_IN_KEY','NONCE_KEY','AUTH_SALT','SECURE_AUTH_SALT','LOGGED_IN_SALT','NONCE_SALT'] as \$k) define(\$k,'lab-'.\$k);
\$table_prefix='wp_';
define('WP_HOME','$WP_URL'); define('WP_SITEURL','$WP_URL');
define('WP_HTTP_BLOCK_EXTERNAL', true); define('DISABLE_WP_CRON', true); define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', false);
if (!defined('ABSPATH')) define('ABSPATH', __DIR__.'/');
require_once ABSPATH.'wp-settings.php';
P
[ -d "$W/db/mysql" ] || mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$W/db" --auth-root-authentication-method=normal >"$W/install-db.log" 2>&1
echo "set up in $W"
