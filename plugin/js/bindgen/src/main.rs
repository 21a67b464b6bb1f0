//! Writes the JavaScript that calls a module: `bindgen MODULE FOLDER NAME`. The names of its files begin with NAME.
//!
//! This is what the command `wasm-bindgen` does; as a program of this project, its version is in a lock file, and it is built once.

use std::path::Path;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, folder, name] = arguments.as_slice() else {
        eprintln!("usage: bindgen MODULE FOLDER NAME");
        return ExitCode::from(2);
    };
    let mut bindgen = Bindgen::new();
    // For bundlers: the module's imports are in a file of their own, and the module is instantiated by the importer.
    let made = bindgen.bundler(true).and_then(|bindgen| bindgen.typescript(true).out_name(name).input_path(module).generate(Path::new(folder)));
    match made {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bindgen: {error:#}");
            ExitCode::FAILURE
        }
    }
}
