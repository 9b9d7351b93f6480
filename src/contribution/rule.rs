//! What a report is refused for.

use std::fmt;

use serde::Serialize;

/// The rules, by the names that a refusal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Rule {
    /// It can be read: the types of `docs/report.schema.json`, within the bounds of a stranger's file.
    Schema,
    /// It is the report of a whole run of densimeter, with the real engine.
    Origin,
    /// Every row is valid, and there is one.
    Valid,
    /// Every number is the one that its raw samples give.
    Edited,
    /// The journal lies beside the report and can be read.
    Journal,
    /// The device was probed, has a name and a possible memory.
    Device,
    /// The probed bandwidth is one that the device can have.
    DeviceBandwidth,
    /// Decode speed × bytes of the active weights is a bandwidth that the device can have.
    Bandwidth,
    /// Speed × operations of a token is what the device can compute.
    Compute,
    /// Peak memory holds the weights, and the machine holds the peak.
    Memory,
    /// A model with a name of the catalogue has the hash, and a file with its hash the size.
    Model,
    /// Scores are counts of items.
    Score,
    /// It does not come from the future.
    Date,
    /// It lies in a folder with the name of its run.
    Place,
    /// Neither its run nor its samples are those of another report.
    Duplicate,
    /// It names no person and no path.
    Personal,
}

impl Rule {
    /// All of them, in the order in which they are looked at.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 16] = [
        Self::Schema,
        Self::Origin,
        Self::Valid,
        Self::Edited,
        Self::Journal,
        Self::Device,
        Self::DeviceBandwidth,
        Self::Bandwidth,
        Self::Compute,
        Self::Memory,
        Self::Model,
        Self::Score,
        Self::Date,
        Self::Place,
        Self::Duplicate,
        Self::Personal,
    ];

    /// The name of the rule.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Origin => "origin",
            Self::Valid => "valid",
            Self::Edited => "edited",
            Self::Journal => "journal",
            Self::Device => "device",
            Self::DeviceBandwidth => "device-bandwidth",
            Self::Bandwidth => "bandwidth",
            Self::Compute => "compute",
            Self::Memory => "memory",
            Self::Model => "model",
            Self::Score => "score",
            Self::Date => "date",
            Self::Place => "place",
            Self::Duplicate => "duplicate",
            Self::Personal => "personal",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One thing that a report is refused for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Finding {
    /// The row of the bench or the task of the evaluation; null where it is the whole report.
    pub row: Option<String>,
    /// The rule.
    pub rule: Rule,
    /// The number that breaks it; null where it is about no number.
    pub number: Option<f64>,
    /// What it would have to be, or at most or at least be.
    pub bound: Option<f64>,
    /// The sentence.
    pub text: String,
}

impl Finding {
    /// Without a row and a number.
    pub(crate) fn new(rule: Rule, text: impl Into<String>) -> Self {
        Self { row: None, rule, number: None, bound: None, text: text.into() }
    }

    /// In a row.
    pub(crate) fn in_row(self, row: &str) -> Self {
        Self { row: Some(crate::sanitize::line(row, LONGEST)), ..self }
    }

    /// With the number and its bound.
    pub(crate) fn number(self, number: f64, bound: f64) -> Self {
        // JSON has no infinity; the sentence says it.
        Self { number: Some(number).filter(|n| n.is_finite()), bound: Some(bound).filter(|n| n.is_finite()), ..self }
    }
}

/// Longest text of a report inside a finding.
pub(crate) const LONGEST: usize = 120;

/// A report that is refused, and for what.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Refusal {
    /// The report, as it was named.
    pub report: String,
    /// What for.
    #[serde(flatten)]
    pub finding: Finding,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: ", self.report, self.finding.rule)?;
        if let Some(row) = &self.finding.row {
            write!(f, "row `{row}`: ")?;
        }
        f.write_str(&self.finding.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_has_one_name() {
        for rule in Rule::ALL {
            assert_eq!(serde_json::to_string(&rule).unwrap(), format!("\"{rule}\""));
        }
        let refusal = Refusal {
            report: "a/report.json".to_owned(),
            finding: Finding::new(Rule::Memory, "too little").in_row("pp512").number(1.0, f64::INFINITY),
        };
        assert_eq!(refusal.to_string(), "a/report.json: memory: row `pp512`: too little");
        let json =
            r#"{"report":"a/report.json","row":"pp512","rule":"memory","number":1.0,"bound":null,"text":"too little"}"#;
        assert_eq!(serde_json::to_string(&refusal).unwrap(), json);
    }
}
