//! Every query, in the order of the flow.
//!
//! `text → segments → parsed → scopes → nested code → findings`, per segment,
//! and the merges over a file's segments. What a segment needs to know of its
//! file comes as small values that seldom change ([`Future`]), never as the file.

// salsa's macros make functions that have no documentation of their own.
#![allow(missing_docs)]

use std::sync::Arc;

use salsa::Database as Db;
use vitrine_bytecode::compile::{CompileError, CompileOptions, Compiled, compile_segment};
use vitrine_lint::{FileFacts, Finding, SegmentSummary};
use vitrine_scope::{Future, ModuleFacts, ModuleScopes, SegmentScopes};
use vitrine_syntax::line_index::LineIndex;
use vitrine_syntax::module::ParsedSegment;

use crate::absolute::{Placed, PlacedSegments};
use crate::diagnostics::{self, Diagnostic};
use crate::names::Occurrence;

/// A file's text, as decoded by whoever read it.
#[salsa::input]
pub struct File {
    /// The text.
    #[returns(ref)]
    pub text: Arc<str>,
}

/// A segment: nothing but its text. Equal text is the same segment wherever it
/// stands, however often, in whatever file.
#[salsa::interned(debug)]
pub struct Segment<'db> {
    /// The text.
    #[returns(ref)]
    pub text: Box<str>,
}

/// Where the lines of a file begin.
#[salsa::tracked]
pub fn line_index(db: &dyn Db, file: File) -> Arc<LineIndex> {
    Arc::new(LineIndex::new(file.text(db)))
}

/// The segments of a file, where they stand.
#[salsa::tracked]
pub fn segments(db: &dyn Db, file: File) -> PlacedSegments<'_> {
    let text = file.text(db);
    let lines = line_index(db, file);
    let placed = vitrine_syntax::segment::split(text)
        .into_iter()
        .map(|range| Placed {
            segment: Segment::new(db, &text[range.as_usize()]),
            range,
            first_line: lines.line_column(range.start).line,
        });
    PlacedSegments::new(placed.collect())
}

/// A segment's tree, comments and syntax errors.
#[salsa::tracked(no_eq)]
pub fn parsed<'db>(db: &'db dyn Db, segment: Segment<'db>) -> Arc<ParsedSegment> {
    Arc::new(vitrine_syntax::module::parse_segment(segment.text(db)))
}

/// The `__future__` features that a file turns on.
#[salsa::tracked(returns(copy))]
pub fn future(db: &dyn Db, file: File) -> Future {
    let segments = segments(db, file);
    ModuleScopes::future(
        segments
            .iter()
            .map(|placed| &parsed(db, placed.segment).tree),
    )
}

/// A segment's symbol tables: final but for its share of the module block.
#[salsa::tracked(no_eq)]
pub fn scopes<'db>(db: &'db dyn Db, segment: Segment<'db>, future: Future) -> SegmentScopes {
    SegmentScopes::build(&parsed(db, segment).tree, future)
}

/// Where names stand in a segment, and the block in which each is looked up.
#[salsa::tracked(no_eq)]
pub fn occurrences<'db>(db: &'db dyn Db, segment: Segment<'db>, future: Future) -> Vec<Occurrence> {
    crate::names::collect(
        segment.text(db),
        parsed(db, segment),
        scopes(db, segment, future),
    )
}

/// The module block: the sum of the segments' shares.
#[salsa::tracked]
pub fn module_scope(db: &dyn Db, file: File) -> ModuleScopes {
    let future = future(db, file);
    let parts = segments(db, file).iter().map(|placed| {
        let tree = &parsed(db, placed.segment).tree;
        (tree, scopes(db, placed.segment, future))
    });
    ModuleScopes::merge(parts)
}

/// What a file's segments need to know of it. Its id changes only when they do.
#[salsa::interned(debug)]
pub struct Facts<'db> {
    /// The facts.
    #[returns(ref)]
    pub facts: ModuleFacts,
}

/// What a file's segments need to know of it.
#[salsa::tracked(returns(copy))]
pub fn facts(db: &dyn Db, file: File) -> Facts<'_> {
    Facts::new(db, module_scope(db, file).facts())
}

/// A segment's code: that of its nested functions and classes, and its own
/// share of the module's. Lines count from 1 within the segment. `None` if its
/// tree or scopes are in error.
#[salsa::tracked(no_eq)]
pub fn nested_code<'db>(
    db: &'db dyn Db,
    segment: Segment<'db>,
    facts: Facts<'db>,
) -> Option<Result<Compiled, Box<CompileError>>> {
    let parsed = parsed(db, segment);
    let scopes = scopes(db, segment, facts.facts(db).future);
    if !parsed.errors.is_empty() || !scopes.errors.is_empty() || !scopes.analysis_errors.is_empty()
    {
        return None;
    }
    let module = ModuleScopes::of_segment(&parsed.tree, scopes, facts.facts(db));
    Some(compile_segment(
        parsed,
        scopes,
        &module,
        &CompileOptions::default(),
    ))
}

/// What a segment's functions do with what they are given, for its neighbours.
#[salsa::tracked]
pub fn summary<'db>(db: &'db dyn Db, segment: Segment<'db>, future: Future) -> SegmentSummary {
    vitrine_lint::segment_summary(&parsed(db, segment).tree, scopes(db, segment, future))
}

/// What all functions of a file do with what they are given.
#[salsa::tracked]
pub fn file_facts(db: &dyn Db, file: File) -> FileFacts {
    let future = future(db, file);
    FileFacts::merge(
        segments(db, file)
            .iter()
            .map(|placed| summary(db, placed.segment, future)),
    )
}

/// Whether a rule has anything to look at in a segment: most have nothing, and
/// need not be looked at when the rest of the file changes.
#[salsa::tracked(returns(copy))]
pub fn has_sites<'db>(db: &'db dyn Db, segment: Segment<'db>, future: Future) -> bool {
    let parsed = parsed(db, segment);
    parsed.errors.is_empty()
        && vitrine_lint::has_candidates(&parsed.tree, scopes(db, segment, future))
}

/// What the rules say of a segment, refuted findings included.
#[salsa::tracked]
pub fn findings<'db>(db: &'db dyn Db, segment: Segment<'db>, file: File) -> Vec<Finding> {
    let future = future(db, file);
    if !has_sites(db, segment, future) {
        return Vec::new();
    }
    lint(db, segment, future, file_facts(db, file))
}

fn lint<'db>(
    db: &'db dyn Db,
    segment: Segment<'db>,
    future: Future,
    facts: &FileFacts,
) -> Vec<Finding> {
    vitrine_lint::findings(&vitrine_lint::Input {
        text: segment.text(db),
        parsed: parsed(db, segment),
        scopes: scopes(db, segment, future),
        facts,
    })
}

/// All that is wrong with a file, in the order of the text.
#[salsa::tracked]
pub fn file_diagnostics(db: &dyn Db, file: File) -> Vec<Diagnostic> {
    diagnostics::collect(db, file)
}
