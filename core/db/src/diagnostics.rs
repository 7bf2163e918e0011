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
    File, cut, facts, findings, is_quiet, nested_code, parsed, scope_errors, units, unsupported,
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

/// The code of what is no syntax in the oldest version that a file has to run on.
pub const UNSUPPORTED: &str = "unsupported-syntax";

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
    let units = units(db, file);
    let line_count = cut(db, file).line_count();
    let facts = facts(db, file);
    let mut diagnostics = Vec::new();
    let oldest = file.language(db).oldest;
    for unit in units {
        if let Some(minor) = oldest {
            let lacking = unsupported(db, unit.segment, minor).iter();
            let lacking = lacking.map(|error| Diagnostic {
                code: UNSUPPORTED.into(),
                ..from_error(error, unit, line_count)
            });
            diagnostics.extend(lacking.filter(|at| unit.reports(at.range)));
        }
        if !is_quiet(db, unit.segment, facts) {
            let found = of_unit(db, file, unit, line_count);
            diagnostics.extend(found.into_iter().filter(|at| unit.reports(at.range)));
        }
    }
    for (index, error) in scope_errors(db, file) {
        let unit = &units[*index];
        if parsed(db, unit.segment).errors.is_empty() && unit.reports(unit.absolute(error.range)) {
            diagnostics.push(from_error(error, unit, line_count));
        }
    }
    diagnostics.sort_by_key(|diagnostic| (diagnostic.range, diagnostic.severity));
    diagnostics
}

fn of_unit(db: &dyn Db, file: File, unit: &Placed<'_>, line_count: u32) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let parsed = parsed(db, unit.segment);
    let warnings = parsed.warnings.iter();
    diagnostics.extend(
        warnings.map(|warning| syntax_warning(unit.absolute(warning.range), &warning.message)),
    );
    let errors = parsed.errors.iter();
    diagnostics.extend(errors.map(|error| from_error(error, unit, line_count)));
    let warning = |warning: &SyntaxWarning| {
        syntax_warning(range_of(db, unit, warning.location), &warning.message)
    };
    match nested_code(db, unit.segment, facts(db, file)) {
        Some(Ok(compiled)) => diagnostics.extend(compiled.warnings.iter().map(warning)),
        Some(Err(error)) => {
            diagnostics.extend(error.warnings.iter().map(warning));
            diagnostics.push(Diagnostic {
                range: range_of(db, unit, error.location),
                severity: Severity::Error,
                code: error.kind.class_name().into(),
                message: error.message.clone().into_owned(),
                related: Vec::new(),
                unnecessary: false,
            });
        }
        None => {}
    }
    let findings = findings(db, unit.segment, file).iter();
    let shown = findings.filter(|finding| finding.verdict >= Verdict::Possible);
    diagnostics.extend(shown.map(|finding| from_finding(finding, unit)));
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
