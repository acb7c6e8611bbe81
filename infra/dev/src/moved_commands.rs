//! Errors for commands that an older `cargo dev` had, with the command to use instead.

/// Older commands, and the command to use instead. On a deployment `cargo citas` takes the place of `cargo dev citas`.
const MOVED: [(&str, &str); 12] = [
    ("admin", "cargo dev citas admin"),
    ("audit", "cargo dev citas audit"),
    ("erasures", "cargo dev citas erasures"),
    ("export", "cargo dev citas export"),
    ("fsck", "cargo dev citas fsck"),
    ("import", "cargo dev citas import"),
    ("keys", "cargo dev citas keys"),
    ("bench", "cargo lab bench"),
    ("check", "cargo lab check"),
    ("corpus", "cargo lab corpus"),
    ("costs", "cargo lab costs"),
    ("fuzz", "cargo lab fuzz"),
];

/// The error for an unknown command.
#[must_use]
pub fn hint(command: &str) -> String {
    match MOVED.iter().find(|(old, _)| *old == command) {
        Some((_, now)) if now.starts_with("cargo dev citas") => {
            let on_deployments = now.replace("cargo dev citas", "cargo citas");
            format!("`cargo dev {command}` is `{now}` now; on a deployment, `{on_deployments}`")
        }
        Some((_, now)) => format!("`cargo dev {command}` is `{now}` now"),
        None => format!("there is no command {command}. `cargo dev --help` lists them"),
    }
}

#[cfg(test)]
mod tests {
    use super::hint;

    #[test]
    fn an_older_command_is_answered_with_the_new_one() {
        assert_eq!(hint("fsck"), "`cargo dev fsck` is `cargo dev citas fsck` now; on a deployment, `cargo citas fsck`");
        assert_eq!(hint("bench"), "`cargo dev bench` is `cargo lab bench` now");
        assert!(hint("nothing").starts_with("there is no command nothing"));
    }
}
