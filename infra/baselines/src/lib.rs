//! What a function costs at least: programs that do less than any of ours (`src/bin`), and the calls to the table that
//! an operation needs, without the operation ([`calls`]). `cargo lab bench` holds the functions against them.

pub mod calls;
