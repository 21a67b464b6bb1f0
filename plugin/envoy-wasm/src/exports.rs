//! The functions that Envoy calls. Each is exported under this name with `proxy_` in front, see `exports.wat`: the SDK exports the same
//! functions under the final names, with a dispatcher behind them that costs more on each request and that panics where a context is
//! unknown. `proxy_on_memory_allocate` and the mark of the ABI's version are the SDK's.
//!
//! Also the function that replaces one of the C library.

#![allow(unsafe_code, reason = "a module exports functions by name, and two of them are called by, or call, code in C")]

use proxy_wasm::types::Action;

use super::{callbacks, memory};

unsafe extern "C" {
    fn __wasm_call_ctors();
}

#[unsafe(no_mangle)]
extern "C" fn _initialize() {
    // SAFETY: Envoy calls this once, before all other functions.
    unsafe { __wasm_call_ctors() }
}

#[unsafe(no_mangle)]
extern "C" fn on_context_create(context: u32, root: u32) {
    callbacks::create(context, root);
}

#[unsafe(no_mangle)]
extern "C" fn on_configure(root: u32, size: usize) -> bool {
    callbacks::configure(root, size)
}

#[unsafe(no_mangle)]
extern "C" fn on_tick(root: u32) {
    callbacks::tick(root);
}

#[unsafe(no_mangle)]
extern "C" fn on_http_call_response(root: u32, call: u32, _headers: usize, _body_size: usize, _trailers: usize) {
    callbacks::answered(root, call);
}

#[unsafe(no_mangle)]
extern "C" fn on_request_headers(stream: u32, _headers: usize, _ends: bool) -> Action {
    callbacks::request_headers(stream)
}

#[unsafe(no_mangle)]
extern "C" fn on_request_trailers(stream: u32, _trailers: usize) -> Action {
    callbacks::request_trailers(stream)
}

#[unsafe(no_mangle)]
extern "C" fn on_delete(context: u32) {
    callbacks::delete(context);
}

/// Compares memory, in place of the C library's function.
///
/// # Safety `one` and `other` must be valid for reads of `len` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(one: *const u8, other: *const u8, len: usize) -> i32 {
    // SAFETY: that is this function's own condition.
    unsafe { memory::order(one, other, len) }
}
