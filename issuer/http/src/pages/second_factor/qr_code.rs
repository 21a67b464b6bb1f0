//! A QR code as an SVG path.

use std::fmt::Write as _;

use qrcode::{Color, QrCode};

/// The light margin that scanners need, in modules (ISO/IEC 18004).
const MARGIN: usize = 4;

/// A QR code.
pub(super) struct Picture {
    /// Its width and height, with the margin, in modules.
    pub(super) size: usize,
    /// The dark modules, as the attribute `d` of a path.
    pub(super) path: String,
}

impl Picture {
    /// The QR code of a text; `None` if the text is too long for one.
    pub(super) fn of(text: &str) -> Option<Self> {
        let code = QrCode::new(text).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (at, color) in code.to_colors().into_iter().enumerate() {
            if color == Color::Dark {
                // Writing to a string cannot fail.
                let _ = write!(path, "M{} {}h1v1h-1z", MARGIN + at % width, MARGIN + at / width);
            }
        }
        Some(Self { size: width + 2 * MARGIN, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_a_margin_and_the_three_corners_that_scanners_look_for() {
        let picture = Picture::of("otpauth://totp/issuer.example:alice%40local?secret=GEZDGNBVGY3TQOJQ").unwrap();
        let last = picture.size - MARGIN - 1;
        for (x, y) in [(MARGIN, MARGIN), (last, MARGIN), (MARGIN, last)] {
            assert!(picture.path.contains(&format!("M{x} {y}h1v1h-1z")), "{x} {y}");
        }
        assert!(
            !picture.path.contains("M0 ") && !picture.path.contains("M3 ") && !picture.path.contains(&format!("M{} ", last + 1))
        );
        assert!(Picture::of(&"x".repeat(5000)).is_none());
    }
}
