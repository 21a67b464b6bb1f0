//! The examples of `plugin/js/examples`, each with a live issuer: what the documents tell people to copy.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};

use postern_test_harness::artifacts;
use postern_test_harness::client::Request;
use postern_test_harness::followed_issuer::FollowedIssuer;
use postern_test_harness::free_port::free_port;
use postern_test_harness::process::Process;
use postern_test_harness::sample_api::ORDERS;
use postern_test_harness::upstream::Upstream;

use crate::folder::Folder;

/// Starts an example with `arguments` that prepare and run it, and checks that it guards the API.
fn guards(example: &str, prepare: &[&str], run: &[&str], prints_address: bool) {
    let folder = Folder::new();
    let to = folder.path().join("example");
    fs::create_dir(&to).unwrap();
    for file in fs::read_dir(artifacts::project_file("plugin/js/examples").join(example)).unwrap() {
        let file = file.unwrap();
        // The test has its own map of imports.
        if file.file_name() != "deno.json" {
            fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
    if let Some((program, arguments)) = prepare.split_first() {
        folder.run(program, arguments);
    }
    let issuer = FollowedIssuer::start(&folder.path().join("issuer"), ("https://issuer.example", "127.0.0.1:0")).unwrap();
    let upstream = Upstream::start("production").unwrap();
    let port = free_port().unwrap();
    let mut command: Command = folder.command(run[0]);
    command.args(&run[1..]).stdout(Stdio::piped()).env("PORT", port.to_string());
    command.env("ISSUER", "https://issuer.example").env("ISSUER_URL", format!("http://{}", issuer.faults.address()));
    // The output of the command, as the documents say.
    let keys = issuer.cli.run(&["admin", "bundle-key", "list"]).unwrap();
    command.env("EDGE_KEY", &issuer.edge_key).env("BUNDLE_KEYS", keys.to_string());
    command.env("ORIGIN", format!("http://{}", upstream.address()));
    let mut process = Process::start(command, folder.path().join("host.log")).unwrap();
    let address: SocketAddr = if prints_address {
        let mut line = String::new();
        BufReader::new(process.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
        line.trim().parse().unwrap()
    } else {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        process.wait_for(example, || TcpStream::connect(address).ok().map(|_| address)).unwrap()
    };
    let request = Request::new("GET", ORDERS, "api.example");
    let refused = request.send(address).unwrap();
    assert_eq!((refused.status, refused.code().as_deref(), upstream.seen()), (401, Some("missing_token"), 0), "{refused:?}");
    let passed = Request::new("GET", ORDERS, "api.example").bearer(&issuer.mint().unwrap()).send(address).unwrap();
    assert_eq!(passed.status, 200, "{passed:?}");
    assert!(String::from_utf8_lossy(&passed.body).contains("gold"), "{passed:?}");
    let _ = Command::new("kill").arg(process.id().to_string()).status();
    let _ = process.wait();
}

#[test]
fn the_worker_guards_its_origin() {
    guards("worker", &[], &["node", "example-worker.mjs"], true);
}

#[test]
fn the_deno_server_guards_its_origin() {
    guards("deno", &[], &["deno", "run", "--allow-net", "--allow-env", "example/server.ts"], false);
}

#[test]
fn the_node_server_guards_its_handler() {
    guards(
        "node",
        &["esbuild", "example/server.ts", "--format=esm", "--outfile=example/server.mjs", "--log-level=error"],
        &["node", "example/server.mjs"],
        false,
    );
}
