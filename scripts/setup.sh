#!/bin/sh
# Makes .venv and installs Toolwright into it, once: `setup.sh run` for using it, `setup.sh dev` for working on it.
# Versions are pinned in requirements/. Prints how long it took.
set -eu
kind="$1"
mark=".venv/.toolwright-$kind"
stamp=$(cat pyproject.toml "requirements/constraints.txt" | cksum)
[ -f "$mark" ] && [ "$(cat "$mark")" = "$stamp" ] && exit 0

began=$(date +%s)
python=""
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
  if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python="$candidate"; break; fi
done
if [ -z "$python" ]; then
  echo "error: Python 3.11 or newer is needed; install it, or name it: make PYTHON=/path/to/python3.11" >&2
  exit 1
fi
if [ ! -x .venv/bin/pip ]; then
  echo "Setting up .venv with $("$python" --version) …"
  if ! "$python" -m venv .venv; then
    echo "error: $python cannot make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv" >&2
    exit 1
  fi
fi
if [ "$kind" = dev ]; then what=".[dev]"; else what="."; fi
.venv/bin/pip install --quiet --disable-pip-version-check -c requirements/constraints.txt -e "$what"
echo "$stamp" > "$mark"
echo "Set-up took $(($(date +%s) - began)) s."
