//! Measures what the plugin costs in instructions per request, in the real Envoy, beside Envoy's own `jwt_authn`.
//!
//! Time is noise on shared machines; instructions, counted by valgrind's callgrind, repeat to 0.2 %. Every row is the same Envoy with
//! one worker and a route that answers by itself; the row without a filter is taken off the others.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use postern_e2e::artifacts::{self, ENVOY_VERSION, project_file};
use postern_e2e::client::Request;
use postern_e2e::demo::now;
use postern_e2e::envoy::Envoy;
use postern_e2e::plain;
use postern_vectors::{Forge, TokenSpec};
use serde_json::{Value, json};

/// Requests before counting begins: V8 compiles what is hot in the meantime.
const WARM_UP: u32 = 6_000;

/// Requests that are counted.
const COUNTED: u32 = 2_000;

const PATH: &str = "/pizza/1.0.0/orders/1";

/// What is measured: a name, the filters before the router, the token, and the status that each answer must have.
struct Row {
    name: &'static str,
    filters: Vec<Value>,
    token: String,
    status: u16,
}

fn main() -> Result<()> {
    for tool in ["valgrind", "callgrind_control", "h2load"] {
        let found = Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
        ensure!(found, "`{tool}` is missing: install valgrind and nghttp2-client (on Debian by apt-get)");
    }
    let envoy = binary()?;
    let mut rows: Vec<(&str, u64)> = Vec::new();
    for row in rows_to_measure()? {
        let instructions = measure(&envoy, &row).with_context(|| format!("measuring `{}`", row.name))?;
        println!("{:<32} {instructions:>9} instructions per request", row.name);
        rows.push((row.name, instructions));
    }
    report(&rows)
}

fn rows_to_measure() -> Result<Vec<Row>> {
    let forge = Forge::new(now());
    let good = forge.token(&TokenSpec::default());
    let bad = forge.token(&TokenSpec { signature: Some("flip".into()), ..TokenSpec::default() });
    let postern = plain::plugin_filter(&plain::configuration(None)?)?;
    Ok(vec![
        Row { name: "no filter", filters: vec![], token: good.clone(), status: 200 },
        Row { name: "postern HS256", filters: vec![postern.clone()], token: good.clone(), status: 200 },
        Row { name: "postern denying a bad signature", filters: vec![postern], token: bad, status: 401 },
        Row { name: "jwt_authn HS256", filters: vec![jwt_authn()?], token: good, status: 200 },
    ])
}

/// Envoy's own filter, made to do the same: check the token, remove it, and tell the upstream who is calling.
fn jwt_authn() -> Result<Value> {
    let bundle: Value = serde_json::from_str(postern_vectors::bundle())?;
    let claims = [("app", "application"), ("client_id", "client"), ("key_type", "key-type"), ("scope", "scope")];
    let headers: Vec<Value> =
        claims.iter().map(|(claim, header)| json!({"header_name": format!("x-postern-{header}"), "claim_name": claim})).collect();
    Ok(json!({
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
            "providers": {
                "issuer": {
                    "issuer": bundle.get("issuer"),
                    "audiences": [bundle.get("audience")],
                    "local_jwks": {"inline_string": bundle.get("keys").map(Value::to_string)},
                    "claim_to_headers": headers,
                },
            },
            "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "issuer"}}],
        },
    }))
}

fn measure(envoy: &Path, row: &Row) -> Result<u64> {
    let dir = tempfile::tempdir()?;
    let answer = json!({"match": {"prefix": "/"}, "direct_response": {"status": 200}});
    let config = plain::bootstrap_with(row.filters.clone(), &answer, 1, dir.path());
    let wrapper = dir.path().join("envoy");
    let counts = dir.path().join("callgrind.out");
    let script = format!(
        "#!/bin/sh\nexec valgrind --tool=callgrind --instr-atstart=no --callgrind-out-file={} {} \"$@\"\n",
        counts.display(),
        envoy.display()
    );
    fs::write(&wrapper, script)?;
    ensure!(Command::new("chmod").arg("+x").arg(&wrapper).status()?.success(), "cannot make the wrapper executable");
    let running = Envoy::start(&wrapper, &config, dir.path(), 1)?;
    let first = Request::new("GET", PATH, "api.example").bearer(&row.token).send(running.address())?;
    ensure!(first.status == row.status, "answers {}, not {}", first.status, row.status);
    let control = |argument: &str| -> Result<()> {
        let status = Command::new("callgrind_control")
            .args([argument, &running.id().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        ensure!(status.success(), "callgrind_control failed");
        Ok(())
    };
    load(&running, row, WARM_UP)?;
    control("--instr=on")?;
    load(&running, row, COUNTED)?;
    control("--dump")?;
    let dump = counts.with_extension("out.1");
    let text = fs::read_to_string(&dump).with_context(|| format!("no counts in `{}`", dump.display()))?;
    let totals = text.lines().find_map(|line| line.strip_prefix("totals: ")).context("the counts have no totals")?;
    Ok(totals.trim().parse::<u64>()? / u64::from(COUNTED))
}

fn load(envoy: &Envoy, row: &Row, requests: u32) -> Result<()> {
    let output = Command::new("h2load")
        .args(["--h1", "-n", &requests.to_string(), "-c", "4", "-t", "1"])
        .args(["-H", "host: api.example", "-H", &format!("authorization: Bearer {}", row.token)])
        .arg(format!("http://{}{PATH}", envoy.address()))
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(said.contains(&format!("{requests} done")), "h2load did not finish: {said}");
    Ok(())
}

/// Envoy itself: the package's `envoy` is a script that starts it.
fn binary() -> Result<PathBuf> {
    let lib = project_file(&format!("target/tools/envoy-{ENVOY_VERSION}/lib")).canonicalize().context("run `just bench`")?;
    let mut folders = vec![lib];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name == "envoy")
                && path.components().any(|part| part.as_os_str() == "_bin")
            {
                return Ok(path);
            }
        }
    }
    bail!("the package holds no Envoy")
}

fn report(rows: &[(&str, u64)]) -> Result<()> {
    let cost = |name: &str| -> Result<f64> {
        let of = |name: &str| rows.iter().find(|(own, _)| *own == name).map(|(_, count)| *count).context("a row is missing");
        #[allow(clippy::cast_precision_loss, reason = "the counts are far below 2^52")]
        Ok((of(name)? as f64) - (of("no filter")? as f64))
    };
    let (ours, denying, theirs) = (cost("postern HS256")?, cost("postern denying a bad signature")?, cost("jwt_authn HS256")?);
    page(rows, ours, denying, theirs)?;
    let goals = [("HS256 cold / jwt_authn", ours / theirs, 0.35), ("denying / accepting", denying / ours, 1.0)];
    println!();
    for (name, value, limit) in goals {
        println!("{name:<32} {value:>9.2} (goal: at most {limit})");
    }
    let rows: Vec<Value> = rows.iter().map(|(name, count)| json!({"name": name, "instructions": count})).collect();
    let goals: Vec<Value> = goals
        .iter()
        .map(|(name, value, limit)| json!({"name": name, "value": value, "limit": limit, "met": value <= limit}))
        .collect();
    let dir = project_file("target/bench");
    fs::create_dir_all(&dir)?;
    fs::write(dir.join("gate.json"), serde_json::to_string_pretty(&json!({"rows": rows, "goals": goals}))?)?;
    Ok(())
}

/// Writes BENCHMARKS.md.
fn page(rows: &[(&str, u64)], ours: f64, denying: f64, theirs: f64) -> Result<()> {
    let date = String::from_utf8(Command::new("date").args(["-u", "+%F"]).output()?.stdout)?;
    let size = fs::metadata(artifacts::plugin()?)?.len();
    let (_, base) = rows.first().context("a row is missing")?;
    let mut page = format!(
        "# Benchmarks\n\nMeasured on {} with Envoy {ENVOY_VERSION} by `npx -y rust-just bench`: instructions per request, counted by callgrind over {COUNTED}\n\
        requests after {WARM_UP} to warm up; one worker, HTTP/1.1, a route that answers by itself. The plugin is {size} bytes. No result is cached:\n\
        every request is checked from the start. `jwt_authn` is Envoy's own filter, in C++, made to check the same token, remove it and set\n\
        headers from its claims; it knows no APIs, subscriptions, scopes or domains.\n\n\
        | | instructions | over no filter |\n|---|---:|---:|\n",
        date.trim()
    );
    for (name, count) in rows {
        writeln!(page, "| {name} | {count} | {} |", count - base)?;
    }
    let (of_theirs, of_ours) = (ours / theirs, denying / ours);
    writeln!(page, "\nPostern costs {of_theirs:.2} of `jwt_authn`; denying costs {of_ours:.2} of accepting.")?;
    fs::write(project_file("BENCHMARKS.md"), page)?;
    Ok(())
}
