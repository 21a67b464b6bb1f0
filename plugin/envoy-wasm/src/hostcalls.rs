//! Host calls that the SDK lacks, that panic in it or that need its dispatcher: all headers of a map as bytes, in one call and one
//! allocation; timers, metrics and foreign functions that a host may lack; clocks; and requests to the issuer.

#![allow(unsafe_code, reason = "the proxy-wasm ABI is a C ABI; this file makes the calls that the SDK does not make")]

use std::ptr::{null, null_mut, slice_from_raw_parts_mut};

use proxy_wasm::types::{LogLevel, MapType, MetricType, StreamType};

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_call_foreign_function(
        name: *const u8,
        name_size: usize,
        argument: *const u8,
        argument_size: usize,
        data: *mut *mut u8,
        size: *mut usize,
    ) -> u32;
    fn proxy_define_metric(kind: u32, name: *const u8, name_size: usize, id: *mut u32) -> u32;
    fn proxy_record_metric(id: u32, value: u64) -> u32;
    fn proxy_increment_metric(id: u32, offset: i64) -> u32;
    fn proxy_set_effective_context(context: u32) -> u32;
    fn proxy_close_stream(kind: u32) -> u32;
    fn proxy_add_header_map_value(map: u32, name: *const u8, name_size: usize, value: *const u8, value_size: usize) -> u32;
    fn proxy_remove_header_map_value(map: u32, name: *const u8, name_size: usize) -> u32;
    fn proxy_get_current_time_nanoseconds(time: *mut u64) -> u32;
    fn proxy_http_call(
        cluster: *const u8,
        cluster_size: usize,
        headers: *const u8,
        headers_size: usize,
        body: *const u8,
        body_size: usize,
        trailers: *const u8,
        trailers_size: usize,
        timeout: u32,
        call: *mut u32,
    ) -> u32;
    fn proxy_set_tick_period_milliseconds(period: u32) -> u32;
    fn proxy_get_log_level(level: *mut u32) -> u32;
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn clock_time_get(clock: u32, precision: u64, time: *mut u64) -> u32;
}

/// WASI's `CLOCK_MONOTONIC`.
const MONOTONIC: u32 = 1;

/// Milliseconds of the monotonic clock, which all workers of the process share.
pub(super) fn monotonic_milliseconds() -> u64 {
    let mut nanoseconds = 0;
    // SAFETY: the pointer is valid for the call.
    let failed = unsafe { clock_time_get(MONOTONIC, 1_000_000, &raw mut nanoseconds) } != 0;
    // Without a clock, every bundle is treated as too old.
    if failed { u64::MAX } else { nanoseconds / 1_000_000 }
}

/// Adds a field to a map; `false` when the host does not. The SDK's call panics then.
pub(super) fn add_field(map: MapType, name: &str, value: &str) -> bool {
    // SAFETY: all pointers are valid for the call.
    unsafe { proxy_add_header_map_value(map as u32, name.as_ptr(), name.len(), value.as_ptr(), value.len()) == 0 }
}

/// Removes the fields of a map with this name; `false` when the host does not. The SDK's call panics then.
pub(super) fn remove_fields(map: MapType, name: &[u8]) -> bool {
    // SAFETY: all pointers are valid for the call.
    unsafe { proxy_remove_header_map_value(map as u32, name.as_ptr(), name.len()) == 0 }
}

/// Seconds of the time of day since the Unix epoch; `None` when the host does not tell. The SDK's call panics then.
pub(super) fn unix_seconds() -> Option<u64> {
    let mut nanoseconds = 0;
    // SAFETY: the pointer is valid for the call.
    let failed = unsafe { proxy_get_current_time_nanoseconds(&raw mut nanoseconds) } != 0;
    (!failed).then_some(nanoseconds / 1_000_000_000)
}

/// Sends a request without a body to a cluster, and returns its call id; `None` when the host does not send it. The SDK's call expects that
/// its dispatcher gets the answer.
pub(super) fn send_request(cluster: &str, headers: &[(&str, &str)], timeout_milliseconds: u32) -> Option<u32> {
    let (headers, trailers) = (pairs(headers), pairs(&[]));
    let mut call = 0;
    // SAFETY: all pointers are valid for the call; that of the empty body is not read.
    let failed = unsafe {
        proxy_http_call(
            cluster.as_ptr(),
            cluster.len(),
            headers.as_ptr(),
            headers.len(),
            null(),
            0,
            trailers.as_ptr(),
            trailers.len(),
            timeout_milliseconds,
            &raw mut call,
        )
    } != 0;
    (!failed).then_some(call)
}

/// Header fields in the layout that [`HeaderMap::fields`] reads.
fn pairs(fields: &[(&str, &str)]) -> Vec<u8> {
    let length = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    let mut bytes = Vec::from(length(fields.len()));
    for (name, value) in fields {
        bytes.extend_from_slice(&length(name.len()));
        bytes.extend_from_slice(&length(value.len()));
    }
    for part in fields.iter().flat_map(|(name, value)| [name, value]) {
        bytes.extend_from_slice(part.as_bytes());
        bytes.push(0);
    }
    bytes
}

/// Calls a foreign function; `None` when the host has no function of that name, or when it fails. The SDK's call panics on a status that it
/// does not expect.
pub(super) fn call_foreign_function(name: &str, argument: &[u8]) -> Option<Box<[u8]>> {
    // SAFETY: all pointers are valid for the call, and on success the host has written to the last two.
    unsafe {
        received(|data, size| {
            proxy_call_foreign_function(name.as_ptr(), name.len(), argument.as_ptr(), argument.len(), data, size)
        })
    }
}

/// Makes the context the effective one for the next host calls; `false` when it does not exist. The SDK's call panics on a status that it
/// does not expect.
pub(super) fn set_effective_context(context: u32) -> bool {
    // SAFETY: the call takes a number.
    unsafe { proxy_set_effective_context(context) == 0 }
}

/// Resets the stream of the effective context, which ends it for the client and for the upstream.
pub(super) fn reset_stream() -> bool {
    // SAFETY: the call takes a number.
    unsafe { proxy_close_stream(StreamType::HttpRequest as u32) == 0 }
}

/// Asks for ticks; `false` when the host has no timers. The SDK's call panics on such a host.
pub(super) fn set_tick_period(milliseconds: u32) -> bool {
    // SAFETY: the call takes a number.
    unsafe { proxy_set_tick_period_milliseconds(milliseconds) == 0 }
}

/// Whether the host logs debug messages; `false` when it does not tell. The SDK's call panics then.
pub(super) fn logs_debug_messages() -> bool {
    let mut level = u32::MAX;
    // SAFETY: the pointer is valid for the call.
    let failed = unsafe { proxy_get_log_level(&raw mut level) } != 0;
    !failed && level <= LogLevel::Debug as u32
}

/// A counter or gauge of the host; where the host cannot define it, nothing is counted. The SDK's calls panic on hosts without
/// metrics.
#[derive(Clone, Copy)]
pub(super) struct Metric(Option<u32>);

impl Metric {
    /// The metric of that name, which all workers share.
    pub(super) fn define(kind: MetricType, name: &str) -> Self {
        let mut id = 0;
        // SAFETY: all pointers are valid for the call.
        let failed = unsafe { proxy_define_metric(kind as u32, name.as_ptr(), name.len(), &raw mut id) } != 0;
        Self((!failed).then_some(id))
    }

    /// Adds to a counter or a gauge.
    pub(super) fn add(self, offset: i64) {
        if let Some(id) = self.0 {
            // SAFETY: the call takes numbers. A request does not fail because it could not be counted.
            let _ = unsafe { proxy_increment_metric(id, offset) };
        }
    }

    /// Sets a gauge.
    pub(super) fn set(self, value: u64) {
        if let Some(id) = self.0 {
            // SAFETY: the call takes numbers.
            let _ = unsafe { proxy_record_metric(id, value) };
        }
    }
}

/// The bytes that a host call returns; empty when it returns a null pointer.
///
/// # Safety On success, the host must have stored in `data` and `size` the address and the number of the bytes that it wrote.
unsafe fn received(call: impl FnOnce(*mut *mut u8, *mut usize) -> u32) -> Option<Box<[u8]>> {
    let mut data: *mut u8 = null_mut();
    let mut size = 0;
    if call(&raw mut data, &raw mut size) != 0 {
        return None;
    }
    if data.is_null() {
        return Some(Box::default());
    }
    // SAFETY: the host has had `size` bytes at `data` allocated by the SDK's `proxy_on_memory_allocate`, which makes a boxed
    // slice of exactly that size and hands it over.
    Some(unsafe { Box::from_raw(slice_from_raw_parts_mut(data, size)) })
}

/// Header fields as the host wrote them into our memory.
#[derive(Default)]
pub(super) struct HeaderMap(Box<[u8]>);

impl HeaderMap {
    /// The fields of a map; `None` when the host does not provide them.
    pub(super) fn of(map: MapType) -> Option<Self> {
        // SAFETY: both pointers are valid for the call, and on success the host has written to them.
        unsafe { received(|data, size| proxy_get_header_map_pairs(map as u32, data, size)) }.map(Self)
    }

    /// How many bytes the fields take.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The value of the first field called `name`, which is in lower case.
    pub(super) fn value(&self, name: &[u8]) -> Option<&[u8]> {
        self.fields()?.into_iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// The fields in their order, or `None` when the map is not well-formed. Layout: the number of fields, then for each
    /// the lengths of its name and its value, all as little-endian `u32`; then for each its name, a NUL, its value, a NUL.
    pub(super) fn fields(&self) -> Option<Vec<(&[u8], &[u8])>> {
        let (count, rest) = self.0.split_first_chunk().map(|(count, rest)| (number(*count), rest))?;
        let (lengths, mut data) = rest.split_at_checked(count.checked_mul(8)?)?;
        let mut fields = Vec::with_capacity(count);
        for [a, b, c, d, e, f, g, h] in lengths.as_chunks().0 {
            let (name, rest) = data.split_at_checked(number([*a, *b, *c, *d]))?;
            let (value, rest) = rest.get(1..)?.split_at_checked(number([*e, *f, *g, *h]))?;
            data = rest.get(1..)?;
            fields.push((name, value));
        }
        Some(fields)
    }
}

const fn number(bytes: [u8; 4]) -> usize {
    u32::from_le_bytes(bytes) as usize
}
