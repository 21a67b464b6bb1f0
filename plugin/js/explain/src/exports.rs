//! What JavaScript calls.

use postern_token::UnixSeconds;
use wasm_bindgen::prelude::wasm_bindgen;

/// Explains the decision on `request` with the plugin's `configuration`, both in JSON, at the Unix time `now` in seconds. Returns JSON;
/// throws a text that names every problem.
#[wasm_bindgen]
pub fn explain(configuration: &str, request: &str, now: f64) -> Result<String, String> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast saturates, and takes what is no number for 0"
    )]
    let now = UnixSeconds(now as u64);
    crate::explain(configuration, request, now)
}
