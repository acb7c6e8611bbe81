//! No function of `shared/app` that another module can call takes more than five parameters, `self` included: what
//! belongs together is one value, such as the unit of work. Clippy's limit would count private functions, too.

use std::path::Path;

const MOST: usize = 5;

/// The functions with a visibility, and the number of their parameters.
fn functions(source: &str) -> Vec<(String, usize)> {
    let heads = source.match_indices("fn ").filter(|(at, _)| {
        let line = source[..*at].rsplit('\n').next().unwrap().trim_start();
        line.starts_with("pub ") || line.starts_with("pub(")
    });
    heads
        .map(|(at, _)| {
            let head = &source[at + "fn ".len()..];
            let name: String = head.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let count = parameters(&head[name.len()..]);
            (name, count)
        })
        .collect()
}

/// Counts the parameters of a function, from what follows its name.
fn parameters(text: &str) -> usize {
    let (mut brackets, mut angles, mut count, mut is_empty) = (0_usize, 0_usize, 0, true);
    let mut previous = ' ';
    for character in text.chars() {
        match character {
            '(' | '[' | '{' => brackets += usize::from(brackets > 0 || angles == 0),
            ')' | ']' | '}' if brackets > 0 => brackets -= 1,
            '<' => angles += 1,
            '>' if previous != '-' => angles -= 1,
            ',' if brackets == 1 && angles == 0 => {
                count += 1;
                is_empty = true;
            }
            _ => {}
        }
        if brackets == 0 && character == ')' && angles == 0 {
            break;
        }
        is_empty &= brackets == 0 || character.is_whitespace() || ",(".contains(character);
        previous = character;
    }
    count + usize::from(!is_empty)
}

fn collect(folder: &Path, found: &mut Vec<(String, usize)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.extend(functions(&std::fs::read_to_string(path).unwrap()));
        }
    }
}

#[test]
fn no_function_of_app_takes_more_than_five_parameters() {
    let mut found = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/app/src"), &mut found);
    assert!(found.len() > 250, "only {} functions were found: this reads the wrong place", found.len());
    assert!(found.iter().any(|(_, count)| *count == MOST), "parameters aren't counted");
    let long: Vec<_> = found.iter().filter(|(_, count)| *count > MOST).collect();
    assert!(long.is_empty(), "group what belongs together into one value: {long:?}");
}

/// Tests [`functions`].
#[test]
fn parameters_are_counted_in_all_forms() {
    let source = "
pub fn none() -> Vec<(u8, u8)> { private(1, 2) }
fn private(a: u8, b: u8) {}
    pub(crate) async fn pattern<T: Fn(&A, &B) -> Result<C, D>>(
        &mut self,
        Pair { one, two }: Pair<'_, u8>,
        (kind, id): (&str, impl Display),
        next: impl Fn(&A, u8) -> Result<Vec<B>, C> + Send,
    ) -> Result<(), E> {}
pub const fn last(a: [u8; 2], b: BTreeMap<String, u8>) {}
";
    let expected = [("none", 0), ("pattern", 4), ("last", 2)];
    assert_eq!(functions(source), expected.map(|(name, count)| (name.to_owned(), count)));
}
