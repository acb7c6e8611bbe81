//! The progress bar of an import, on stderr if that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

#[derive(Debug)]
pub struct ImportProgress(ProgressBar);

impl ImportProgress {
    /// A bar for this number of rows.
    #[must_use]
    pub fn new(rows: usize) -> Self {
        let bar = ProgressBar::new(rows as u64);
        if let Ok(style) = ProgressStyle::with_template("{msg:24} {wide_bar} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Shows the kind of row that is imported now.
    pub fn set_stage(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// Adds to the number of finished rows.
    pub fn advance(&self, rows: usize) {
        self.0.inc(rows as u64);
    }
}

impl Drop for ImportProgress {
    fn drop(&mut self) {
        // The report is printed in its place.
        self.0.finish_and_clear();
    }
}
