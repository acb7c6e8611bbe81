//! Words to leave a question without an answer.

/// Whole messages. In Portuguese "sair" is an opt-out and "voltar" an opt-in, as our messages say.
#[rustfmt::skip]
pub(in crate::reply) const LEAVE: &[&str] = &[
    "salir", "volver", "volver al menu", "nada", "menu", "el menu", "dejalo asi", "dejelo asi",
    "voltar ao menu", "deixa assim",
    "exit", "back", "go back", "nothing", "never mind", "nevermind",
];
