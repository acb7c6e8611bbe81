//! What is on a PDF that Chromium printed: enough of the format to read its text.

use flate2::read::ZlibDecoder;
use std::collections::BTreeMap;
use std::io::Read as _;

fn position(bytes: &[u8], text: &[u8]) -> Option<usize> {
    bytes.windows(text.len()).position(|window| window == text)
}

pub(super) fn pages(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    text.matches("/Type /Page").count() - text.matches("/Type /Pages").count()
}

/// The streams, inflated.
fn streams(mut pdf: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    while let Some(at) = position(pdf, b"stream\n") {
        pdf = &pdf[at + 7..];
        let end = position(pdf, b"endstream").unwrap_or(pdf.len());
        let mut text = Vec::new();
        if ZlibDecoder::new(&pdf[..end]).read_to_end(&mut text).is_ok() {
            found.push(String::from_utf8_lossy(&text).into_owned());
        }
        pdf = pdf.get(end + 9..).unwrap_or_default();
    }
    found
}

/// The numbers of a line such as `<0003> <0020>`.
fn numbers(line: &str) -> Vec<u32> {
    let parts = line.split(['<', '>']).filter(|part| !part.trim().is_empty());
    parts.filter_map(|part| u32::from_str_radix(part, 16).ok()).collect()
}

/// The characters by glyph. The fonts of one family number the letters alike.
fn characters(streams: &[String]) -> BTreeMap<u32, char> {
    let mut characters = BTreeMap::new();
    for map in streams.iter().filter(|stream| stream.contains("begincmap")) {
        let mut is_range = false;
        for line in map.lines() {
            if line.contains("beginbf") {
                is_range = line.contains("range");
            }
            match (is_range, &*numbers(line)) {
                (true, &[from, to, first]) => {
                    characters
                        .extend((from..=to).filter_map(|glyph| Some((glyph, char::from_u32(first + glyph - from)?))));
                }
                (false, &[glyph, character]) => characters.extend(char::from_u32(character).map(|one| (glyph, one))),
                _ => {}
            }
        }
    }
    characters
}

/// The letters in the order in which they are drawn, without blanks: each is drawn by itself.
pub(super) fn text(pdf: &[u8]) -> String {
    let streams = streams(pdf);
    let characters = characters(&streams);
    let mut text = String::new();
    for stream in streams.iter().filter(|stream| stream.contains("BT")) {
        for line in stream.lines().filter(|line| line.ends_with("Tj") || line.ends_with("TJ")) {
            for glyphs in line.split('<').skip(1).filter_map(|part| part.split_once('>')).map(|(glyphs, _)| glyphs) {
                let codes = glyphs.as_bytes().chunks(4).filter_map(|code| std::str::from_utf8(code).ok());
                let codes = codes.filter_map(|code| u32::from_str_radix(code, 16).ok());
                text.extend(codes.filter_map(|code| characters.get(&code)).filter(|one| !one.is_whitespace()));
            }
        }
    }
    text
}
