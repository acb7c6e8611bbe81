//! Phrases that say that we write to somebody else than the patient.

/// Clauses that say so by themselves. Left out: "no soy yo" and "se equivocaron", which may be about the appointment, and
/// "no soy el paciente", which a patient's mother says.
#[rustfmt::skip]
pub(in crate::reply) const WRONG_NUMBER: &[&str] = &[
    // es
    "numero equivocado", "equivocado", "es un numero equivocado", "es numero equivocado",
    "este es un numero equivocado", "este numero es equivocado", "este numero esta equivocado",
    "el numero esta equivocado", "el numero es equivocado", "numero incorrecto", "numero erroneo",
    "tienen el numero equivocado", "tiene el numero equivocado", "tienen un numero equivocado",
    "tiene un numero equivocado", "tienen mal el numero", "tiene mal el numero",
    "se equivoco de numero", "se equivocaron de numero", "se equivocan de numero", "se equivoca de numero",
    "te equivocaste de numero", "se ha equivocado de numero", "se han equivocado de numero",
    "se confundio de numero", "se confundieron de numero", "se equivoco de persona",
    "se equivocaron de persona", "se confundio de persona", "se confundieron de persona",
    "esta equivocado de numero", "estan equivocados de numero", "persona equivocada",
    "es la persona equivocada", "soy otra persona", "yo soy otra persona", "somos otra familia",
    "no soy esa persona", "yo no soy esa persona", "no soy la persona que buscan",
    "no soy la persona que busca", "no soy a quien buscan", "no soy a quien busca", "no soy quien buscan",
    "no soy quien busca", "no soy la que buscan", "no soy el que buscan", "no conozco a esa persona",
    "no conozco esa persona", "no la conozco a esa persona", "no conozco a nadie con ese nombre",
    "no conozco a nadie de ese nombre", "no conozco a nadie que se llame asi", "no se quien es esa persona",
    "no me llamo asi", "ese no es mi nombre", "este no es su numero", "este no es el numero de esa persona",
    "este numero no es de esa persona", "este numero ya no es de esa persona",
    "este telefono no es de esa persona", "este celular no es de esa persona", "ya no es su numero",
    "este numero no corresponde a esa persona", "este numero no pertenece a esa persona",
    "aqui no vive esa persona", "aca no vive esa persona",
    // pt
    "numero errado", "engano", "foi engano", "e engano", "por engano", "o numero esta errado",
    "este numero esta errado", "esse numero esta errado", "e o numero errado", "voce errou o numero",
    "voces erraram o numero", "esta com o numero errado", "estao com o numero errado",
    "mandou para o numero errado", "mandaram para o numero errado", "mandou pro numero errado",
    "mandaram pro numero errado", "mensagem para o numero errado", "numero incorreto", "pessoa errada",
    "e a pessoa errada", "sou outra pessoa", "eu sou outra pessoa", "nao sou essa pessoa",
    "eu nao sou essa pessoa", "nao conheco essa pessoa", "nao conheco ninguem com esse nome",
    "nao sei quem e essa pessoa", "esse numero nao e dela", "esse numero nao e dele",
    "este numero nao e dela", "este numero nao e dele", "esse numero nao e dessa pessoa",
    "este numero nao e dessa pessoa", "esse numero nao e mais dela", "esse numero nao e mais dele",
    "esse nao e meu nome", "esse nao e o meu nome",
    // en
    "wrong number", "wrong person", "this is the wrong number", "this is a wrong number",
    "its the wrong number", "its a wrong number", "you have the wrong number", "you have a wrong number",
    "you got the wrong number", "youve got the wrong number", "you have the wrong person",
    "youve got the wrong person", "i am not that person", "im not that person", "i am not this person",
    "im not this person", "i am somebody else", "im somebody else", "i am someone else",
    "im someone else", "i am another person", "im another person", "i do not know this person",
    "i dont know this person", "i do not know that person", "i dont know that person",
    "nobody here by that name", "no one here by that name", "that is not my name", "thats not my name",
    "this is not her number", "this is not his number", "this isnt her number", "this isnt his number",
];

/// They say so if a patient's name follows.
#[rustfmt::skip]
pub(in crate::reply) const NOT_NAMED: &[&str] = &[
    // es
    "no soy", "yo no soy", "no me llamo", "no conozco a", "no conozco a ningun", "no conozco a ninguna",
    "este no es el numero de", "ese no es el numero de", "no es el numero de", "este numero no es de",
    "este numero ya no es de", "este telefono no es de", "este celular no es de", "este no es el telefono de",
    "este no es el celular de", "aqui no vive", "aca no vive", "aqui no hay ningun", "aqui no hay ninguna",
    "aca no hay ningun", "aca no hay ninguna",
    // pt
    "nao sou", "eu nao sou", "nao me chamo", "nao conheco", "nao conheco nenhum", "nao conheco nenhuma",
    "este nao e o numero de", "esse nao e o numero de", "este numero nao e de", "esse numero nao e de",
    // en
    "i am not", "im not", "my name is not", "my name isnt", "i do not know", "i dont know", "i do not know any",
    "i dont know any", "this is not the number of", "this number is not of", "there is no",
];

/// They may stand before either.
pub(in crate::reply) const HEDGES: &[&str] =
    &["creo que", "me parece que", "parece que", "acho que", "i think", "i believe"];

/// They may stand before a name.
pub(in crate::reply) const TITLES: &[&str] = &[
    "la", "el", "a", "o", "da", "do", "senora", "senor", "senorita", "senhora", "senhor", "sra", "sr", "srta", "dona",
    "don", "mr", "mrs", "ms",
];
