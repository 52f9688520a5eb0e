#!/bin/sh
# Makes .bench/autogen, an environment with AutoGen 0.2 and nothing of ours, once: the bench's peer. What cannot be
# installed is not measured: the bench says so and goes on.
set -eu
place=.bench/autogen
mark="$place/.made"
[ -f "$mark" ] && exit 0
mkdir -p .bench
echo '*' > .bench/.gitignore
sympy=$(grep '^sympy==' requirements/constraints.txt)
if .venv/bin/python -m venv --clear "$place" &&
  "$place/bin/pip" install --quiet --disable-pip-version-check 'autogen-agentchat~=0.2.40' "$sympy"; then
  touch "$mark"
else
  rm -rf "$place"
  echo "warning: AutoGen could not be installed; the bench runs without it" >&2
fi
