//! Every query, in the order of the flow.
//!
//! `text → segments → parsed → scopes → nested code → findings`, per segment,
//! and the merges over a file's segments. What a segment needs to know of its
//! file comes as small values that seldom change ([`Future`]), never as the file.

// salsa's macros make functions that have no documentation of their own.
#![allow(missing_docs)]

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use salsa::Database as Db;
use vitrine_bytecode::compile::{CompileError, CompileOptions, Compiled, compile_segment};
use vitrine_bytecode::target::Target;
use vitrine_lint::Finding;
use vitrine_scope::{FactsShare, Future, ModuleFacts, ModuleScopes, SegmentScopes};
use vitrine_syntax::error::SyntaxError;
use vitrine_syntax::line_index::LineIndex;
use vitrine_syntax::module::{ParsedSegment, parse_segment_as};
use vitrine_syntax::segment::{Cut, Piece};
use vitrine_syntax::target_version;
use vitrine_syntax::version::Version;

use crate::absolute::{Placed, PlacedSegments};
use crate::diagnostics::{self, Diagnostic};
use crate::names::Occurrence;
use crate::telling::{LastJudged, LastTold, Tells, Told};

/// A file's text, as decoded by whoever read it.
#[salsa::input]
pub struct File {
    /// The text.
    #[returns(ref)]
    pub text: Arc<str>,
    /// What it is written in.
    #[default]
    #[returns(copy)]
    pub language: Language,
    /// How the last text was cut.
    #[default]
    #[returns(ref)]
    last_cut: LastCut,
    /// What its segments told each other.
    #[default]
    #[returns(ref)]
    last_told: LastTold,
}

/// What a file is written in: 3.14's Python if nobody says otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Language {
    /// Whose grammar it is read by.
    pub grammar: Version,
    /// The oldest version that it has to run on, as a minor one of 3: what that lacks is an error.
    pub oldest: Option<u8>,
}

impl Language {
    /// What a file for one version is written in, a minor one of 3.
    pub fn of_minor(minor: u8) -> Self {
        Self {
            grammar: Version::of_minor(minor),
            oldest: Some(minor),
        }
    }

    /// For which version the code of such a file is shown to whoever wants to see one's.
    pub fn target(self, wanted: Target) -> Target {
        if wanted.grammar() < self.grammar {
            Target::of_grammar(self.grammar)
        } else {
            wanted
        }
    }
}

/// Remembers how a file's text was cut, to cut the next one from it. No part of
/// any result: what [`Cut::again`] gives does not depend on what it begins with.
#[derive(Clone, Default)]
pub struct LastCut(Arc<Mutex<Option<Arc<Cut>>>>);

impl LastCut {
    fn next(&self, text: &Arc<str>) -> Arc<Cut> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = match &*last {
            Some(last) if Arc::ptr_eq(last.text(), text) => return Arc::clone(last),
            Some(last) => last.again(Arc::clone(text)),
            None => Cut::new(Arc::clone(text)),
        };
        Arc::clone(last.insert(Arc::new(next)))
    }
}

/// A segment: nothing but its text, and whose grammar it is read by. Equal text is the
/// same segment wherever it stands, however often, in whatever file.
#[salsa::interned(debug)]
pub struct Segment<'db> {
    /// The text.
    #[returns(ref)]
    pub text: Box<str>,
    /// By which it is read.
    #[returns(copy)]
    pub grammar: Version,
}

/// Where the lines of a file begin.
#[salsa::tracked]
pub fn line_index(db: &dyn Db, file: File) -> Arc<LineIndex> {
    Arc::new(LineIndex::new(file.text(db)))
}

/// Where a file is cut. Found from how its last text was cut, which changes
/// what it costs and not what it is.
#[salsa::tracked]
pub fn cut(db: &dyn Db, file: File) -> Arc<Cut> {
    file.last_cut(db).next(file.text(db))
}

/// The segments of a file, where they stand.
#[salsa::tracked]
pub fn segments(db: &dyn Db, file: File) -> PlacedSegments<'_> {
    let text = file.text(db);
    let grammar = file.language(db).grammar;
    let place = |piece: &Piece| {
        let segment = Segment::new(db, &text[piece.range.as_usize()], grammar);
        Placed::new(segment, piece.range, piece.first_line)
    };
    PlacedSegments::new(cut(db, file).pieces().iter().map(place).collect())
}

/// What a keystroke computes anew one of: the segments of a file, long classes
/// among them in parts, each of which is a segment with the class's header.
#[salsa::tracked]
pub fn units(db: &dyn Db, file: File) -> Vec<Placed<'_>> {
    let text = file.text(db);
    let grammar = file.language(db).grammar;
    let pieces = cut(db, file).pieces();
    let mut units = Vec::with_capacity(pieces.len());
    let mut unit = String::new();
    for piece in pieces {
        let segment = &text[piece.range.as_usize()];
        let Some(class) = &piece.parts else {
            units.push(Placed::new(
                Segment::new(db, segment, grammar),
                piece.range,
                piece.first_line,
            ));
            continue;
        };
        let header = &segment[class.header.as_usize()];
        for (at, part) in class.parts.iter().enumerate() {
            let own = &segment[part.range.as_usize()];
            if at == 0 {
                let range = part.range.shifted(piece.range.start);
                let segment = Segment::new(db, own, grammar);
                units.push(Placed::new(segment, range, piece.first_line));
            } else {
                unit.clear();
                unit.push_str(header);
                unit.push_str(own);
                let segment = Segment::new(db, &*unit, grammar);
                units.push(Placed::part(segment, piece, class, part));
            }
        }
    }
    units
}

/// A segment's tree, comments and syntax errors.
#[salsa::tracked(no_eq)]
pub fn parsed<'db>(db: &'db dyn Db, segment: Segment<'db>) -> Arc<ParsedSegment> {
    Arc::new(parse_segment_as(segment.text(db), segment.grammar(db)))
}

/// What a segment has that Python 3.`minor` lacks.
#[salsa::tracked]
pub fn unsupported<'db>(db: &'db dyn Db, segment: Segment<'db>, minor: u8) -> Vec<SyntaxError> {
    target_version::unsupported(parsed(db, segment), segment.text(db), minor)
}

/// The `__future__` features that a file turns on.
#[salsa::tracked(returns(copy))]
pub fn future(db: &dyn Db, file: File) -> Future {
    let trees = units(db, file)
        .iter()
        .map(|unit| &parsed(db, unit.segment).tree);
    ModuleScopes::future(trees)
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

/// The names that a segment binds at module level.
#[salsa::tracked]
pub fn binds<'db>(db: &'db dyn Db, segment: Segment<'db>, future: Future) -> Vec<Box<str>> {
    let names = scopes(db, segment, future).bound_in_module(&parsed(db, segment).tree);
    names.map(Box::from).collect()
}

/// The names that a file binds at module level: for whoever needs no more of
/// the module block, and so no scopes of a long class as a whole.
#[salsa::tracked]
pub fn module_names(db: &dyn Db, file: File) -> BTreeSet<Box<str>> {
    let future = future(db, file);
    let units = units(db, file).iter();
    let names = units.flat_map(|unit| binds(db, unit.segment, future));
    names.cloned().collect()
}

/// What a file's segments need to know of it. Its id changes only when they do.
#[salsa::interned(debug)]
pub struct Facts<'db> {
    /// The facts.
    #[returns(ref)]
    pub facts: ModuleFacts,
}

/// What a segment tells the rest of its file.
#[salsa::tracked]
pub fn tells<'db>(db: &'db dyn Db, segment: Segment<'db>, future: Future) -> Arc<Tells> {
    let tree = &parsed(db, segment).tree;
    let scopes = scopes(db, segment, future);
    Arc::new(Tells {
        facts: FactsShare::of(tree, scopes),
        summary: vitrine_lint::segment_summary(tree, scopes),
    })
}

/// What all segments of a file tell, added up. Found from what was told last,
/// which changes what it costs and not what it is.
#[salsa::tracked]
pub fn told(db: &dyn Db, file: File) -> Arc<Told> {
    let future = future(db, file);
    let units = units(db, file).iter();
    let tells = units.map(|unit| Arc::clone(tells(db, unit.segment, future)));
    let tells = tells.collect();
    file.last_told(db).next(future, tells)
}

/// What a file's segments need to know of it.
#[salsa::tracked(returns(copy))]
pub fn facts(db: &dyn Db, file: File) -> Facts<'_> {
    Facts::new(db, &told(db, file).module)
}

/// The errors of the symbol tables, each with the position of its unit.
#[salsa::tracked]
pub fn scope_errors(db: &dyn Db, file: File) -> Vec<(usize, SyntaxError)> {
    if !told(db, file).has_errors() {
        return Vec::new();
    }
    let future = future(db, file);
    ModuleScopes::errors(units(db, file).iter().map(|unit| {
        let tree = &parsed(db, unit.segment).tree;
        (tree, scopes(db, unit.segment, future))
    }))
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
    compile(db, segment, facts, Target::of_grammar(segment.grammar(db)))
}

/// The same for a version of CPython: for the one whose grammar it is the code that is there
/// anyway. `target` is one that [`Language::target`] gave.
pub fn nested_code_for<'db>(
    db: &'db dyn Db,
    segment: Segment<'db>,
    facts: Facts<'db>,
    target: Target,
) -> &'db Option<Result<Compiled, Box<CompileError>>> {
    if target == Target::of_grammar(segment.grammar(db)) {
        return nested_code(db, segment, facts);
    }
    foreign_code(db, segment, facts, target)
}

#[salsa::tracked(no_eq, lru = 64)]
fn foreign_code<'db>(
    db: &'db dyn Db,
    segment: Segment<'db>,
    facts: Facts<'db>,
    target: Target,
) -> Option<Result<Compiled, Box<CompileError>>> {
    compile(db, segment, facts, target)
}

fn compile<'db>(
    db: &'db dyn Db,
    segment: Segment<'db>,
    facts: Facts<'db>,
    target: Target,
) -> Option<Result<Compiled, Box<CompileError>>> {
    let parsed = parsed(db, segment);
    let mut facts = Cow::Borrowed(facts.facts(db));
    if target.annotates_at_once() {
        // There are no blocks of annotations then.
        facts.to_mut().future.annotates_at_once = true;
    }
    let scopes = scopes(db, segment, facts.future);
    if !parsed.errors.is_empty() || !scopes.errors.is_empty() || !scopes.analysis_errors.is_empty()
    {
        return None;
    }
    let module = ModuleScopes::of_segment(&parsed.tree, scopes, &facts);
    Some(compile_segment(
        parsed,
        scopes,
        &module,
        &CompileOptions {
            target,
            ..CompileOptions::default()
        },
    ))
}

/// Whether there is nothing to say of a segment, whatever its file is.
#[salsa::tracked(returns(copy))]
pub fn is_quiet<'db>(db: &'db dyn Db, segment: Segment<'db>, facts: Facts<'db>) -> bool {
    let parsed = parsed(db, segment);
    let compiles =
        matches!(nested_code(db, segment, facts), Some(Ok(code)) if code.warnings.is_empty());
    compiles && parsed.warnings.is_empty() && !has_sites(db, segment, facts.facts(db).future)
}

/// Whether a rule has anything to look at in a segment: most have nothing, and
/// need not be looked at when the rest of the file changes.
#[salsa::tracked(returns(copy))]
pub fn has_sites<'db>(db: &'db dyn Db, segment: Segment<'db>, future: Future) -> bool {
    let parsed = parsed(db, segment);
    parsed.errors.is_empty()
        && vitrine_lint::has_candidates(&parsed.tree, scopes(db, segment, future))
}

/// Remembers what was found in a segment. No part of any result.
#[salsa::tracked(no_eq)]
fn last_judged<'db>(_db: &'db dyn Db, _segment: Segment<'db>, _future: Future) -> LastJudged {
    LastJudged::default()
}

/// What the rules say of a segment, refuted findings included. It is judged
/// again if the rest of the file gives another answer to what was asked of it.
#[salsa::tracked]
pub fn findings<'db>(db: &'db dyn Db, segment: Segment<'db>, file: File) -> Vec<Finding> {
    let future = future(db, file);
    if !has_sites(db, segment, future) {
        return Vec::new();
    }
    let facts = &told(db, file).file;
    let scopes = scopes(db, segment, future);
    last_judged(db, segment, future).next(facts, || {
        vitrine_lint::judge(&vitrine_lint::Input {
            text: segment.text(db),
            parsed: parsed(db, segment),
            scopes,
            facts,
        })
    })
}

/// All that is wrong with a file, in the order of the text.
#[salsa::tracked]
pub fn file_diagnostics(db: &dyn Db, file: File) -> Vec<Diagnostic> {
    diagnostics::collect(db, file)
}
