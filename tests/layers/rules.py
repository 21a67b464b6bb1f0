"""The crates of the workspace that each crate may depend on, without tests and dev-dependencies. check.py enforces the rules."""

# Subjects that a crate may know only if its entry lists them, and the dependencies that belong to each.
WORDS = {
    "HTTP": ["axum", "hyper", "hyper-util", "tower", "tower-http", "utoipa", "utoipa-axum"],
    "SQL": ["rusqlite", "rusqlite_migration", "postgres", "tokio-postgres-rustls"],
    "command line": ["clap", "clap_complete", "clap_mangen", "rpassword", "terminal_size"],
    "host of a gate": ["fastly", "proxy-wasm", "wasip2", "wasm-bindgen"],
    "dates": ["jiff"],
    "random source": ["getrandom"],
}


def crate(*may, knows=()):
    return {"may": [f"postern-{name}" for name in may], "knows": list(knows)}


CRATES = {
    "postern-token": crate(),
    # The gate and its hosts.
    "postern-gate": crate("token"),
    "postern-envoy-wasm": crate("gate", "token", knows=["host of a gate"]),
    "postern-fastly": crate("gate", "token", knows=["host of a gate"]),
    "postern-js": crate("gate", "token", knows=["host of a gate"]),
    "postern-js-explain": crate("gate", "token", knows=["host of a gate"]),
    "postern-wasi-http": crate("gate", "token", knows=["host of a gate"]),
    # The issuer, from the bottom up.
    "postern-secrets": crate("token", knows=["random source"]),
    "postern-time": crate("token", knows=["dates"]),
    "postern-signing": crate("secrets", "token"),
    "postern-model": crate("secrets", "token"),
    "postern-openapi-import": crate("token"),
    "postern-storage": crate("model", "secrets", "token", knows=["SQL"]),
    "postern-directories": crate("model", "secrets", "token"),
    "postern-operations": crate("directories", "model", "secrets", "signing", "storage", "token"),
    "postern-service": crate("model", "operations", "secrets", "storage", "token"),
    "postern-http-types": crate("model", "operations", "secrets", "service", knows=["HTTP"]),
    "postern-management-api": crate(
        "http-types", "model", "openapi-import", "operations", "secrets", "service", "storage", "time", "token", knows=["HTTP"]
    ),
    "postern-http": crate(
        "http-types", "management-api", "model", "openapi-import", "operations", "secrets", "service", "time", "token", knows=["HTTP"]
    ),
    "postern-configuration": crate("directories", "model", "secrets", "storage", "time", "token"),
    "postern-issuer": crate(
        "configuration", "directories", "gate", "http", "management-api", "model", "openapi-import", "operations", "secrets",
        "service", "storage", "time", "token", knows=["HTTP", "command line"],
    ),
}
