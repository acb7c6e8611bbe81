//! What may be printed of what is personal? Nothing: logs, errors and panics print with `Debug`, so a
//! type that holds a person's data shows its own name there and no more.

/// Gives types a `Debug` that says which type it is, and nothing of what is inside.
///
/// ```
/// struct Diagnosis(String);
/// domain::opaque!(Diagnosis);
/// assert_eq!(format!("{:?}", Diagnosis("flu".into())), "Diagnosis(…)");
/// ```
#[macro_export]
macro_rules! opaque {
    ($($name:ident),+ $(,)?) => {$(
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}
