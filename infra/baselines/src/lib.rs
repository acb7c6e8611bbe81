//! Lower bounds for the benchmarks: minimal Lambda functions (`src/bin`), and the calls to the table that an operation
//! needs, without the operation itself ([`calls`]). `cargo lab bench` compares the functions with them.

pub mod calls;
