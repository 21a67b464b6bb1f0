#!/bin/sh
# Runs schemathesis on the OpenAPI document of the issuer at BASE_URL, with the bearer token TOKEN. The exit code is 1 if a response was
# not as documented or was a server error. EXAMPLES is the number of requests to each operation in a phase (50). Arguments go to
# `schemathesis run`, such as `--include-path /api/applications` or `--exclude-checks NAME`.
# SCHEMATHESIS is the program, if it is not on the path.
set -eu
: "${BASE_URL:?is not set}" "${TOKEN:?is not set}"
configuration="$(cd "$(dirname "$0")" && pwd)/schemathesis.toml"
# schemathesis leaves folders in the current folder.
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
cd "$dir"
"${SCHEMATHESIS:-schemathesis}" --no-color --config-file "$configuration" run "$BASE_URL/api/openapi.json" \
    --max-examples "${EXAMPLES:-50}" --output-sanitize true "$@"
