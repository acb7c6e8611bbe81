//! Redacted `Debug` output for types that hold personal data. Logs, errors and panics print with `Debug`, so
//! such a type shows only its own name there.

/// Implements `Debug` with the name of the type and without its contents.
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
