//! Tells the URL of a database from the path of a file. The texts that it accepts hold no password any longer and may be shown, so a text that
//! is neither a URL nor surely a path is refused: it may be a URL with a typing error, and hold a password.

use url::Url;
use zeroize::Zeroizing;

const FORMS: &str = "must be a file path or a `postgres://` URL";
const UNCLEAR: &str = "must be a file path or a `postgres://` URL; it is not shown, because it may hold a password";
const WRONG_AT: &str = "has an `@` behind the host: write `@`, `/`, `?` and `#` in a password as `%40`, `%2F`, `%3F` and `%23`, or use `database_password_file`";

/// Parts of texts that libpq and other drivers take instead of a URL.
const KEYWORDS: [&str; 6] = ["password=", "passwd=", "pass=", "pwd=", "host=", "dbname="];

/// A `PostgreSQL` URL without its password, and the password.
pub(super) type UrlAndPassword = (Url, Option<Zeroizing<String>>);

/// The URL in a text, or `None` for a file. An error repeats nothing of the text.
pub(super) fn parse(text: &str) -> Result<Option<UrlAndPassword>, &'static str> {
    let Some((scheme, _)) = text.split_once("://") else {
        return if is_surely_a_path(text) { Ok(None) } else { Err(UNCLEAR) };
    };
    if !matches!(scheme, "postgres" | "postgresql") {
        return Err(FORMS);
    }
    let mut url = Url::parse(text).map_err(|_| "is not a URL, such as `postgres://postern@db.example/postern`")?;
    if url.query_pairs().any(|(name, _)| name.to_ascii_lowercase().contains("password")) {
        return Err("has a password in its query parameters: use `database_password_file`, or write it before the `@`");
    }
    if url.fragment().is_some() {
        return Err("has a `#`: write it as `%23`, in a password too");
    }
    let is_at = |text: &str| text.contains('@') || text.contains("%40");
    if is_at(url.path()) || url.query_pairs().any(|(name, value)| is_at(&name) || is_at(&value)) {
        return Err(WRONG_AT);
    }
    let user = decoded(url.username()).ok_or("has a user that is not percent-encoded UTF-8")?;
    if user.contains(':') {
        return Err("has a `:` in the name of its user: a password follows the name behind a `:` that is not percent-encoded");
    }
    let has_host = url.host_str().is_some_and(|host| !host.is_empty());
    if !has_host && !url.query_pairs().any(|(name, _)| matches!(&*name, "host" | "hostaddr")) {
        return Err("names no host: write it as in `postgres://postern@db.example/postern`");
    }
    let password = match url.password() {
        None => None,
        Some(password) => Some(decoded(password).ok_or("has a password that is not percent-encoded UTF-8")?),
    };
    if password.is_some() {
        url.set_password(None).map_err(|()| "is not a URL with a host, such as `postgres://postern@db.example/postern`")?;
    }
    Ok(Some((url, password)))
}

/// Whether a text without `://` has neither the form of a user and a password before a host, nor that of another driver's text.
fn is_surely_a_path(text: &str) -> bool {
    let text: String = text.chars().filter(|character| !character.is_whitespace()).collect::<String>().to_ascii_lowercase();
    let text = text.replace("%3a", ":").replace("%40", "@");
    let user_and_password = text.rsplit_once('@').is_some_and(|(before, _)| before.contains(':'));
    let scheme = ["postgres:", "postgresql:", "postgres//", "postgresql//"].iter().any(|scheme| text.starts_with(scheme));
    !user_and_password && !scheme && !KEYWORDS.iter().any(|keyword| text.contains(keyword))
}

fn decoded(text: &str) -> Option<Zeroizing<String>> {
    // A form has the same escapes, but there `+` is a space.
    let pair = Zeroizing::new(format!("p={}", text.replace('+', "%2B")));
    let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
    let (_, value) = pairs.next()?;
    let value = Zeroizing::new(value.into_owned());
    (!value.contains(char::REPLACEMENT_CHARACTER)).then_some(value)
}
