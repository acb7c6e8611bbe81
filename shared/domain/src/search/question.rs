//! What a search asks for.

use super::characters::plain;
use super::names::written_out;
use super::numbers::is_part_of_number;
use super::pairs::PairLookup;

/// The parts of a search, each of which has to be in a record: words of names, and numbers.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Question {
    names: Vec<String>,
    /// Numbers as they were grouped: `2987 45612 0101` is one number or several.
    numbers: Vec<Vec<String>>,
}

crate::opaque!(Question);

/// The texts by which an index is read for a question.
#[derive(Clone, PartialEq, Eq)]
pub struct LookupText {
    /// A word begins with this.
    pub start: String,
    /// A word contains this after its first character. `None` for one and two letters, which only begin a word.
    pub inside: Option<String>,
    /// Whether so many people have the word that most of them lack the other parts of a question.
    pub is_common: bool,
    /// Two beginnings of words that are read first.
    pub pair: Option<PairLookup>,
}

crate::opaque!(LookupText);

/// A number is looked up inside of others by its last digits: prefixes differ from one way of dialling to another.
pub const TAIL: usize = 6;
/// Parts of a number that are compared each by itself have so many characters at least.
const MIN_PART: usize = 4;
/// The most letters of a group in a document of letters and digits.
const MAX_LETTERS: usize = 5;
/// Numbers in more groups than this are only compared as one.
const MAX_GROUPS: usize = 12;

/// Words before a number that say what it is.
const LABELS: &[&str] = &[
    "cc",
    "ce",
    "cedula",
    "cel",
    "celu",
    "celular",
    "ci",
    "cnh",
    "cpf",
    "cuil",
    "cuit",
    "cui",
    "curp",
    "de",
    "dni",
    "doc",
    "documento",
    "dpi",
    "dui",
    "fijo",
    "fono",
    "id",
    "identidad",
    "identificacion",
    "ine",
    "mobile",
    "movil",
    "nif",
    "nie",
    "nit",
    "no",
    "nr",
    "nro",
    "num",
    "numero",
    "nuip",
    "pas",
    "pasaporte",
    "passaporte",
    "passport",
    "pep",
    "phone",
    "ppt",
    "rc",
    "rg",
    "rnc",
    "rucs",
    "ruc",
    "rut",
    "run",
    "te",
    "tel",
    "telef",
    "telefone",
    "telefono",
    "telf",
    "ti",
    "tlf",
    "wa",
    "whatsapp",
    "whats",
    "wpp",
    "wsp",
    "zap",
];

/// Labels that also stand after a number, and are in no name.
const TRAILING_LABELS: &[&str] = &["cel", "celular", "dni", "fijo", "movil", "tel", "telefono", "whatsapp", "wsp"];

/// Titles that are in no name.
const TITLES: &[&str] = &[
    "dr", "dra", "lic", "licda", "mr", "mrs", "ms", "prof", "profa", "sr", "sra", "srita", "srta", "sto", "senor",
    "senora", "senorita", "doctor", "doctora", "doutor", "doutora", "enf", "ing", "paciente", "pcte",
];

/// Titles that are a name too, so they are one only before another word.
const TITLES_BEFORE_NAMES: &[&str] = &["d", "da", "dna", "don", "dona"];

/// The most common given names: of two words the other one finds fewer people.
const COMMON_GIVEN: &[&str] = &[
    "ana",
    "andrea",
    "angel",
    "angela",
    "antonio",
    "camila",
    "carlos",
    "carmen",
    "daniel",
    "daniela",
    "david",
    "diego",
    "elena",
    "fernanda",
    "fernando",
    "francisca",
    "francisco",
    "gabriel",
    "gabriela",
    "guadalupe",
    "isabel",
    "jesus",
    "joao",
    "jorge",
    "jose",
    "juan",
    "juana",
    "julia",
    "laura",
    "lucia",
    "luis",
    "luisa",
    "luiz",
    "manuel",
    "maria",
    "mario",
    "marta",
    "martha",
    "martin",
    "miguel",
    "patricia",
    "paula",
    "pedro",
    "rafael",
    "rosa",
    "sofia",
    "valentina",
    "victor",
];

/// The most common family names.
const COMMON_FAMILY: &[&str] = &[
    "alvarez",
    "castillo",
    "castro",
    "chavez",
    "cruz",
    "diaz",
    "fernandez",
    "flores",
    "garcia",
    "gomez",
    "gonzales",
    "gonzalez",
    "gutierrez",
    "hernandez",
    "jimenez",
    "lopez",
    "martinez",
    "mendoza",
    "morales",
    "munoz",
    "oliveira",
    "ortiz",
    "perez",
    "ramirez",
    "ramos",
    "reyes",
    "rivera",
    "rodrigues",
    "rodriguez",
    "rojas",
    "romero",
    "ruiz",
    "sanchez",
    "santos",
    "silva",
    "souza",
    "torres",
    "vargas",
    "vasquez",
];

/// How many people a word of a name finds, compared with others: the fewest come last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Frequency {
    Particle,
    CommonGiven,
    CommonFamily,
    Rare,
}

fn frequency(word: &str) -> Frequency {
    match word {
        _ if word.chars().count() <= 2 => Frequency::Particle,
        "del" | "los" | "las" | "dos" | "das" => Frequency::Particle,
        _ if COMMON_GIVEN.contains(&word) => Frequency::CommonGiven,
        _ if COMMON_FAMILY.contains(&word) => Frequency::CommonFamily,
        _ => Frequency::Rare,
    }
}

/// How few people a word of a name finds. `None` for a particle, which finds nobody.
pub(super) fn selectivity(word: &str) -> Option<Frequency> {
    Some(frequency(word)).filter(|frequency| *frequency != Frequency::Particle)
}

struct Token {
    text: String,
    /// Whether no blank is between it and the token before.
    is_attached: bool,
    follows_number: bool,
    /// Whether the token before it has letters and digits.
    follows_code: bool,
    has_dot: bool,
}

impl Token {
    fn is_number(&self) -> bool {
        self.text.chars().any(|c| c.is_ascii_digit())
    }

    fn is_letter(&self) -> bool {
        self.text.chars().count() == 1
    }

    fn is_code(&self) -> bool {
        self.is_number() && self.text.chars().any(char::is_alphabetic)
    }

    /// Whether it can be a group of letters in a document of letters and digits: `GOMC 9005 14HD FRRS 09`.
    fn is_group(&self) -> bool {
        self.follows_code && self.text.chars().count() <= MAX_LETTERS
    }

    /// The check digit of a document can be a letter: 12.345.678-K.
    fn is_check_letter(&self) -> bool {
        self.follows_number && self.is_attached && self.is_letter()
    }
}

impl Question {
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut tokens = tokens(text);
        drop_labels(&mut tokens);
        let mut question = Self::default();
        let mut is_in_number = false;
        let mut tokens = tokens.iter().peekable();
        while let Some(token) = tokens.next() {
            let is_group = token.is_group() && tokens.peek().is_some_and(|next| next.is_number());
            if token.is_number() || token.is_check_letter() || is_group {
                // `0xx11` stands for a carrier of the caller's choice.
                let text = token.text.strip_prefix("0xx").map(|rest| format!("0{rest}"));
                let text = text.unwrap_or_else(|| token.text.clone());
                match question.numbers.last_mut().filter(|_| is_in_number) {
                    Some(number) => number.push(text),
                    None => question.numbers.push(vec![text]),
                }
                is_in_number = true;
            } else {
                question.names.push(written_out(&token.text, token.has_dot).to_owned());
                is_in_number = false;
            }
        }
        question
    }

    /// Asks for a number or a document in full, too.
    #[must_use]
    pub fn and_number(mut self, number: &str) -> Self {
        let number: String = plain(number).chars().filter(|c| c.is_alphanumeric()).collect();
        self.numbers.push(vec![number]);
        self
    }

    /// Whether it asks for nothing: it has no letter and no digit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.numbers.is_empty()
    }

    /// Whether it has several parts, so that most records with one of them lack another.
    #[must_use]
    pub fn has_several_parts(&self) -> bool {
        self.names.len() + self.numbers.len() > 1
    }

    /// Whether each part is in one of a record's words. A word that begins with `+` is a phone number.
    #[must_use]
    pub fn matches(&self, words: &[&str]) -> bool {
        self.names.iter().all(|name| words.iter().any(|word| word.contains(name.as_str())))
            && self.numbers.iter().all(|groups| number_matches(groups, words))
    }

    /// The part with the fewest matches: the longest number, else the longest word that isn't a common name. `None` if
    /// there is none.
    #[must_use]
    pub fn lookup(&self) -> Option<LookupText> {
        let number = self.numbers.iter().map(|groups| groups.concat()).max_by_key(String::len);
        let name = self.names.iter().max_by_key(|name| (frequency(name), name.chars().count()));
        let text = match (number, name) {
            (Some(number), Some(name)) if number.chars().count() < MIN_PART => name.clone(),
            (Some(number), _) => {
                let length = number.chars().count();
                let inside = number.chars().skip(length.saturating_sub(if length > TAIL { TAIL } else { length }));
                let inside = Some(inside.collect()).filter(|_| length > 2);
                return Some(LookupText { start: number, inside, is_common: false, pair: None });
            }
            (None, name) => name?.clone(),
        };
        let inside = Some(text.clone()).filter(|text| text.chars().count() > 2);
        let is_common = frequency(&text) < Frequency::Rare;
        let pair = PairLookup::of(self.names.iter().map(String::as_str));
        Some(LookupText { start: text, inside, is_common, pair })
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let (mut is_attached, mut begins) = (false, true);
    for c in plain(text).chars() {
        if c.is_alphanumeric() {
            if let Some(token) = tokens.last_mut().filter(|_| !begins) {
                token.text.push(c);
            } else {
                let follows_number = tokens.last().is_some_and(Token::is_number);
                let follows_code = tokens.last().is_some_and(Token::is_code);
                tokens.push(Token { text: c.to_string(), is_attached, follows_number, follows_code, has_dot: false });
            }
            (is_attached, begins) = (true, false);
            continue;
        }
        if c == '.' && !begins {
            tokens.last_mut().into_iter().for_each(|token| token.has_dot = true);
        }
        is_attached = is_attached && matches!(c, '.' | '-' | '/');
        begins = true;
    }
    tokens
}

/// Drops what says of which kind a number or a person is. What has nothing else is left as it is.
fn drop_labels(tokens: &mut Vec<Token>) {
    let has_number = tokens.iter().any(Token::is_number);
    let has_name = |token: &Token| !token.is_number() && !TITLES.contains(&token.text.as_str());
    let has_more = has_number || tokens.iter().any(has_name);
    let mut kept: Vec<Token> = Vec::new();
    // Backwards: what comes after a word says whether it is a label.
    let (mut is_before_number, mut is_before_name, mut has_number_after) = (false, false, false);
    for token in std::mem::take(tokens).into_iter().rev() {
        let text = token.text.as_str();
        if token.is_number() || token.is_check_letter() {
            (is_before_number, has_number_after) = (true, true);
            is_before_name = false;
            kept.push(token);
            continue;
        }
        // `CURP: GOMC 9005 …`: the number may begin with letters.
        let is_kind = (has_number_after && LABELS.contains(&text)) || (is_before_number && token.is_letter());
        let is_label = is_kind && !token.is_group();
        let is_trailing = has_number && TRAILING_LABELS.contains(&text);
        let is_title = has_more && TITLES.contains(&text);
        if is_label || is_trailing || is_title || (is_before_name && TITLES_BEFORE_NAMES.contains(&text)) {
            continue;
        }
        is_before_number = false;
        is_before_name = true;
        kept.push(token);
    }
    kept.reverse();
    *tokens = kept;
}

/// Whether a number, or each of the numbers that its groups may be, is in one of the words.
fn number_matches(groups: &[String], words: &[&str]) -> bool {
    if code_matches(&groups.concat(), words) {
        return true;
    }
    if groups.len() > MAX_GROUPS {
        return false;
    }
    // Whether the groups from each one on can be read as numbers that match. The last entry stands for none left.
    let mut reads = vec![true];
    for at in (0..groups.len()).rev() {
        let rest = groups.get(at..).unwrap_or_default();
        let found = (1..=rest.len()).any(|taken| {
            let part = rest.get(..taken).unwrap_or_default().concat();
            part.len() >= MIN_PART
                && reads.get(reads.len().saturating_sub(taken)).copied().unwrap_or_default()
                && code_matches(&part, words)
        });
        reads.push(found);
    }
    reads.last().copied().unwrap_or_default()
}

/// Whether a number is in one of the words, with or without letters in front: `V12345678`, `CC1098766`.
fn code_matches(code: &str, words: &[&str]) -> bool {
    let digits = code.trim_start_matches(|c: char| c.is_alphabetic());
    let is_labelled = code.len() - digits.len() <= 4 && digits.len() >= MIN_PART;
    let is_in = |code: &str, word: &str| match word.strip_prefix('+') {
        Some(stored) => code.bytes().all(|byte| byte.is_ascii_digit()) && is_part_of_number(code, stored),
        None => word.contains(code),
    };
    words.iter().any(|word| is_in(code, word) || (is_labelled && digits != code && is_in(digits, word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Vec<String>, Vec<String>) {
        let Question { names, numbers } = Question::parse(text);
        (names, numbers.iter().map(|groups| groups.concat()).collect())
    }

    #[test]
    fn punctuation_titles_and_labels_are_no_part_of_a_question() {
        let of = |names: &[&str], numbers: &[&str]| {
            let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
            (own(names), own(numbers))
        };
        for (text, wanted) in [
            ("Rodríguez, Ana", of(&["rodriguez", "ana"], &[])),
            ("García Márquez, Gabriel;", of(&["garcia", "marquez", "gabriel"], &[])),
            ("Sra. Rodríguez", of(&["rodriguez"], &[])),
            ("Dr. Ana Ríos", of(&["ana", "rios"], &[])),
            ("DNI 7.777.777", of(&[], &["7777777"])),
            ("D.N.I. Nº 7 777 777", of(&[], &["7777777"])),
            ("tel. 2345-6789", of(&[], &["23456789"])),
            ("nro. de documento: 123456/78", of(&[], &["12345678"])),
            ("RUT 12.345.678-K", of(&[], &["12345678k"])),
            ("Rut Paz", of(&["rut", "paz"], &[])), // a name, not a document
            ("Li 1234", of(&["li"], &["1234"])),
            ("V-12345678", of(&[], &["12345678"])),
            ("Ma. Elena", of(&["maria", "elena"], &[])),
            ("Mª", of(&["maria"], &[])),
            ("Don Pedro", of(&["pedro"], &[])),
            ("Pedro Don", of(&["pedro", "don"], &[])),
            ("Dr.", of(&["dr"], &[])),
            ("300 555 0001 (cel)", of(&[], &["3005550001"])),
            ("\u{202a}+57 300\u{a0}555\u{2011}0001\u{202c}", of(&[], &["573005550001"])),
            ("(0xx11) 98765-4321", of(&[], &["011987654321"])),
            ("CURP: GOMC 9005 14HD FRRS 09", of(&["gomc"], &["900514hdfrrs09"])),
            (" . - ", of(&[], &[])),
        ] {
            assert_eq!(parsed(text), wanted, "{text}");
        }
    }

    #[test]
    fn groups_of_digits_are_one_number_or_several() {
        let words = ["2987456120101", "+573005550001", "ana"];
        for text in ["2987 45612 0101", "2987456120101 300 555 0001", "5612 0001", "ana 0101", "+57 300 555 0001"] {
            assert!(Question::parse(text).matches(&words), "{text}");
        }
        for text in ["2987 45612 0102", "300 555 0002", "57 0101 99"] {
            assert!(!Question::parse(text).matches(&words), "{text}");
        }
    }

    #[test]
    fn a_question_is_looked_up_by_its_most_selective_part() {
        let lookup = |text: &str| Question::parse(text).lookup().map(|found| (found.start, found.inside));
        let both = |text: &str| Some((text.to_owned(), Some(text.to_owned())));
        assert_eq!(lookup("ana fernandez"), both("fernandez"));
        assert_eq!(lookup("fernandez 0101"), both("0101"));
        assert_eq!(lookup("chub maria"), both("chub"));
        assert_eq!(lookup("maria jose"), both("maria"));
        assert_eq!(lookup("maria garcia"), both("garcia"));
        assert_eq!(lookup("ximena garcia"), both("ximena"));
        assert_eq!(lookup("ana 88"), both("ana"));
        assert_eq!(lookup("Wu"), Some(("wu".into(), None)));
        assert_eq!(lookup("0991234567"), Some(("0991234567".into(), Some("234567".into()))));
        assert_eq!(lookup("…"), None);
    }
}
