//! The least work of a WebAssembly filter that acts on a token: it reads all headers in one call, removes the credential, and sets as
//! many identity headers as the plugin does for the benchmark's token. It verifies nothing.
//!
//! There is no SDK, no allocator and no context, so nearly all instructions are those of the host and of the calls to it.

#![no_std]

use core::ffi::c_void;
use core::panic::PanicInfo;
use core::ptr::{null_mut, write_volatile};

/// The number of the map of request headers in proxy-wasm.
const REQUEST_HEADERS: u32 = 0;

/// `Action::Continue`.
const CONTINUE: u32 = 0;

/// The size of the buffer for all headers of a request, of which the host accepts at most 60 KiB.
const ROOM: usize = 64 * 1024;

static mut HEADERS: [u8; ROOM] = [0; ROOM];
static mut READ: usize = 0;

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_remove_header_map_value(map: u32, name: *const u8, name_size: usize) -> u32;
    fn proxy_replace_header_map_value(map: u32, name: *const u8, name_size: usize, value: *const u8, value_size: usize) -> u32;
}

/// Marks the version of the interface; the host only checks that the function exists.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_abi_version_0_2_1() {}

/// Gives the host the one buffer. This is enough because there is one request at a time, and only its headers are read.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_memory_allocate(size: usize) -> *mut c_void {
    if size > ROOM { null_mut() } else { (&raw mut HEADERS).cast() }
}

/// Does nothing, because this filter has no contexts.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_context_create(_context: u32, _root: u32) {}

/// Reads all headers, removes the credential and sets the identity headers.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_request_headers(_context: u32, _headers: usize, _end_of_stream: u32) -> u32 {
    let mut data = null_mut();
    let mut size = 0;
    // SAFETY: the pointers are valid for the calls, and there is one thread.
    unsafe {
        proxy_get_header_map_pairs(REQUEST_HEADERS, &raw mut data, &raw mut size);
        // A volatile write, so that the compiler does not remove the read.
        write_volatile(&raw mut READ, size);
        let name = "authorization";
        proxy_remove_header_map_value(REQUEST_HEADERS, name.as_ptr(), name.len());
    }
    set("x-postern-application", "app-1");
    set("x-postern-client", "consumer-key-1");
    set("x-postern-tier", "gold");
    set("x-postern-key-type", "production");
    set("x-postern-scope", "orders menu:write");
    CONTINUE
}

fn set(name: &str, value: &str) {
    // SAFETY: the pointers are valid for the call.
    unsafe { proxy_replace_header_map_value(REQUEST_HEADERS, name.as_ptr(), name.len(), value.as_ptr(), value.len()) };
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
