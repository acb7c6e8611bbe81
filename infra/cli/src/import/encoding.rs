//! Detects how a file's text is encoded, and decodes it.
//!
//! Excel's "CSV" is Windows-1252 in Spanish and Portuguese, its "Unicode text" and what PowerShell redirects are
//! UTF-16, everything else is UTF-8. Nothing else is guessed: a file that is none of them is refused.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextEncoding {
    Utf8,
    /// With a byte order mark.
    Utf8Marked,
    Utf16Le,
    Utf16Be,
    Windows1252,
}

impl fmt::Display for TextEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8Marked => "UTF-8 with a byte order mark",
            Self::Utf16Le => "UTF-16, low byte first",
            Self::Utf16Be => "UTF-16, high byte first",
            Self::Windows1252 => "Windows-1252",
        })
    }
}

/// A file is no text, or in an encoding that isn't known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a text in UTF-8, UTF-16 or Windows-1252")]
pub struct UnknownEncoding;

/// Decodes the bytes of a file; a byte order mark is left out.
///
/// # Errors
/// [`UnknownEncoding`].
pub fn decode(bytes: &[u8]) -> Result<(String, TextEncoding), UnknownEncoding> {
    let found = detect(bytes);
    let encoding = match found {
        TextEncoding::Utf8 | TextEncoding::Utf8Marked => UTF_8,
        TextEncoding::Utf16Le => UTF_16LE,
        TextEncoding::Utf16Be => UTF_16BE,
        TextEncoding::Windows1252 => WINDOWS_1252,
    };
    let (text, has_errors) = encoding.decode_with_bom_removal(bytes);
    // Bytes that Windows-1252 doesn't define become control characters, which no spreadsheet has.
    let is_text = !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'));
    if has_errors || !is_text {
        return Err(UnknownEncoding);
    }
    Ok((text.into_owned(), found))
}

fn detect(bytes: &[u8]) -> TextEncoding {
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => return TextEncoding::Utf8Marked,
        [0xff, 0xfe, ..] => return TextEncoding::Utf16Le,
        [0xfe, 0xff, ..] => return TextEncoding::Utf16Be,
        _ => {}
    }
    // Latin letters have a zero as their high byte, and no text has other zeros.
    let zeros = |odd: usize| bytes.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    match (zeros(0), zeros(1)) {
        (0, 0) if std::str::from_utf8(bytes).is_ok() => TextEncoding::Utf8,
        (0, 0) => TextEncoding::Windows1252,
        (even, odd) if even < odd => TextEncoding::Utf16Le,
        _ => TextEncoding::Utf16Be,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes_of).collect()
    }

    #[test]
    fn the_encoding_is_recognised_with_and_without_a_byte_order_mark() {
        let text = "nombre;Núñez\r\nMuñoz – «García»";
        let windows: Vec<u8> = WINDOWS_1252.encode(text).0.into_owned();
        assert_eq!(windows[8], 0xfa, "ú");
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), TextEncoding::Utf8),
            (format!("\u{feff}{text}").into_bytes(), TextEncoding::Utf8Marked),
            (utf16(&format!("\u{feff}{text}"), u16::to_le_bytes), TextEncoding::Utf16Le),
            (utf16(&format!("\u{feff}{text}"), u16::to_be_bytes), TextEncoding::Utf16Be),
            (utf16(text, u16::to_le_bytes), TextEncoding::Utf16Le),
            (utf16(text, u16::to_be_bytes), TextEncoding::Utf16Be),
            (windows, TextEncoding::Windows1252),
        ] {
            assert_eq!(decode(&bytes), Ok((text.to_owned(), encoding)));
        }
        assert_eq!(decode(b""), Ok((String::new(), TextEncoding::Utf8)));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for bytes in [
            &b"PK\x03\x04\x14\x00\x06\x00"[..],  // a workbook, which is a zip
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", // an old workbook
            b"a;\x81\x8d",                       // undefined in Windows-1252
            b"\xff\xfea",                        // half a character
            b"\xef\xbb\xbfN\xfa\xf1ez",          // says UTF-8 and isn't
        ] {
            assert_eq!(decode(bytes), Err(UnknownEncoding), "{bytes:?}");
        }
    }
}
