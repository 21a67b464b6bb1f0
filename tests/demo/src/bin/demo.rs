//! Starts the whole product, prints examples to try, and runs until Ctrl-C.

use anyhow::Result;
use postern_demo::demo::{DOMAIN, Demo, MEMBERS, USER};
use postern_demo::{folder, signals};
use postern_test_harness::artifacts;
use postern_test_harness::sample_api::ORDERS;
use postern_test_harness::users::PASSWORD;

fn main() -> Result<()> {
    let dir = folder::private()?;
    let demo = Demo::start_to_try(&artifacts::envoy()?, dir.path(), &mut |step| println!("==> {step}"))?;
    print(&demo);
    signals::wait()?;
    println!("\n==> stopping Envoy, the issuer and the upstreams");
    drop(demo);
    Ok(())
}

fn print(demo: &Demo) {
    let gateway = format!("http://{}", demo.envoy.address());
    let issuer = format!("http://{}", demo.issuer.address());
    let (key, secret) = &demo.client;
    let Demo { tokens, .. } = demo;
    let [(_, _, administrator), (_, _, developer)] = MEMBERS;
    println!(
        "
Postern is running.

  gateway (Envoy)   {gateway}
  issuer            {issuer}
  metrics           http://{metrics}/metrics
  files and logs    {dir}

The portal, where developers make tokens and administrators run it all, to open in a browser on this machine:

  portal            {pages}/portal
  developer         {developer}
  administrator     {administrator}
  their password    {PASSWORD}

A token of the application storefront, valid for an hour:

  TOKEN={token}

Try it. The upstream responds with the request that it received.

  With the token: 200
    curl -i {gateway}{ORDERS} -H \"Authorization: Bearer $TOKEN\"

  Without: 401 missing_token
    curl -i {gateway}{ORDERS}

  Changed after signing: 401
    curl -i {gateway}{ORDERS} -H \"Authorization: Bearer ${{TOKEN}}x\"

  A public resource: 200
    curl -i {gateway}/pizza/1.0.0/menu

A token that is bound to the domain {DOMAIN}:

  BOUND={bound}

  From that domain: 200
    curl -i {gateway}{ORDERS} -H \"Authorization: Bearer $BOUND\" -H 'Origin: https://{DOMAIN}'

  From another domain: 403 domain_not_allowed
    curl -i {gateway}{ORDERS} -H \"Authorization: Bearer $BOUND\" -H 'Origin: https://evil.test'

A sandbox token:

  SANDBOX={sandbox}

  The upstream called sandbox responds: 200
    curl -i {gateway}{ORDERS} -H \"Authorization: Bearer $SANDBOX\"

A token from the token endpoint (OAuth 2.0 client credentials), which returns the live token again:

    curl {issuer}/oauth2/token -u {key}:{secret} -d grant_type=client_credentials

A user, and the pages of the issuer, to open in a browser on this machine:

  user              {USER}
  password          {PASSWORD}
  sign in           {pages}/account
  management API    {pages}/api/docs

The decisions so far:

    curl -s http://{metrics}/metrics | grep postern

Ctrl-C stops everything.",
        metrics = demo.metrics,
        pages = format_args!("http://localhost:{}", demo.issuer.address().port()),
        dir = demo.dir.display(),
        token = tokens.production,
        bound = tokens.widget,
        sandbox = tokens.sandbox,
    );
}
