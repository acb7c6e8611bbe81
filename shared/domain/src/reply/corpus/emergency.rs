//! The corpus of emergencies: messages that have to be read as one, and ordinary messages that must not be. Which one
//! a message is follows from its file, and a comment says so where that had to be decided.

use crate::reply::is_emergency;
use std::fmt;

const ALARMING: &str = include_str!("emergency/alarming.txt");
const ORDINARY: [&str; 3] = [
    include_str!("emergency/ordinary_es.txt"),
    include_str!("emergency/ordinary_pt_en.txt"),
    include_str!("emergency/ordinary_later.txt"),
];

/// The messages that may report an emergency.
pub fn alarming() -> impl Iterator<Item = &'static str> {
    messages(ALARMING)
}

/// The messages that don't.
pub fn ordinary() -> impl Iterator<Item = &'static str> {
    ORDINARY.into_iter().flat_map(messages)
}

fn messages(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// How the messages of this corpus are read.
#[derive(Debug, Clone)]
pub struct EmergencyReport {
    pub alarming: usize,
    pub ordinary: usize,
    /// Emergencies that are read as ordinary.
    pub missed: Vec<&'static str>,
    /// Ordinary messages that are read as an emergency.
    pub false_alarms: Vec<&'static str>,
}

impl EmergencyReport {
    #[must_use]
    pub fn new() -> Self {
        Self {
            alarming: alarming().count(),
            ordinary: ordinary().count(),
            missed: alarming().filter(|message| !is_emergency(message)).collect(),
            false_alarms: ordinary().filter(|message| is_emergency(message)).collect(),
        }
    }
}

impl Default for EmergencyReport {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for EmergencyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = self.alarming - self.missed.len();
        writeln!(f, "emergencies: {found} of {} found", self.alarming)?;
        writeln!(f, "ordinary messages: {} of {} read as an emergency", self.false_alarms.len(), self.ordinary)?;
        for message in &self.missed {
            writeln!(f, "missed: {message}")?;
        }
        for message in &self.false_alarms {
            writeln!(f, "false alarm: {message}")?;
        }
        Ok(())
    }
}
