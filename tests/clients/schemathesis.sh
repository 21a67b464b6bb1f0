#!/bin/sh
# Runs schemathesis on the OpenAPI document of the issuer at BASE_URL, with the bearer token TOKEN; exit code 1 when an answer was
# not as documented, or a server error. EXAMPLES (50) says how many requests each operation gets in a phase. Arguments go to
# `schemathesis run`, such as `--include-path /api/applications` or `--exclude-checks NAME`.
# SCHEMATHESIS is the program, unless it is on the path.
set -eu
: "${BASE_URL:?is not set}" "${TOKEN:?is not set}"
configuration="$(cd "$(dirname "$0")" && pwd)/schemathesis.toml"
# It would leave folders wherever it is started.
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
cd "$dir"
"${SCHEMATHESIS:-schemathesis}" --no-color --config-file "$configuration" run "$BASE_URL/api/openapi.json" \
    --max-examples "${EXAMPLES:-50}" --output-sanitize true "$@"
