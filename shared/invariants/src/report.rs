//! The report of a check. It contains ids, kinds and times only, no personal data, because it may be sent by
//! e-mail.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// An invariant is violated.
    Fault,
    /// A possible violation that a later change of a setting may explain.
    Warning,
}

/// A violated invariant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FsckFinding {
    pub severity: Severity,
    pub invariant: Invariant,
    /// The object, for example `appointment 0194…`.
    pub subject: String,
    pub text: String,
}

/// A family of invariants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// Every row can be parsed and has the key that its contents imply.
    Rows,
    /// There are no double bookings.
    Overlap,
    /// The agendas contain exactly the appointments that occupy time.
    Agenda,
    /// The counters of overbooked appointments are right and within the limit.
    Overbooking,
    /// Every change of an appointment has one history row and one audit row.
    History,
    /// Rescheduled appointments refer to each other, and holds have pointers.
    Links,
    /// No active appointment that isn't stranded lies in closed time.
    ClosedTime,
    /// Outcomes of requests refer to existing entities.
    Outcomes,
    /// Appointments have reminders, and notifications have due pointers.
    Notifications,
    /// No two notifications have the same Twilio message.
    Messages,
    /// The numbers of contacts that receive messages, and no others, point to their patients.
    Contacts,
    /// Nothing went to a number that opted out or isn't the patient's.
    Restrictions,
}

impl Invariant {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Overlap => "overlap",
            Self::Agenda => "agenda",
            Self::Overbooking => "overbooking",
            Self::History => "history",
            Self::Links => "links",
            Self::ClosedTime => "closed time",
            Self::Outcomes => "outcomes",
            Self::Notifications => "notifications",
            Self::Messages => "messages",
            Self::Contacts => "contacts",
            Self::Restrictions => "restrictions",
        }
    }
}

impl fmt::Display for FsckFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weight = match self.severity {
            Severity::Fault => "FAULT",
            Severity::Warning => "warning",
        };
        write!(f, "{weight} {}: {}: {}", self.invariant.name(), self.subject, self.text)
    }
}

/// The findings of a check, and the number of checked rows.
#[derive(Debug, Clone, Default)]
pub struct FsckReport {
    /// The number of rows.
    pub rows: usize,
    /// The number of appointments among them.
    pub appointments: usize,
    /// The most severe first.
    pub findings: Vec<FsckFinding>,
}

impl FsckReport {
    /// Whether there are no faults. Warnings don't count.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.faults().next().is_none()
    }

    pub fn faults(&self) -> impl Iterator<Item = &FsckFinding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Fault)
    }
}

impl fmt::Display for FsckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        let faults = self.faults().count();
        let warnings = self.findings.len() - faults;
        write!(f, "{} rows, {} appointments: {faults} faults, {warnings} warnings", self.rows, self.appointments)
    }
}

/// Collects the findings of one family of invariants.
#[derive(Debug)]
pub(crate) struct FindingCollector {
    invariant: Invariant,
    found: Vec<FsckFinding>,
}

impl FindingCollector {
    pub(crate) fn of(invariant: Invariant) -> Self {
        Self { invariant, found: Vec::new() }
    }

    pub(crate) fn add_fault(&mut self, subject: impl fmt::Display, text: impl Into<String>) {
        self.add(Severity::Fault, subject, text);
    }

    pub(crate) fn add(&mut self, weight: Severity, subject: impl fmt::Display, text: impl Into<String>) {
        let (invariant, subject, text) = (self.invariant, subject.to_string(), text.into());
        self.found.push(FsckFinding { severity: weight, invariant, subject, text });
    }

    pub(crate) fn finish(self) -> Vec<FsckFinding> {
        self.found
    }
}
