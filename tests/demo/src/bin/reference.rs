//! Starts the reference deployment, prints commands to try, and runs until Ctrl-C.

use anyhow::Result;
use postern_demo::reference::Reference;
use postern_demo::{folder, signals};
use postern_test_harness::artifacts;

fn main() -> Result<()> {
    let dir = folder::private()?;
    let reference = Reference::start(&artifacts::envoy()?, dir.path(), &mut |step| println!("==> {step}"))?;
    print(&reference);
    signals::wait()?;
    println!("\n==> stopping the Envoys, the issuer and the upstreams");
    drop(reference);
    Ok(())
}

fn print(reference: &Reference) {
    println!(
        "
Postern is running with TLS.

  gateway (Envoy)              {gateway}
  issuer, behind its Envoy     {issuer}
  configurations and logs      {dir}

The certificate of the authority, and a token of the application storefront, valid for an hour:
",
        gateway = reference.gateway_url(""),
        issuer = reference.issuer_url(""),
        dir = reference.dir.display(),
    );
    for variable in reference.variables() {
        println!("  {variable}");
    }
    println!("\nTry it, in this order:");
    for example in reference.examples() {
        println!("\n  {}: {}\n    {}", example.what, example.expected, example.command);
    }
    println!("\nCtrl-C stops everything.");
}
