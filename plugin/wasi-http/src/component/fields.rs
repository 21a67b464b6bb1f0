//! Header fields and methods, as the host's types and as bytes.

use wasip2::http::types::{Fields, HeaderError, Method};

/// Fields of a message. A field that only the host may set, such as `connection`, is left out. `Err` is the name of a field that the host
/// refuses: a message with it must not be sent without it.
pub(super) fn fields<N: AsRef<[u8]>, V: AsRef<[u8]>>(own: impl IntoIterator<Item = (N, V)>) -> Result<Fields, String> {
    let fields = Fields::new();
    for (name, value) in own {
        let refused = || String::from_utf8_lossy(name.as_ref()).into_owned();
        let text = std::str::from_utf8(name.as_ref()).map_err(|_| refused())?;
        match fields.append(text, value.as_ref()) {
            Ok(()) | Err(HeaderError::Forbidden) => {}
            Err(_) => return Err(refused()),
        }
    }
    Ok(fields)
}

/// The name of a method.
pub(super) fn method_name(method: Method) -> String {
    let name = match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Connect => "CONNECT",
        Method::Options => "OPTIONS",
        Method::Trace => "TRACE",
        Method::Patch => "PATCH",
        Method::Other(name) => return name,
    };
    name.to_owned()
}
