//! The settings of the component: environment variables.

use std::fmt;

use postern_gate::sync::MaxAge;

use crate::origin::Origin;

/// The plugin's configuration in JSON.
const CONFIGURATION: &str = "POSTERN_CONFIGURATION";

/// The origin of the upstream.
const UPSTREAM: &str = "POSTERN_UPSTREAM";

/// How old the issuer's last answer may be before a request asks again, in seconds.
const MAX_AGE: &str = "POSTERN_MAX_AGE_SECONDS";

/// The header with the client's address.
const CLIENT_ADDRESS_HEADER: &str = "POSTERN_CLIENT_ADDRESS_HEADER";

/// The longest time in which no part of a request or of its response arrives, in seconds.
const IDLE: &str = "POSTERN_IDLE_SECONDS";

/// The default and the maximum of [`IDLE`].
const DEFAULT_IDLE: u64 = 60;
const MAX_IDLE: u64 = 3_600;

/// What the component is told.
#[derive(PartialEq, Eq)]
pub struct ComponentSettings {
    /// The plugin's configuration in JSON, which is not validated here. It can hold secrets.
    pub configuration: String,
    /// The upstream.
    pub upstream: Origin,
    /// How old the issuer's last answer may be before a request asks again.
    pub max_age: MaxAge,
    /// The longest time in which no part of a request or of its response arrives, in seconds.
    pub idle_seconds: u64,
    /// The header with the client's address, in lower case; `None` if the address is unknown.
    pub client_address_header: Option<String>,
}

impl fmt::Debug for ComponentSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ComponentSettings").field("upstream", &self.upstream).finish_non_exhaustive()
    }
}

/// Everything that is wrong with the settings.
#[derive(Debug, PartialEq, Eq)]
pub struct SettingsError(Vec<String>);

impl fmt::Display for SettingsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join("; "))
    }
}

impl ComponentSettings {
    /// Reads the settings. `variable` gives the value of an environment variable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut problems = Vec::new();
        let mut required = |name: &str, what: &str| {
            let value = variable(name).filter(|value| !value.is_empty());
            if value.is_none() {
                problems.push(format!("the environment variable `{name}` is missing: set it to {what}"));
            }
            value.unwrap_or_default()
        };
        let configuration = required(CONFIGURATION, "the plugin's configuration in JSON");
        let origin = required(UPSTREAM, "the origin of the upstream, such as `http://127.0.0.1:8080`");
        let upstream = Origin::parse(&origin);
        if upstream.is_none() && !origin.is_empty() {
            problems.push(format!("`{UPSTREAM}` must be an origin without a path, such as `http://127.0.0.1:8080`"));
        }
        let max_age = variable(MAX_AGE).map_or(Some(MaxAge::default()), |seconds| MaxAge::parse(&seconds));
        if max_age.is_none() {
            problems.push(format!("`{MAX_AGE}` must be a whole number of seconds from 1 to 60"));
        }
        let idle = variable(IDLE).map_or(Some(DEFAULT_IDLE), |seconds| seconds.parse().ok());
        let idle_seconds = idle.filter(|seconds| (1..=MAX_IDLE).contains(seconds));
        if idle_seconds.is_none() {
            problems.push(format!("`{IDLE}` must be a whole number of seconds from 1 to {MAX_IDLE}"));
        }
        let client_address_header = variable(CLIENT_ADDRESS_HEADER);
        if client_address_header.as_deref().is_some_and(|name| !is_field_name(name)) {
            problems.push(format!("`{CLIENT_ADDRESS_HEADER}` must be the name of a header in lower case, such as `x-real-ip`"));
        }
        match (upstream, max_age, idle_seconds, problems.is_empty()) {
            (Some(upstream), Some(max_age), Some(idle_seconds), true) => {
                Ok(Self { configuration, upstream, max_age, idle_seconds, client_address_header })
            }
            _ => Err(SettingsError(problems)),
        }
    }
}

impl ComponentSettings {
    /// [`Self::idle_seconds`] in nanoseconds.
    pub const fn idle_nanoseconds(&self) -> u64 {
        self.idle_seconds * 1_000_000_000
    }
}

fn is_field_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<ComponentSettings, SettingsError> {
        ComponentSettings::read(|name| variables.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn settings_have_defaults() {
        let settings = read(&[(CONFIGURATION, "{}"), (UPSTREAM, "http://127.0.0.1:1")]).unwrap();
        assert_eq!((settings.max_age, settings.client_address_header), (MaxAge::default(), None));
        assert_eq!(settings.idle_seconds, 60);
        let all = [
            (CONFIGURATION, "{}"),
            (UPSTREAM, "https://a"),
            (MAX_AGE, "5"),
            (IDLE, "3600"),
            (CLIENT_ADDRESS_HEADER, "x-real-ip"),
        ];
        let settings = read(&all).unwrap();
        assert_eq!((settings.max_age.milliseconds(), settings.idle_nanoseconds()), (5_000, 3_600_000_000_000));
        assert_eq!(settings.client_address_header.as_deref(), Some("x-real-ip"));
    }

    #[test]
    fn all_problems_are_named_and_no_value_is_told() {
        let Err(error) = read(&[(UPSTREAM, "http://secret@a"), (MAX_AGE, "0"), (IDLE, "3601"), (CLIENT_ADDRESS_HEADER, "X Y")])
        else {
            panic!("they are accepted")
        };
        for part in [CONFIGURATION, UPSTREAM, MAX_AGE, IDLE, CLIENT_ADDRESS_HEADER] {
            assert!(error.to_string().contains(part), "{part}: {error}");
        }
        assert!(!error.to_string().contains("secret"), "{error}");
        assert!(read(&[(CONFIGURATION, ""), (UPSTREAM, "http://a")]).is_err());
        assert!(!format!("{:?}", read(&[(CONFIGURATION, "edge_abc"), (UPSTREAM, "http://a")])).contains("edge_abc"));
    }
}
