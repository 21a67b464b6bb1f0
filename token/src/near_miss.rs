//! Near misses: paths that are different for the gate, but equal for a lenient server.

/// The form in which near misses coincide: two paths in normal form are near misses of each other when they differ and their folded forms
/// are equal. It is only for comparison, and is not a path.
///
/// The folded form removes:
/// - the case of letters of ASCII, Latin, Greek, Cyrillic and Armenian, also where folding leads to ASCII (KELVIN SIGN, `ſ`, `ı`, `ß`);
/// - full-width forms and invisible characters;
/// - dots and spaces at the end of a segment, and NTFS's streams (`::$DATA`), which Windows drops;
/// - what follows an encoded `?` or `#`, because a server that decodes too early treats it as a query or a fragment.
///
/// Unicode normalisation (NFC, NFD) is not applied.
pub fn fold(path: &str) -> String {
    let decoded = decoded(path);
    // A path in normal form holds nothing but UTF-8, escaped or not.
    let decoded = std::str::from_utf8(&decoded).unwrap_or(path);
    let mut folded = String::with_capacity(path.len());
    let mut start = 0;
    for character in decoded.chars() {
        let length = folded.len();
        push_folded(character, &mut folded);
        match folded.as_bytes().get(length) {
            // A backslash comes from a full-width one only; a plain one has no normal form.
            Some(b'/' | b'\\') => {
                folded.truncate(length);
                end_segment(&mut folded, start);
                start = folded.len();
                folded.push('/');
            }
            Some(b'?' | b'#') => {
                folded.truncate(length);
                break;
            }
            _ => {}
        }
    }
    let ends_in_slash = folded.ends_with('/');
    end_segment(&mut folded, start);
    if ends_in_slash {
        folded.push('/');
    }
    folded
}

/// Ends the segment from `start`, where its slash is.
fn end_segment(folded: &mut String, start: usize) {
    let segment = folded.as_bytes().get(start..).unwrap_or_default();
    if segment == b"/.." {
        // From full-width dots only, as above.
        folded.truncate(start);
        folded.truncate(folded.rfind('/').unwrap_or_default());
        return;
    }
    let is_stream = segment.windows(2).any(|pair| pair == b":$");
    let file = segment.iter().position(|byte| is_stream && *byte == b':').unwrap_or(segment.len());
    let segment = segment.get(..file).unwrap_or_default();
    let length = segment.iter().rposition(|byte| !matches!(byte, b'.' | b' ')).map_or(0, |last| last + 1);
    // A segment that has only such characters is dropped, with its slash.
    folded.truncate(start + if segment.get(..length) == Some(b"/") { 0 } else { length });
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
        // Invisible characters, which some file systems ignore in names.
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => "",
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
            ("/caf%C3%89", "/caf\u{e9}"),
            ("/%EF%BC%A1dmin", "/admin"),
            ("/a%EF%BC%8Fb", "/a/b"),
            ("/a%EF%BC%8F%EF%BC%8E%EF%BC%8E%EF%BC%BCb", "/b"),
            ("/%EF%BC%8E%EF%BC%8E%EF%BC%8Fb", "/b"),
            ("/ad%C2%ADmin%E2%80%8B", "/admin"),
            ("/admin.", "/admin"),
            ("/admin%20.%20", "/admin"),
            ("/admin./x", "/admin/x"),
            ("/.env/...", "/.env"),
            ("/%20/a", "/a"),
            ("/", "/"),
            ("/a/", "/a/"),
            ("/a./", "/a/"),
            ("/...", ""),
            ("/admin::$DATA", "/admin"),
            ("/admin.::$data/x", "/admin/x"),
            ("/admin:$i30:$INDEX_ALLOCATION/x", "/admin/x"),
            ("/admin:x:$DATA", "/admin"),
            ("/orders:cancel", "/orders:cancel"),
            ("/admin%3Fx/y", "/admin"),
            ("/admin%23x", "/admin"),
            ("/100%25/x", "/100%/x"),
            ("/%E6%9D%B1%E4%BA%AC", "/\u{6771}\u{4eac}"),
        ] {
            assert_eq!(fold(path), folded, "{path}");
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
