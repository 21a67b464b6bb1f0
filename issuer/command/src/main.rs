//! `postern`: the issuer's command line.

#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The whole chain of causes in one line.
            match cli::hint(&error) {
                Some(hint) => eprintln!("postern: {error:#}; {hint}"),
                None => eprintln!("postern: {error:#}"),
            }
            ExitCode::FAILURE
        }
    }
}
