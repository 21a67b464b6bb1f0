//! The API in tests/sample, which the demo, the benchmarks and most tests use.

/// The API's name and version.
pub const API: &str = "pizza/1.0.0";

/// A path of the API that requires the scope `orders`.
pub const ORDERS: &str = "/pizza/1.0.0/orders/1";
