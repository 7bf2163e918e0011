//! What the text alone tells: syntax errors and judged places.

use std::sync::Arc;

use vitrine_bytecode::compile::{CompileOptions, compile_source};
use vitrine_db::{
    Database, File, Language, Severity, UNSUPPORTED, file_diagnostics, findings, segments,
};
use vitrine_lint::Verdict;
use vitrine_syntax::line_index::LineIndex;
use vitrine_syntax::position::TextRange;
use vitrine_syntax::source;

use super::evidence::{self, Placed};
use super::files::Source;
use super::report::{FileReport, Fix, Item};
use crate::cli::args::Check;
use crate::cli::warning;

/// Judges a file; with evidence from runs where the arguments ask for it.
pub(super) fn check(file: &Source, args: &Check) -> FileReport {
    let decoded = source::decode_for_compile(&file.bytes);
    let text: Arc<str> = decoded.text.into();
    let mut items = Vec::new();
    let mut run = None;
    let mut warnings = String::new();
    if let Some(error) = &decoded.error {
        let lines = LineIndex::new(&text);
        let (line, column) = error.place();
        let start = lines.line_start(line - 1).unwrap_or_default();
        let before = text[start as usize..].chars().take(column as usize);
        let at = start + before.map(|c| c.len_utf8() as u32).sum::<u32>();
        items.push(syntax_error(error.compile_message(), TextRange::empty(at)));
    } else {
        let db = Database::default();
        let language = args.target_version.map(Language::of_minor);
        let source = File::builder(text.clone())
            .language(language.unwrap_or_default())
            .new(&db);
        let diagnostics = file_diagnostics(&db, source);
        let mut said = diagnostics.iter();
        if said.any(|at| at.severity == Severity::Warning && at.code == "SyntaxWarning") {
            warnings = compilers_warnings(&file.name, &text);
        }
        let errors = { diagnostics.iter() }.filter(|at| at.severity == Severity::Error);
        items.extend(errors.map(|error| Item {
            rule: match &*error.code {
                UNSUPPORTED => UNSUPPORTED,
                _ => "syntax-error",
            },
            ..syntax_error(error.message.clone(), error.range)
        }));
        let mut placed: Vec<Placed> = Vec::new();
        for segment in segments(&db, source) {
            let found = findings(&db, segment.segment, source).iter();
            placed.extend(found.map(|finding| (finding.clone(), segment.range)));
        }
        let runs = items.iter().all(|item| item.rule != "syntax-error");
        if args.evidence && runs {
            let lines = LineIndex::new(&text);
            run = evidence::judge_file(&text, &lines, &mut placed, args)
                .unwrap_or_else(|error| Some(format!("it could not be run: {error}")));
        }
        items.extend(placed.iter().filter_map(item));
        items.sort_by_key(|item| item.range);
    }
    FileReport {
        path: file.name.clone(),
        lines: LineIndex::new(&text),
        text: text.to_string(),
        items,
        run,
        warnings,
    }
}

/// What CPython's compiler warns of, before an error too, as it prints it.
fn compilers_warnings(name: &str, text: &str) -> String {
    let options = CompileOptions {
        filename: name.into(),
        ..CompileOptions::default()
    };
    let warnings = match compile_source(text, &options) {
        Ok(compiled) => compiled.warnings,
        Err(error) => error.warnings,
    };
    warning::text(&warnings, name, text)
}

fn syntax_error(message: String, range: TextRange) -> Item {
    Item {
        rule: "syntax-error",
        verdict: "error",
        message,
        reason: String::new(),
        range,
        related: Vec::new(),
        fix: None,
        evidence: Vec::new(),
    }
}

/// A finding at its place in the file; what nothing is known of is no finding.
fn item((finding, segment): &Placed) -> Option<Item> {
    if finding.verdict == Verdict::Unknown {
        return None;
    }
    let fix = finding.fix.as_ref().map(|fix| Fix {
        title: fix.title.clone(),
        edits: fix
            .edits
            .iter()
            .map(|edit| (edit.range.shifted(segment.start), edit.text.clone()))
            .collect(),
        verified: fix.verified,
    });
    Some(Item {
        rule: finding.rule.name(),
        verdict: finding.verdict.name(),
        message: finding.message.clone(),
        reason: finding.reason.clone().into_owned(),
        range: finding.range.shifted(segment.start),
        related: finding
            .related
            .iter()
            .map(|at| (at.range.shifted(segment.start), at.message.clone()))
            .collect(),
        fix,
        evidence: finding.evidence.clone(),
    })
}
