//! What is wrong with a file: the findings of every layer, at their places.
//!
//! CPython reports the first error only; here all of them are given, in the
//! order of the text. A segment that does not parse is not judged by the layers
//! behind the parser: what they would say follows from the hole in the tree.

use std::borrow::Cow;

use salsa::Database as Db;
use vitrine_bytecode::compile::SyntaxWarning;
use vitrine_bytecode::instruction::Location;
use vitrine_lint::{Finding, Verdict};
use vitrine_syntax::error::SyntaxError;
use vitrine_syntax::position::TextRange;

use crate::absolute::Placed;
use crate::queries::{
    File, facts, findings, line_index, module_scope, nested_code, parsed, segments,
};

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// The file does not compile.
    Error,
    /// It does, and will surprise.
    Warning,
    /// Good to know.
    Information,
    /// Barely visible: dimmed code.
    Hint,
}

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Where, in bytes of the file.
    pub range: TextRange,
    /// How bad.
    pub severity: Severity,
    /// The exception's class, or the rule's name.
    pub code: Cow<'static, str>,
    /// In words; an error's are CPython's.
    pub message: String,
    /// Places that explain it.
    pub related: Vec<(TextRange, String)>,
    /// Whether the code is of no use and may be dimmed.
    pub unnecessary: bool,
}

pub(crate) fn collect(db: &dyn Db, file: File) -> Vec<Diagnostic> {
    let placed = segments(db, file);
    let line_count = line_index(db, file).line_count();
    let mut diagnostics = Vec::new();
    for segment in placed {
        let parsed = parsed(db, segment.segment);
        let warnings = parsed
            .warnings
            .iter()
            .map(|warning| syntax_warning(segment.absolute(warning.range), &warning.message));
        diagnostics.extend(warnings);
        diagnostics.extend(
            parsed
                .errors
                .iter()
                .map(|error| from_error(error, segment, line_count)),
        );
    }
    let whole = |index: usize| parsed(db, placed[index].segment).errors.is_empty();
    for (index, error) in &module_scope(db, file).errors {
        if whole(*index) {
            diagnostics.push(from_error(error, &placed[*index], line_count));
        }
    }
    let facts = facts(db, file);
    for segment in placed {
        match nested_code(db, segment.segment, facts) {
            Some(Ok(compiled)) => {
                let warning = |warning: &SyntaxWarning| {
                    syntax_warning(range_of(db, segment, warning.location), &warning.message)
                };
                diagnostics.extend(compiled.warnings.iter().map(warning));
            }
            Some(Err(error)) => diagnostics.push(Diagnostic {
                range: range_of(db, segment, error.location),
                severity: Severity::Error,
                code: error.kind.class_name().into(),
                message: error.message.clone().into_owned(),
                related: Vec::new(),
                unnecessary: false,
            }),
            None => {}
        }
        let findings = findings(db, segment.segment, file).iter();
        let shown = findings.filter(|finding| finding.verdict >= Verdict::Possible);
        diagnostics.extend(shown.map(|finding| from_finding(finding, segment)));
    }
    diagnostics.sort_by_key(|diagnostic| (diagnostic.range, diagnostic.severity));
    diagnostics
}

fn from_finding(finding: &Finding, segment: &Placed<'_>) -> Diagnostic {
    let related = finding.related.iter();
    let mut message = finding.message.clone();
    for more in std::iter::once(&*finding.reason).chain(finding.evidence.iter().map(|s| &**s)) {
        if !more.is_empty() {
            message.push('\n');
            message.push_str(more);
        }
    }
    Diagnostic {
        range: segment.absolute(finding.range),
        severity: Severity::Warning,
        code: finding.rule.name().into(),
        message,
        related: related
            .map(|at| (segment.absolute(at.range), at.message.clone()))
            .collect(),
        unnecessary: false,
    }
}

fn syntax_warning(range: TextRange, message: &str) -> Diagnostic {
    Diagnostic {
        range,
        severity: Severity::Warning,
        code: "SyntaxWarning".into(),
        message: message.to_owned(),
        related: Vec::new(),
        unnecessary: false,
    }
}

fn from_error(error: &SyntaxError, segment: &Placed<'_>, line_count: u32) -> Diagnostic {
    Diagnostic {
        range: segment.absolute(error.range),
        severity: Severity::Error,
        code: error.kind.class_name().into(),
        message: error.text(segment.first_line, line_count).into_owned(),
        related: Vec::new(),
        unnecessary: false,
    }
}

/// The place of an error of the compiler, which counts lines from 1 within the segment.
fn range_of(db: &dyn Db, segment: &Placed<'_>, location: Location) -> TextRange {
    let lines = &parsed(db, segment.segment).lines;
    let len = segment.range.len();
    let offset = |line: i32, column: i32| {
        let line = u32::try_from(line).ok()?.checked_sub(1)?;
        let start = lines.line_start(line)?;
        Some((start + u32::try_from(column).unwrap_or(0)).min(len))
    };
    let start = offset(location.line, location.column).unwrap_or(0);
    let end = offset(location.end_line, location.end_column).unwrap_or(start);
    segment.absolute(TextRange::new(start, end.max(start)))
}
