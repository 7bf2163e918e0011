//! What a rule says, as plain data.

use std::borrow::Cow;

use vitrine_syntax::position::TextRange;

/// The rules there are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Rule {
    /// A closure made in a loop sees what the loop did later.
    LateBindingClosure,
    /// A default object that calls share is changed by one of them.
    MutableDefault,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 2] = [Self::LateBindingClosure, Self::MutableDefault];

    /// The rule's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LateBindingClosure => "late-binding-closure",
            Self::MutableDefault => "mutable-default",
        }
    }

    /// What other tools call it; `# noqa: CODE` with one of these silences it.
    pub const fn codes(self) -> &'static [&'static str] {
        match self {
            Self::LateBindingClosure => &["B023", "W0640"],
            Self::MutableDefault => &["B006", "W0102"],
        }
    }

    /// The rule of a name or a code.
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| {
            rule.name() == text || rule.codes().iter().any(|c| c.eq_ignore_ascii_case(text))
        })
    }
}

/// How sure a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// Static facts, or the runs that reached it, exclude a difference.
    Refuted,
    /// Nothing shows a difference, and nothing excludes it: the object goes
    /// where the file does not show what becomes of it. Not reported by default.
    Unknown,
    /// Static facts say how it can differ; no run showed it.
    Possible,
    /// A run differed.
    Confirmed,
}

impl Verdict {
    /// The word in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refuted => "refuted",
            Self::Unknown => "unknown",
            Self::Possible => "possible",
            Self::Confirmed => "confirmed",
        }
    }
}

/// Replaces the text of a range.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TextEdit {
    /// What is replaced; empty to insert.
    pub range: TextRange,
    /// By what.
    pub text: String,
}

/// A mend.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Fix {
    /// What it does, for a menu.
    pub title: String,
    /// In the order of the text; they do not overlap.
    pub edits: Vec<TextEdit>,
    /// A run with the mend came out as the writer expects.
    pub verified: bool,
}

/// A place that belongs to a finding.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Related {
    /// Where.
    pub range: TextRange,
    /// What happens there.
    pub message: String,
}

/// One judged place. Ranges are relative to the segment.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Finding {
    /// By which rule.
    pub rule: Rule,
    /// How sure.
    pub verdict: Verdict,
    /// One line.
    pub message: String,
    /// The reason of the verdict, in words.
    pub reason: Cow<'static, str>,
    /// The name read in the closure, or the default.
    pub range: TextRange,
    /// The closure, or the function with the default.
    pub owner: TextRange,
    /// The captured name, or the parameter.
    pub name: String,
    /// Where captured, rebound and read; where changed.
    pub related: Vec<Related>,
    /// The mend, where there is one.
    pub fix: Option<Fix>,
    /// What runs showed, a sentence each.
    pub evidence: Vec<String>,
}
