//! Recognises messages that a person should see at once, whatever they ask for.

use super::normalise;

/// Words about illness, death, or a person to talk to. One of them anywhere in the text is enough: the only effect is
/// that a person looks at the message sooner.
#[rustfmt::skip]
const PHRASES: &[&str] = &[
    // es
    "fallecio", "fallecida", "fallecido", "murio", "muerto", "muerta", "internado", "internada", "hospitalizado",
    "hospitalizada", "hospital", "operaron", "enfermo", "enferma", "fiebre", "grave", "persona", "humano", "operador",
    "operadora", "recepcion", "recepcionista", "secretaria", "llamenme", "me llaman", "me pueden llamar",
    "me puede llamar", "hablar con alguien",
    // pt
    "faleceu", "falecido", "falecida", "morreu", "internaram", "doente", "febre", "pessoa", "atendente", "recepcao",
    "me liguem", "podem me ligar", "falar com alguem",
    // en
    "passed away", "died", "in hospital", "in the hospital", "sick", "ill", "fever", "person", "human",
    "call me", "talk to someone", "speak to someone",
];

/// Whether a text has words of [`PHRASES`].
#[must_use]
pub fn concerns_a_person(text: &str) -> bool {
    let Some(clauses) = normalise::clauses(text) else { return false };
    clauses.iter().any(|clause| {
        let clause = format!(" {} ", clause.join(" "));
        PHRASES.iter().any(|phrase| clause.contains(&format!(" {phrase} ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn death_illness_and_people_are_found_anywhere() {
        for text in
            ["Mi mamá falleció ayer", "quiero hablar con una persona", "está internada, no va a poder", "call me"]
        {
            assert!(concerns_a_person(text), "{text}");
        }
        for text in ["no sé si puedo", "llego tarde", "qué día era", ""] {
            assert!(!concerns_a_person(text), "{text}");
        }
    }
}
