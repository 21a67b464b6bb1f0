//! Near misses: paths that are different for the gate, but equal for a lenient server.

use crate::path_problem::PathProblem;

/// The form in which near misses coincide: two paths in normal form are near misses of each other when they differ and their folded forms
/// are equal. It is only for comparison, and is not a path.
///
/// The folded form removes:
/// - the case of letters of ASCII, Latin, Greek, Cyrillic and Armenian, also where folding leads to ASCII (KELVIN SIGN, `ſ`, `ı`, `ß`);
/// - full-width forms and invisible characters;
/// - dots and spaces at the end of a segment, and NTFS's streams (`::$DATA`), which Windows drops;
/// - what follows a character that looks like `;` in a segment;
/// - what follows an encoded `?` or `#`, because a server that decodes too early treats it as a query or a fragment.
///
/// Otherwise the folded form has the same segments: [`NormalPath`](crate::NormalPath) refuses every path in which folding would make or
/// remove one. Unicode normalisation (NFC, NFD, NFKC) is not applied.
pub fn fold(path: &str) -> String {
    try_fold(path).unwrap_or_else(|_| path.to_owned())
}

/// The folded form of a path whose plain and percent-encoded bytes were checked. An error if a lenient server could read other segments in
/// it: characters that look like a slash or a backslash, or a segment that folds to nothing or to dots.
pub(crate) fn try_fold(path: &str) -> Result<String, PathProblem> {
    let decoded = decoded(path);
    // A path in normal form holds nothing but UTF-8, escaped or not.
    let decoded = std::str::from_utf8(&decoded).unwrap_or(path);
    let mut folded = String::with_capacity(path.len());
    // Where the last segment begins, and where a query would.
    let (mut start, mut query) = (0, None);
    let mut is_empty = true;
    for character in decoded.chars() {
        let length = folded.len();
        if character == '/' {
            end_segment(&mut folded, start, is_empty)?;
            // The segment can end before its query.
            query = query.map(|(begin, end): (usize, usize)| (begin, end.min(folded.len())));
            folded.push('/');
            (start, is_empty) = (folded.len(), true);
            continue;
        }
        is_empty = false;
        push_folded(character, &mut folded);
        match folded.as_bytes().get(length) {
            Some(b'/') => return Err(PathProblem::EncodedSlash),
            Some(b'\\') => return Err(PathProblem::Backslash),
            Some(b'?' | b'#') => query = query.or(Some((start, length))),
            _ => {}
        }
    }
    end_segment(&mut folded, start, is_empty)?;
    if folded.as_bytes().windows(3).any(|bytes| bytes.first() == Some(&b'%') && bytes.iter().skip(1).all(u8::is_ascii_hexdigit)) {
        return Err(PathProblem::DoublyEncoded);
    }
    if let Some((start, end)) = query {
        folded.truncate(end);
        end_segment(&mut folded, start, start >= end)?;
    }
    Ok(folded)
}

/// Ends the segment that begins at `start`. `is_empty` tells whether the path itself has nothing there.
fn end_segment(folded: &mut String, start: usize, is_empty: bool) -> Result<(), PathProblem> {
    let segment = folded.as_bytes().get(start..).unwrap_or_default();
    // A stream stands before a query.
    let before = segment.iter().position(|byte| matches!(byte, b';' | b'?' | b'#')).unwrap_or(segment.len());
    let is_stream = segment.get(..before).unwrap_or_default().windows(2).any(|pair| pair == b":$");
    let file = segment.iter().position(|byte| *byte == b';' || is_stream && *byte == b':').unwrap_or(segment.len());
    let segment = segment.get(..file).unwrap_or_default();
    let length = segment.iter().rposition(|byte| !matches!(byte, b'.' | b' ')).map_or(0, |last| last + 1);
    folded.truncate(start + length);
    if length == 0 && !is_empty { Err(PathProblem::DotSegment) } else { Ok(()) }
}

/// `path` with its escapes decoded; it is in normal form, so that each of them is complete.
fn decoded(path: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        let mut digit = || bytes.next().map_or(0, |byte| if byte < b'A' { byte & 0xf } else { (byte & 0xf) + 9 });
        decoded.push(if byte == b'%' { digit() << 4 | digit() } else { byte });
    }
    decoded
}

fn push_folded(character: char, folded: &mut String) {
    let ascii = match character {
        '\u{df}' | '\u{1e9e}' => "ss",
        // In lower case, `İ` is `i` with another dot above it.
        '\u{130}' | '\u{131}' => "i",
        '\u{17f}' => "s",
        '\u{212a}' => "k",
        '\u{fb00}' => "ff",
        '\u{fb01}' => "fi",
        '\u{fb02}' => "fl",
        '\u{fb03}' => "ffi",
        '\u{fb04}' => "ffl",
        '\u{fb05}' | '\u{fb06}' => "st",
        // Characters that some servers replace by the ASCII punctuation that they look like.
        '\u{2024}' | '\u{3002}' | '\u{fe52}' | '\u{ff61}' => ".",
        '\u{2025}' | '\u{fe30}' => "..",
        '\u{2026}' | '\u{fe19}' => "...",
        '\u{85}'
        | '\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{2800}'
        | '\u{3000}' => " ",
        '\u{2236}' | '\u{fe13}' | '\u{fe55}' => ":",
        '\u{2047}'..='\u{2049}' | '\u{fe16}' | '\u{fe56}' => "?",
        '\u{fe5f}' => "#",
        '\u{fe69}' => "$",
        '\u{fe6a}' => "%",
        // The letters of `℀` and of its like have a slash between them.
        '\u{338}' | '\u{2044}' | '\u{2100}' | '\u{2101}' | '\u{2105}' | '\u{2106}' | '\u{2215}' | '\u{29f8}' => "/",
        '\u{a5}' | '\u{20a9}' | '\u{20e5}' | '\u{2216}' | '\u{29f5}' | '\u{29f9}' | '\u{fe68}' => "\\",
        '\u{37e}' | '\u{fe14}' | '\u{fe54}' => ";",
        // Invisible characters, which some file systems ignore in names.
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e01ef}' => "",
        _ => {
            folded.push(lower(character));
            return;
        }
    };
    folded.push_str(ascii);
}

/// The lower case of a letter. `char::to_lowercase` would make the plugin larger by 20 KB.
fn lower(character: char) -> char {
    let code = u32::from(character);
    let lower = match code {
        // Full-width forms, which Windows replaces by ASCII where a program asks for a code page.
        0xff01..=0xff5e => return char::from_u32(code - 0xff01 + 0x21).unwrap_or(character).to_ascii_lowercase(),
        0x41..=0x5a | 0xc0..=0xd6 | 0xd8..=0xde | 0x391..=0x3a1 | 0x3a3..=0x3ab | 0x410..=0x42f => code + 0x20,
        0x100..=0x137
        | 0x14a..=0x177
        | 0x1de..=0x1ef
        | 0x1f8..=0x21f
        | 0x222..=0x233
        | 0x3d8..=0x3ef
        | 0x460..=0x481
        | 0x48a..=0x4bf
        | 0x4d0..=0x52f
        | 0x1e00..=0x1e95
        | 0x1ea0..=0x1eff => code | 1,
        0x139..=0x148 | 0x179..=0x17e | 0x1cd..=0x1dc | 0x4c1..=0x4ce => code + (code & 1),
        0x178 => 0xff,
        0x386 => 0x3ac,
        0x388..=0x38a => code + 37,
        0x38c => 0x3cc,
        0x38e | 0x38f => code + 63,
        // Sigma at the end of a word.
        0x3c2 => 0x3c3,
        0x400..=0x40f => code + 0x50,
        0x4c0 => 0x4cf,
        0x531..=0x556 => code + 0x30,
        // MICRO SIGN, OHM SIGN and ANGSTROM SIGN.
        0xb5 => 0x3bc,
        0x2126 => 0x3c9,
        0x212b => 0xe5,
        _ => code,
    };
    char::from_u32(lower).unwrap_or(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_coincide() {
        for (path, folded) in [
            ("/keys", "/keys"),
            ("/Keys/A.b", "/keys/a.b"),
            ("/%E2%84%AAeys", "/keys"),
            ("/key%C5%BF", "/keys"),
            ("/adm%C4%B1n/adm%C4%B0n", "/admin/admin"),
            ("/stra%C3%9Fe", "/strasse"),
            ("/o%EF%AC%83ce", "/office"),
            ("/%EF%AC%80/%EF%AC%81/%EF%AC%82/%EF%AC%84/%EF%AC%85/%EF%AC%86", "/ff/fi/fl/ffl/st/st"),
            ("/%E2%84%A6/%E2%84%AB/%C2%B5", "/\u{3c9}/\u{e5}/\u{3bc}"),
            ("/caf%C3%89", "/caf\u{e9}"),
            ("/%EF%BC%A1dmin", "/admin"),
            ("/ad%C2%ADmin%E2%80%8B", "/admin"),
            ("/admin.", "/admin"),
            ("/admin%20.%20", "/admin"),
            ("/admin./x", "/admin/x"),
            ("/", "/"),
            ("/a/", "/a/"),
            ("/a./", "/a/"),
            ("/a/%3Fx", "/a/"),
            ("/a%3Fb/c%23d", "/a"),
            ("/a%EF%BC%9Bb/c", "/a/c"),
            ("/a%E2%80%A6", "/a"),
            ("/%EF%BC%85", "/%"),
            ("/a::$DATA%3F/zzzzzzzzzz", "/a"),
            ("/a%EF%BC%9Bbbbbbb%3F/zzzzzzzzzz", "/a"),
            ("/a%C2%A0/b%E3%80%80", "/a/b"),
            ("/a%EF%B8%8F/b%CD%8F", "/a/b"),
            ("/a%E3%80%82", "/a"),
            ("/admin::$DATA", "/admin"),
            ("/admin.::$data/x", "/admin/x"),
            ("/admin:$i30:$INDEX_ALLOCATION/x", "/admin/x"),
            ("/admin:x:$DATA", "/admin"),
            ("/orders:cancel", "/orders:cancel"),
            // A stream behind a query is none.
            ("/orders:cancel%3F:$", "/orders:cancel"),
            ("/Orders:cancel%23x:$DATA/y", "/orders:cancel"),
            ("/orders:cancel%EF%BC%9B:$", "/orders:cancel"),
            ("/a%EF%B8%96x/b%EF%B8%94c", "/a"),
            ("/a%E2%81%87x", "/a"),
            ("/a%EF%B8%93b", "/a:b"),
            ("/a%E2%88%B6%EF%B9%95b", "/a::b"),
            ("/a%EF%B9%A9b%EF%B9%AAc", "/a$b%c"),
            ("/a%EF%B9%96x", "/a"),
            ("/a%EF%B9%9Fx", "/a"),
            ("/a%CD%BEx/b%EF%B9%94y", "/a/b"),
            ("/a%EF%BE%A0%E1%85%A0b%C2%80", "/ab"),
            ("/a%E2%A0%80", "/a"),
            ("/admin%3Fx/y", "/admin"),
            ("/admin%23x", "/admin"),
            ("/100%25/x", "/100%/x"),
            ("/%E6%9D%B1%E4%BA%AC", "/\u{6771}\u{4eac}"),
        ] {
            assert_eq!(fold(path), folded, "{path}");
        }
    }

    /// What follows an encoded query or fragment makes no difference.
    #[test]
    fn an_encoded_query_hides_nothing_that_stands_before_it() {
        for path in ["/orders:cancel", "/a/b:c", "/x.y", "/a%C2%A0b"] {
            for mark in ["%3F", "%23", "%EF%BC%9F"] {
                for query in ["", "x", ":$", "x:$DATA", ";:$", "a:$b/c:d", "/e", "::$DATA"] {
                    assert_eq!(fold(&format!("{path}{mark}{query}")), fold(path), "{path}{mark}{query}");
                }
            }
        }
    }

    #[test]
    fn a_path_that_a_lenient_server_could_divide_otherwise_is_refused() {
        use PathProblem::{Backslash, DotSegment, DoublyEncoded, EncodedSlash};
        for (path, problem) in [
            ("/a/%EF%BC%8E%EF%BC%8E", DotSegment),
            ("/a/%EF%BC%8E%EF%BC%8E/b", DotSegment),
            ("/a/.%E2%80%8B./b", DotSegment),
            ("/a/%E2%80%A5/b", DotSegment),
            ("/a/%E2%80%A4%E2%80%A4/b", DotSegment),
            ("/a/...", DotSegment),
            ("/a/..%20/b", DotSegment),
            ("/%20/a", DotSegment),
            ("/a/%E2%80%8B/b", DotSegment),
            ("/a/::$DATA", DotSegment),
            ("/a%E2%84%85b", EncodedSlash),
            ("/a%CC%B8b", EncodedSlash),
            ("/a%E2%83%A5b", Backslash),
            ("/a/..::$DATA/b", DotSegment),
            ("/a/%EF%BC%9Bb/c", DotSegment),
            ("/a/..%3Fb", DotSegment),
            ("/a/..%23b/c", DotSegment),
            ("/a%3Fb/%EF%BC%8E%EF%BC%8E/c", DotSegment),
            ("/a%EF%BC%8Fb", EncodedSlash),
            ("/a%E2%81%84b", EncodedSlash),
            ("/a%E2%88%95b", EncodedSlash),
            ("/a%EF%BC%BCb", Backslash),
            ("/a%E2%88%96b", Backslash),
            ("/a/..%C2%A5b", Backslash),
            ("/a/.%EF%B8%80./b", DotSegment),
            ("/a/%EF%B8%B0/b", DotSegment),
            ("/a/%C2%A0/b", DotSegment),
            ("/a%EF%BC%85%EF%BC%92f", DoublyEncoded),
            ("/a%EF%BC%852e", DoublyEncoded),
        ] {
            assert_eq!(try_fold(path), Err(problem), "{path}");
            assert_eq!(crate::NormalPath::parse(path.as_bytes()), Err(problem), "{path}");
        }
    }

    fn folded(text: impl Iterator<Item = char>) -> String {
        let mut folded = String::new();
        text.for_each(|character| push_folded(character, &mut folded));
        folded
    }

    /// Beside the tables of the standard library: every character that is ASCII in another case, and the letters of four scripts.
    #[test]
    fn case_is_folded_as_unicode_has_it() {
        let scripts =
            [0xb5..=0x17e, 0x1cd..=0x1dc, 0x386..=0x3ce, 0x400..=0x52f, 0x531..=0x556, 0x1e00..=0x1e95, 0x1ea0..=0x1eff];
        for character in (0..=0x10_ffff).filter_map(char::from_u32) {
            let own = folded([character].into_iter());
            for cased in [character.to_lowercase().collect::<String>(), character.to_uppercase().collect()] {
                let is_ascii = !character.is_ascii() && cased.is_ascii();
                let is_letter = scripts.iter().any(|script| script.contains(&u32::from(character))) && cased.chars().count() == 1;
                if is_ascii || is_letter {
                    assert_eq!(own, folded(cased.chars()), "{character} and {cased}");
                }
            }
        }
    }
}
