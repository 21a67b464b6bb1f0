//! What the fields of Envoy's configuration accept.

use std::net::IpAddr;
use std::path::Path;

use rustls::pki_types::DnsName;

use super::files;
use super::yaml::Node;

/// The longest path of a Unix socket in bytes (unix(7)).
const MAX_SOCKET_LEN: usize = 107;

/// Where a text is in Envoy's configuration.
#[derive(Debug, Clone, Default)]
pub(super) struct Place<'n> {
    /// The names of the fields around the text, the outermost first. Lists have none.
    path: Vec<&'n str>,
    /// Whether the cluster around it finds addresses by name.
    by_name: bool,
    /// The `san_type` of the matcher around it.
    san_type: Option<&'n str>,
}

impl<'n> Place<'n> {
    /// The place of the field `name` of `object`, which is at this place.
    pub(super) fn of_field(&self, object: &'n Node, name: &'n str) -> Self {
        let mut place = self.clone();
        place.path.push(name);
        if object.field("load_assignment").is_some() {
            place.by_name =
                object.field("cluster_type").is_some() || matches!(object.text("type"), Some("STRICT_DNS" | "LOGICAL_DNS"));
        }
        place.san_type = object.text("san_type").or(self.san_type);
        place
    }

    fn is_below(&self, name: &str) -> bool {
        self.path.contains(&name)
    }
}

/// Checks the text of one field, of which the value of the placeholder `name` is a part or the whole. The text of a field that is unknown
/// here can have any type. With `here`, files are looked at.
pub(super) fn check(place: &Place<'_>, name: &str, (text, quoted): (&str, bool), here: bool) -> Result<(), String> {
    let mut path = place.path.iter().rev().copied();
    let (Some(field), parent) = (path.next(), path.next().unwrap_or_default()) else { return Ok(()) };
    if field == "port_value" {
        return check_port(text);
    }
    let subject = field == "exact" && place.is_below("match_typed_subject_alt_names");
    if !(subject || matches!(field, "address" | "filename" | "path" | "sni")) {
        return Ok(());
    }
    if !quoted && !is_string(text) {
        return Err("would not be a string in YAML, but a number, a truth value or nothing".into());
    }
    match field {
        "address" if parent != "socket_address" => Ok(()),
        "address" if !place.is_below("load_assignment") => {
            check_address(text).map_err(|problem| format!("{problem}: give the IP address to listen at, such as 0.0.0.0 or ::"))
        }
        "address" if place.by_name => check_host(text),
        "address" => check_address(text).map_err(|problem| format!("{problem}, and the cluster has not the type STRICT_DNS")),
        "filename" if here => files::check(name, parent, Path::new(text)),
        "path" if parent == "pipe" => check_socket(text, here),
        "sni" => check_name(text),
        "exact" if place.san_type == Some("DNS") => check_name(text),
        "exact" if place.san_type == Some("IP_ADDRESS") => check_address(text),
        _ => Ok(()),
    }
}

/// A port without a leading zero: YAML 1.1 would read an octal number.
fn check_port(text: &str) -> Result<(), String> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if digits && text.parse::<u16>().is_ok() {
        return Ok(());
    }
    Err("is not a port: give a number from 1 to 65535".into())
}

fn check_address(text: &str) -> Result<(), String> {
    match text.parse::<IpAddr>() {
        Ok(_) => Ok(()),
        Err(_) if without_brackets(text).is_some() => Err("is not an IP address: write it without brackets".into()),
        Err(_) => Err("is not an IP address".into()),
    }
}

fn check_host(text: &str) -> Result<(), String> {
    if text.parse::<IpAddr>().is_ok() || DnsName::try_from(text).is_ok() {
        return Ok(());
    }
    if without_brackets(text).is_some() {
        return Err("is not an IP address: write it without brackets".into());
    }
    Err("is neither a DNS name nor an IP address".into())
}

fn without_brackets(text: &str) -> Option<IpAddr> {
    text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// A name in a certificate, which never ends with a dot.
fn check_name(text: &str) -> Result<(), String> {
    if DnsName::try_from(text).is_ok() && !text.ends_with('.') {
        return Ok(());
    }
    Err("is not a DNS name, such as issuer.example".into())
}

fn check_socket(text: &str, here: bool) -> Result<(), String> {
    if text.len() > MAX_SOCKET_LEN {
        return Err(format!("is longer than {MAX_SOCKET_LEN} bytes, which a socket's path must not be"));
    }
    if here && !Path::new(text).parent().is_some_and(|folder| folder == Path::new("") || folder.is_dir()) {
        return Err(format!("names a folder that does not exist here; {}", files::ELSEWHERE));
    }
    Ok(())
}

/// Whether YAML 1.1, which Envoy reads, treats `text` without quotation marks as a string.
fn is_string(text: &str) -> bool {
    let others = ["~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let number = text.trim_start_matches(['+', '-']);
    let is_number = ["0x", "0o", "0b"].iter().any(|prefix| number.starts_with(prefix))
        || (number.starts_with(|first: char| first.is_ascii_digit())
            && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_'));
    !is_number && !others.iter().any(|other| text.eq_ignore_ascii_case(other))
}
