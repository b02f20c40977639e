/** Where the files of the .deb lie; `vigil service install` copies them from here to where the service runs. */
export const packagePlace = 'opt/vigil/package';

const launcher = `/${packagePlace}/vigil`;

/** What the .deb does when it is installed and removed. Where no systemd runs it only lays its files down. */
export const debScripts: Readonly<Record<string, string>> = {
  postinst: `#!/bin/sh
set -e
[ "$1" = configure ] || exit 0
if [ -d /run/systemd/system ]; then
  ${launcher} service install
else
  echo "vigil: no systemd runs here, so there is no service; start ${launcher} run from another supervisor"
fi
`,
  prerm: `#!/bin/sh
set -e
[ "$1" = remove ] || exit 0
[ ! -d /run/systemd/system ] || ${launcher} service uninstall
`,
  // Purging is asking for it: everybody who is known, and every record.
  postrm: `#!/bin/sh
set -e
[ "$1" = purge ] || exit 0
rm -rf /var/lib/vigil /etc/vigil
userdel vigil 2>/dev/null || true
`,
};
