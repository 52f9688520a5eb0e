#!/bin/sh
# Makes the page's vendored scripts anew, from the packages' published builds: `scripts/vendor_assets.sh` (needs npm).
# Those published as modules only become classic scripts, as a page that is one file cannot import.
set -eu
vega=6.4.0 vega_lite=6.4.3 interpreter=2.3.2 preact=11.2.0 htm=3.1.1 esbuild=0.25.12
out=$(cd "$(dirname "$0")/.." && pwd)/src/toolwright/report/page/assets/vendor
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private": true}' > package.json
npm install --silent --no-audit --no-fund --save-exact "vega@$vega" "vega-lite@$vega_lite" \
  "vega-interpreter@$interpreter" "preact@$preact" "htm@$htm" "esbuild@$esbuild"
mkdir -p "$out"

plain() { # a published classic script, without the name of a source map that is not there
  sed '/^\/\/# sourceMappingURL=/d' "node_modules/$1" > "$out/$2"
}
classic() { # a module as a classic script with a global; its imports come from another's global
  npx esbuild "node_modules/$1" --bundle --minify --format=iife --global-name="$2" --log-level=error \
    --target=es2022 ${4:+"$4"} --outfile="$out/$3"
}
echo 'export const {options} = globalThis.preact;' > preact-global.mjs
echo 'export const {ascending, isString, DisallowedObjectProperties} = globalThis.vega;' > vega-global.mjs
plain vega/build/vega.min.js vega.min.js
plain vega-lite/build/vega-lite.min.js vega-lite.min.js
plain htm/dist/htm.umd.js htm.min.js
classic vega-interpreter/build/vega-interpreter.js vegaInterpreter vega-interpreter.min.js --alias:vega-util=./vega-global.mjs
classic preact/dist/preact.mjs preact preact.min.js
classic preact/hooks/dist/hooks.mjs preactHooks hooks.min.js --alias:preact=./preact-global.mjs

{
  echo "Licences of the scripts in this folder, and of what is bundled in them."
  for package in vega vega-lite vega-interpreter preact htm \
    $(cd node_modules && ls -d d3-* delaunator internmap json-stringify-pretty-compact robust-predicates topojson-client tslib); do
    printf '\n==== %s ====\n\n' "$package $(node -p "require('./node_modules/$package/package.json').version")"
    cat node_modules/"$package"/LICENSE* | tr -d '\r'
  done
} > "$out/LICENSES.txt"

{
  printf '# Vendored scripts\n\nMade by `scripts/vendor_assets.sh`; licences in LICENSES.txt.\n\n'
  printf '| file | package | global | sha256 |\n| --- | --- | --- | --- |\n'
  while read -r file package global; do
    printf '| %s | %s | `%s` | `%s` |\n' "$file" "$package" "$global" "$(sha256sum "$out/$file" | cut -d' ' -f1)"
  done <<LIST
vega.min.js vega@$vega vega
vega-lite.min.js vega-lite@$vega_lite vegaLite
vega-interpreter.min.js vega-interpreter@$interpreter vegaInterpreter
preact.min.js preact@$preact preact
hooks.min.js preact@$preact preactHooks
htm.min.js htm@$htm htm
LIST
} > "$out/README.md"
