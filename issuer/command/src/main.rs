//! `postern`, the command line of the issuer.

#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

use postern_model::visible;

/// A request makes some hundred small allocations on several threads, for which the C library's allocator takes longer. Without huge pages, which
/// would double the memory of waiting edges.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cli::Cli::read().run() {
        Ok(code) => code,
        Err(error) => {
            // The error and its causes in one line, unless there are several problems, and then a hint. A server words errors too.
            for line in format!("postern: {error:#}").lines() {
                eprintln!("{}", visible(line));
            }
            if let Some(hint) = cli::hint(&error) {
                eprintln!("hint: {hint}");
            }
            ExitCode::FAILURE
        }
    }
}
