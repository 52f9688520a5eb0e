#!/bin/sh
# Runs a command as an ordinary user, in a copy of this checkout in that user's home: `as_ordinary_user.sh make escape`.
# For root, who else would never see how it is for the others; makes the user where there is none.
set -eu
user=toolwright-tests
id "$user" >/dev/null 2>&1 || useradd --create-home --shell /bin/sh "$user"
home=$(getent passwd "$user" | cut -d: -f6)
copy="$home/checkout"
mkdir -p "$copy"
find "$copy" -mindepth 1 -maxdepth 1 ! -name .venv -exec rm -rf {} +
git ls-files -z --cached --others --exclude-standard | tar --null --ignore-failed-read -T - -cf - | tar -xf - -C "$copy"
storage="$home/.config/containers/storage.conf"
mkdir -p "$(dirname "$storage")"
printf '[storage]\ndriver = "overlay"\n' > "$storage"  # podman's own choice, vfs, copies an image for each container
chown -R "$user:" "$copy" "$home/.config"
cd "$copy"
exec runuser -u "$user" -- env HOME="$home" USER="$user" LOGNAME="$user" "$@"
