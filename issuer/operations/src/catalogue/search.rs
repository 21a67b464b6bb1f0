//! Searches the catalogue of APIs.

use postern_token::ApiReference;

use crate::{Act, Error};
use postern_model::{ApiSummary, ApiTag, ApiTitle};

/// The entries of the catalogue whose name, version, title or tags hold every word of `query`, by name and version: at most `limit`, those after
/// `after`.
pub fn search_apis(act: &Act<'_>, query: &str, after: Option<&ApiReference<'_>>, limit: usize) -> Result<Vec<ApiSummary>, Error> {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    act.storage().read(|transaction| {
        let titles = transaction.api_titles()?;
        let is_after = |api: &ApiSummary| {
            after.is_none_or(|after| (api.name.as_str(), api.version.as_str()) > (after.name(), after.version()))
        };
        let found = titles.iter().filter(|api| is_after(api) && holds(api, &words)).take(limit);
        let references = found.filter_map(|api| ApiReference::parse(format!("{}/{}", api.name, api.version)).ok());
        let mut entries = Vec::new();
        for reference in references {
            // With its description.
            entries.extend(transaction.api_summary(&reference)?);
        }
        Ok(entries)
    })
}

fn holds(api: &ApiSummary, words: &[String]) -> bool {
    let title = api.text.title.iter().map(ApiTitle::as_str);
    let tags = api.text.tags.iter().map(ApiTag::as_str);
    let texts: Vec<String> =
        [api.name.as_str(), api.version.as_str()].into_iter().chain(title).chain(tags).map(str::to_lowercase).collect();
    words.iter().all(|word| texts.iter().any(|text| text.contains(word)))
}
