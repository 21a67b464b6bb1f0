//! The host calls that the SDK does not offer in the way we need: all request headers in one call and one allocation, as bytes.

#![allow(unsafe_code, reason = "the proxy-wasm ABI is a C ABI; this file is the only one that crosses it by hand")]

use std::ptr::{null_mut, slice_from_raw_parts_mut};

use proxy_wasm::types::MapType;

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> u32;
}

/// Header fields as the host wrote them into our memory.
pub(super) struct HeaderMap(Box<[u8]>);

impl HeaderMap {
    /// Asks the host; `None` when it will not say.
    pub(super) fn of(map: MapType) -> Option<Self> {
        let mut data: *mut u8 = null_mut();
        let mut size = 0;
        // SAFETY: both pointers are valid for the call. On success the host has had `size` bytes at `data` allocated by
        // the SDK's `proxy_on_memory_allocate`, which makes a boxed slice of exactly that size and hands it over.
        unsafe {
            if proxy_get_header_map_pairs(map as u32, &raw mut data, &raw mut size) != 0 || data.is_null() {
                return None;
            }
            Some(Self(Box::from_raw(slice_from_raw_parts_mut(data, size))))
        }
    }

    /// The fields in their order, or `None` when the map is not well-formed. Layout: the number of fields, then for each
    /// the lengths of its name and its value, all as little-endian `u32`; then for each its name, a NUL, its value, a NUL.
    pub(super) fn fields(&self) -> Option<Vec<(&[u8], &[u8])>> {
        let (count, rest) = split_number(&self.0)?;
        let mut lengths = rest.get(..count.checked_mul(8)?)?;
        let mut data = rest.get(lengths.len()..)?;
        let mut fields = Vec::with_capacity(count);
        while !lengths.is_empty() {
            let (name_len, rest) = split_number(lengths)?;
            let (value_len, rest) = split_number(rest)?;
            lengths = rest;
            let (name, rest) = split_text(data, name_len)?;
            let (value, rest) = split_text(rest, value_len)?;
            data = rest;
            fields.push((name, value));
        }
        Some(fields)
    }
}

fn split_number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    Some((usize::try_from(u32::from_le_bytes(*number)).ok()?, rest))
}

fn split_text(bytes: &[u8], len: usize) -> Option<(&[u8], &[u8])> {
    let (text, rest) = bytes.split_at_checked(len)?;
    Some((text, rest.get(1..)?))
}
