//! Form parameters (`application/x-www-form-urlencoded`), read strictly: malformed input is refused, never repaired.

/// The most parameters that are read.
const MAX_PARAMETERS: usize = 100;

/// Parameters, each of which occurs once.
#[derive(Debug, Default)]
pub struct Form(Vec<(String, String)>);

/// Why a text is not a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormError {
    /// More than 100 parameters.
    TooMany,
    /// Not form-urlencoded UTF-8.
    Malformed,
    /// A parameter occurs twice (RFC 6749 section 3.1 forbids it).
    Repeated,
}

impl FormError {
    /// What is wrong, as a sentence for the client.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::TooMany => "there are more than 100 parameters",
            Self::Malformed => "the parameters are not form-urlencoded UTF-8",
            Self::Repeated => "a parameter comes twice",
        }
    }
}

impl Form {
    /// Reads the parameters.
    pub fn parse(text: &[u8]) -> Result<Self, FormError> {
        let mut parameters: Vec<(String, String)> = Vec::new();
        if text.is_empty() {
            return Ok(Self(parameters));
        }
        for pair in text.split(|byte| *byte == b'&') {
            if parameters.len() == MAX_PARAMETERS {
                return Err(FormError::TooMany);
            }
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(at);
            let name = decode(name).ok_or(FormError::Malformed)?;
            let value = decode(value.strip_prefix(b"=").unwrap_or_default()).ok_or(FormError::Malformed)?;
            if parameters.iter().any(|(other, _)| *other == name) {
                return Err(FormError::Repeated);
            }
            parameters.push((name, value));
        }
        Ok(Self(parameters))
    }

    /// The value of a parameter. A parameter without a value is treated as omitted (RFC 6749 section 3.2).
    pub fn value(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(own, _)| own == name)?;
        Some(found.1.as_str()).filter(|value| !value.is_empty())
    }

    /// The names of the parameters.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

/// Decodes one name or value, or returns `None` when an escape is malformed or the bytes are not UTF-8.
pub fn decode(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(*rest.next()?)? << 4 | hex(*rest.next()?)?,
            plain => *plain,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_forms_are_read() {
        let form = Form::parse(b"grant_type=client_credentials&scope=a+b%20c&empty=&bare&%C3%BC=%26")
            .unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!(form.value("grant_type"), Some("client_credentials"));
        assert_eq!(form.value("scope"), Some("a b c"));
        assert_eq!(form.value("empty"), None);
        assert_eq!(form.value("bare"), None);
        assert_eq!(form.value("ü"), Some("&"));
        assert_eq!(form.value("absent"), None);
        assert_eq!(form.names().count(), 5);
        assert!(Form::parse(b"").is_ok_and(|form| form.names().count() == 0));
    }

    #[test]
    fn malformed_forms_are_refused() {
        for (text, expected) in [
            (&b"a=%"[..], FormError::Malformed),
            (b"a=%4", FormError::Malformed),
            (b"a=%zz", FormError::Malformed),
            (b"a=%ff", FormError::Malformed),
            (b"\xff=a", FormError::Malformed),
            (b"a=1&a=2", FormError::Repeated),
            (b"a=1&%61=2", FormError::Repeated),
            (b"a=&a=", FormError::Repeated),
        ] {
            assert_eq!(Form::parse(text).err(), Some(expected), "{text:?}");
        }
        let many = |count: usize| (0..count).map(|n| format!("p{n}=")).collect::<Vec<_>>().join("&");
        assert!(Form::parse(many(100).as_bytes()).is_ok());
        assert_eq!(Form::parse(many(101).as_bytes()).err(), Some(FormError::TooMany));
    }
}
