//! Counts the instructions of the real Envoy with valgrind's callgrind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use postern_test_harness::artifacts::{ENVOY_VERSION, project_file};
use postern_test_harness::envoy::Envoy;
use postern_test_harness::plain;
use serde_json::json;

use crate::load::Load;
use crate::rows::{Row, Run};

/// The folder for callgrind's files, beside those of the measured Envoy.
const COUNTS: &str = "counts";

/// The number of connections of the load.
pub(crate) const CONNECTIONS: usize = 4;

/// A row with its count.
pub(crate) struct Counted {
    pub(crate) name: String,
    /// Per request.
    pub(crate) instructions: u64,
}

/// Measures all rows of a run in one Envoy, which has one worker.
pub(crate) fn run(run: &Run) -> Result<Vec<Counted>> {
    let dir = tempfile::tempdir()?;
    let answer = json!({"match": {"prefix": "/"}, "direct_response": {"status": 200}});
    let config = plain::bootstrap_with(run.filters.clone(), &answer, 1, dir.path());
    let envoy = Envoy::start(&wrapper(dir.path())?, &config, dir.path(), 1)?;
    let mut load = Load::connect(envoy.address(), CONNECTIONS)?;
    let mut counted = Vec::new();
    let mut number = 0;
    for row in &run.rows {
        let instructions = measure(&envoy, &mut load, row, &mut number).with_context(|| format!("measuring `{}`", row.name))?;
        counted.push(Counted { name: row.name.clone(), instructions });
    }
    Ok(counted)
}

/// Measures one row, whose tokens have numbers from `number` on, none of which is used again.
fn measure(envoy: &Envoy, load: &mut Load, row: &Row, number: &mut u32) -> Result<u64> {
    // Made before any is sent, so that Envoy is not idle between requests.
    let mut tokens = |count: u32| -> Vec<String> {
        let start = *number;
        *number += count;
        if row.again {
            vec![row.mint.token(99_999_999); count as usize]
        } else {
            (start..start + count).map(|number| row.mint.token(number)).collect()
        }
    };
    let (before, counted) = (tokens(row.warm_up), tokens(row.counted));
    load.send(before.into_iter(), row.field, row.status)?;
    control(envoy, "--instr=on")?;
    load.send(counted.into_iter(), row.field, row.status)?;
    // The counts must be dumped before counting ends.
    let instructions = dump(envoy, &row.name)?;
    control(envoy, "--instr=off")?;
    Ok(instructions / u64::from(row.counted))
}

/// The instructions that were counted since the last dump. Keeps their profile, which `callgrind_annotate` reads.
fn dump(envoy: &Envoy, name: &str) -> Result<u64> {
    control(envoy, "--dump")?;
    let mut text = String::new();
    for entry in fs::read_dir(envoy.admin().with_file_name(COUNTS))? {
        // There is a file for this dump, and an empty one for the end of callgrind.
        let file = entry?.path();
        if fs::metadata(&file)?.len() > 0 {
            text = fs::read_to_string(&file)?;
            fs::remove_file(&file)?;
        }
    }
    let profiles = project_file("target/bench/profiles");
    fs::create_dir_all(&profiles)?;
    fs::write(profiles.join(name.replace(' ', "-")), &text)?;
    let totals = text.lines().find_map(|line| line.strip_prefix("totals: ")).context("the counts have no totals")?;
    Ok(totals.trim().parse()?)
}

fn control(envoy: &Envoy, argument: &str) -> Result<()> {
    let mut command = Command::new("callgrind_control");
    let status = command.args([argument, &envoy.id().to_string()]).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    ensure!(status.success(), "callgrind_control failed");
    Ok(())
}

/// A script that runs Envoy under callgrind, and that replaces Envoy's own command.
fn wrapper(dir: &Path) -> Result<PathBuf> {
    let counts = dir.join(COUNTS);
    fs::create_dir(&counts)?;
    let script = format!(
        "#!/bin/sh\nexec valgrind --tool=callgrind --instr-atstart=no --callgrind-out-file={} {} \"$@\"\n",
        counts.join("out").display(),
        binary()?.display()
    );
    let wrapper = dir.join("envoy");
    fs::write(&wrapper, script)?;
    ensure!(Command::new("chmod").arg("+x").arg(&wrapper).status()?.success(), "cannot make the wrapper executable");
    Ok(wrapper)
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
    bail!("the package contains no Envoy")
}
