//! How far it is: a bar on stderr, where that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// For so many rows.
    #[must_use]
    pub fn of(rows: usize) -> Self {
        let bar = ProgressBar::new(rows as u64);
        if let Ok(style) = ProgressStyle::with_template("{msg:24} {wide_bar} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// What is done now.
    pub fn say(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// So many more are done.
    pub fn done(&self, rows: usize) {
        self.0.inc(rows as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        // A report follows where the bar was.
        self.0.finish_and_clear();
    }
}
