//! What the check found, in words. Ids, kinds and times only: a report may be mailed.

use std::fmt;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// An invariant fails.
    Fault,
    /// It looks like a fault, and a setting that was changed later explains it too.
    Warning,
}

/// Something that isn't as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// How bad it is.
    pub weight: Weight,
    /// The invariant that fails.
    pub invariant: Invariant,
    /// What it was found at, as `appointment 0194…`.
    pub subject: String,
    /// What is wrong with it.
    pub text: String,
}

/// The families of invariants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// Every row can be read and stands under its own key.
    Rows,
    /// Nobody is booked twice.
    Overlap,
    /// The agendas hold exactly the appointments that take time.
    Agenda,
    /// Overbooked appointments are counted, and no more than allowed.
    Overbooking,
    /// Every change of an appointment has its row of history and its row of audit.
    History,
    /// Appointments that replace each other point at each other; holds have their pointers.
    Links,
    /// Outcomes of requests point at what they made.
    Outcomes,
    /// Appointments, their reminders, and the pointers to what is due belong together.
    Notifications,
    /// No message of Twilio's belongs to two notifications.
    Messages,
    /// The numbers of contacts lead to their patients, and no others do.
    Contacts,
}

impl Invariant {
    /// Its name in a report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Overlap => "overlap",
            Self::Agenda => "agenda",
            Self::Overbooking => "overbooking",
            Self::History => "history",
            Self::Links => "links",
            Self::Outcomes => "outcomes",
            Self::Notifications => "notifications",
            Self::Messages => "messages",
            Self::Contacts => "contacts",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weight = match self.weight {
            Weight::Fault => "FAULT",
            Weight::Warning => "warning",
        };
        write!(f, "{weight} {}: {}: {}", self.invariant.name(), self.subject, self.text)
    }
}

/// All that was found, and in how many rows it was looked for.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Rows that were read.
    pub rows: usize,
    /// Appointments among them.
    pub appointments: usize,
    /// What was found, the worst first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether no invariant fails. Warnings don't count.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.faults().next().is_none()
    }

    /// The invariants that fail.
    pub fn faults(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.weight == Weight::Fault)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        let faults = self.faults().count();
        let warnings = self.findings.len() - faults;
        write!(f, "{} rows, {} appointments: {faults} faults, {warnings} warnings", self.rows, self.appointments)
    }
}

/// Collects what one family of invariants finds.
#[derive(Debug)]
pub(crate) struct Findings {
    invariant: Invariant,
    found: Vec<Finding>,
}

impl Findings {
    pub(crate) fn of(invariant: Invariant) -> Self {
        Self { invariant, found: Vec::new() }
    }

    pub(crate) fn fault(&mut self, subject: impl fmt::Display, text: impl Into<String>) {
        self.add(Weight::Fault, subject, text);
    }

    pub(crate) fn add(&mut self, weight: Weight, subject: impl fmt::Display, text: impl Into<String>) {
        let (invariant, subject, text) = (self.invariant, subject.to_string(), text.into());
        self.found.push(Finding { weight, invariant, subject, text });
    }

    pub(crate) fn done(self) -> Vec<Finding> {
        self.found
    }
}
