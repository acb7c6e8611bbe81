//! Mutates valid inputs at random: drops, repeats and flips bytes, joins two inputs, and inserts separators and known
//! attack strings.

/// Byte strings that are inserted: separators of every parsed format, and strings that often break parsers.
const PIECES: [&[u8]; 24] = [
    b"%",
    b"%00",
    b"%F0%9F%91%8D",
    b"&",
    b"=",
    b"+",
    b".",
    b"\"",
    b"{",
    b"[",
    b"null",
    b"-1",
    b"1e999",
    b"\0",
    b"\r\n",
    b"\xff\xfe",
    b"\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd",
    b"\xcc\x81",
    b"\xe2\x80\xae",
    b"\xef\xbc\x91",
    b"AAAAAAAAAAAAAAAA",
    b"9999999999999999999",
    b"../",
    b"' OR 1=1 --",
];

/// One of the inputs, mutated one to four times. `None` if there are no inputs.
pub fn mutated(random: &mut fastrand::Rng, inputs: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut input = random.choice(inputs)?.clone();
    for _ in 0..random.usize(1..=4) {
        mutate(random, &mut input, inputs);
    }
    Some(input)
}

fn mutate(random: &mut fastrand::Rng, input: &mut Vec<u8>, inputs: &[Vec<u8>]) {
    let at = random.usize(..=input.len());
    let until = random.usize(at..=input.len()).min(at + 40);
    match random.u8(..8) {
        0 => drop(input.drain(at..until)),
        1 => input.truncate(at),
        2 => insert(input, at, random.choice(PIECES).unwrap_or_default()),
        3 => insert(input, at, &[random.u8(..)]),
        4 => {
            let piece: Vec<u8> = input.iter().skip(at).take(until - at).copied().collect();
            let times = random.usize(1..60);
            insert(input, at, &piece.repeat(times));
        }
        5 => {
            let other = random.choice(inputs).map(Vec::as_slice).unwrap_or_default();
            let rest: Vec<u8> = other.iter().skip(random.usize(..=other.len())).copied().collect();
            input.truncate(at);
            input.extend(rest);
        }
        6 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << random.u8(..8);
            }
        }
        _ => {
            if let Some(byte) = input.get_mut(at) {
                *byte = random.u8(..);
            }
        }
    }
}

fn insert(input: &mut Vec<u8>, at: usize, piece: &[u8]) {
    input.splice(at..at, piece.iter().copied());
}
