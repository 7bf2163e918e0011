//! Evidence for a document's pitfalls, from what the user runs.
//!
//! After a run the session that led to it is run again in processes of their
//! own: as it is, and as the writer of each pitfall expects it. The verdicts
//! hang on the text that ran. They move with edits elsewhere; an edit of what
//! ran drops them, and the static verdict stands again. The next edit or run
//! cancels what is under way.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tower_lsp::ls_types::{MessageType, Uri};
use vitrine_db::{findings, segments};
use vitrine_lint::{Outcome, Rule, Verdict};
use vitrine_syntax::position::TextRange;

use super::document::Applied;
use super::runs::{Run, Runs, moved};
use super::session::{Event, Session};
use crate::evidence::{self, Judged, Program, Stop, Subject};
use crate::kernel::protocol::{Execute, Mode};

/// A session longer than this, in pieces, bytes or milliseconds, is not run again.
const MOST_PIECES: usize = 100;
const MOST_TEXT: usize = 1 << 20;
const MOST_MILLIS: u64 = 5_000;
/// A rerun may take this long, whatever the user allows.
const LONGEST_RERUN: u64 = 10_000;
/// All reruns together may take this long.
const PATIENCE: Duration = Duration::from_secs(60);

/// The runs on which a kernel's namespace rests.
#[derive(Default)]
pub(crate) struct History {
    runs: Vec<u64>,
    /// A run was stopped half-way: where, nobody can repeat.
    spoiled: bool,
}

impl History {
    /// A run is given out. A file begins with a fresh namespace.
    pub(crate) fn begin(&mut self, code: &Execute) {
        if code.mode == Mode::File {
            *self = Self::default();
        }
        self.runs.push(code.id);
    }

    pub(crate) fn contains(&self, run: u64) -> bool {
        self.runs.contains(&run)
    }

    pub(crate) fn spoil(&mut self, run: u64) {
        self.spoiled |= self.contains(run);
    }
}

/// A finding that runs have decided, at its place in the document.
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    pub(crate) rule: Rule,
    pub(crate) verdict: Verdict,
    pub(crate) range: TextRange,
    pub(crate) message: String,
    pub(crate) related: Vec<(TextRange, String)>,
    /// A run proved the fix.
    pub(crate) verified: bool,
}

/// What runs have shown of a document.
#[derive(Default)]
pub(crate) struct Evidence {
    decided: Arc<Vec<Decided>>,
    /// The runs whose text it belongs to.
    rests_on: Vec<u64>,
    pending: Option<(Stop, Instant)>,
}

impl Evidence {
    pub(crate) fn decided(&self) -> Arc<Vec<Decided>> {
        self.decided.clone()
    }

    /// Ends what is under way.
    pub(crate) fn cancel(&mut self) {
        if let Some((stop, _)) = self.pending.take() {
            stop.stop();
        }
    }

    pub(crate) fn clear(&mut self) {
        self.cancel();
        self.decided = Arc::default();
        self.rests_on.clear();
    }

    /// Whether somebody has to look after it.
    pub(crate) fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    pub(crate) fn tick(&mut self, now: Instant) {
        if let Some((_, since)) = &self.pending
            && now.duration_since(*since) > PATIENCE
        {
            self.cancel();
        }
    }

    pub(crate) fn edited(&mut self, edit: Applied, runs: &HashMap<u64, Run>) {
        self.cancel();
        let stale = |id: &u64| runs.get(id).is_none_or(|run| run.stale);
        if self.rests_on.iter().any(stale) {
            return self.clear();
        }
        let shifted = |range: TextRange| {
            // An insertion right before it moves it; one right behind it does not.
            let at = |offset: u32| {
                let offset = offset as usize;
                if edit.removed == 0 && edit.start == offset {
                    offset + edit.inserted
                } else {
                    moved(offset, edit)
                }
            };
            let start = at(range.start);
            TextRange::new(start as u32, (start + range.len() as usize) as u32)
        };
        for decided in Arc::make_mut(&mut self.decided) {
            decided.range = shifted(decided.range);
            for (range, _) in &mut decided.related {
                *range = shifted(*range);
            }
        }
    }
}

impl Drop for Evidence {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// Begins to gather evidence for the pitfalls in what has run, in the background.
pub(crate) fn gather(session: &mut Session, uri: &Uri) {
    let Some((program, first, subjects, rests_on)) = prepare(session, uri) else {
        return;
    };
    let stop = Stop::default();
    let Some(runs) = session.runs.get_mut(uri) else {
        return;
    };
    runs.evidence.cancel();
    runs.evidence.pending = Some((stop.clone(), Instant::now()));
    let (events, uri) = (session.events.clone(), uri.clone());
    let job = move || {
        let judged = evidence::judge(&program, Some(first), subjects, &stop);
        events.send(Event::Do(Box::new(move |session| {
            // Nothing of what was cancelled counts, whatever came of it.
            if !stop.is_stopped() {
                finish(session, &uri, judged, rests_on);
            }
        })));
    };
    if let Err(error) = std::thread::Builder::new()
        .name("vitrine-evidence".into())
        .spawn(job)
    {
        session
            .outbox
            .log(MessageType::WARNING, format!("no evidence: {error}"));
    }
}

type Prepared = (Program, Outcome, Vec<Subject>, Vec<u64>);

/// What is to be run again, and what is to be judged by it.
fn prepare(session: &mut Session, uri: &Uri) -> Option<Prepared> {
    let found = session.read(uri, |db, file| {
        let mut found = Vec::new();
        for placed in segments(db, file) {
            let findings = findings(db, placed.segment, file).iter();
            let open = findings.filter(|finding| finding.verdict > Verdict::Refuted);
            found.extend(open.map(|finding| (finding.clone(), placed.range.start)));
        }
        found
    })?;
    let runs = session.runs.get(uri)?;
    if found.is_empty() || runs.is_busy() || runs.history.spoiled {
        return None;
    }
    let history: Vec<&Run> = runs
        .history
        .runs
        .iter()
        .map(|&id| runs.run(id))
        .collect::<Option<_>>()?;
    let text: usize = history.iter().map(|run| run.code.code.len()).sum();
    let millis: u64 = history.iter().map(|run| run.millis).sum();
    if history.len() > MOST_PIECES || text > MOST_TEXT || millis > MOST_MILLIS {
        return None;
    }
    let mut subjects = Vec::new();
    for (finding, segment) in found {
        // The latest run of it is what its text does now.
        let place = |run: &Run| TextRange::new(run.start as u32, run.end as u32);
        subjects.extend(history.iter().enumerate().rev().find_map(|(piece, run)| {
            let live = !run.stale && run.verbatim;
            let subject = live.then(|| Subject::new(&finding, segment, piece, place(run)));
            subject.flatten()
        }));
    }
    if subjects.is_empty() {
        return None;
    }
    let mut first = Outcome::default();
    for (piece, run) in history.iter().enumerate() {
        let seen = &run.observer.outcome;
        first.stdout.push_str(&seen.stdout);
        first
            .values
            .extend(seen.values.iter().cloned().map(|mut shown| {
                shown.piece = piece as u32;
                shown
            }));
        first.stopped |= seen.stopped;
        if let Some(raised) = &seen.exception {
            let all = first.exception.get_or_insert_default();
            if !all.is_empty() {
                all.push('\n');
            }
            all.push_str(raised);
        }
        first.stored.clone_from(&seen.stored);
    }
    let pieces = history.iter().map(|run| {
        let mut code = run.code.clone();
        let allowed = code.limits.timeout_ms.unwrap_or(LONGEST_RERUN);
        code.limits.timeout_ms = Some(allowed.min(LONGEST_RERUN));
        code
    });
    let program = Program {
        command: session.settings.evidence_command(),
        pieces: pieces.collect(),
    };
    let live = runs.history.runs.iter().zip(&history);
    let rests_on = live.filter(|(_, run)| !run.stale).map(|(&id, _)| id);
    Some((program, first, subjects, rests_on.collect()))
}

fn finish(
    session: &mut Session,
    uri: &Uri,
    judged: std::io::Result<Result<(Vec<Judged>, Outcome), evidence::Undecided>>,
    rests_on: Vec<u64>,
) {
    let Some(runs) = session.runs.get_mut(uri) else {
        return;
    };
    runs.evidence.pending = None;
    match judged {
        Ok(Ok((judged, _))) => {
            let decided = judged.into_iter();
            let decided: Vec<Decided> = decided
                .filter_map(|judged| {
                    decided_at(runs, judged, &session.documents.get(uri)?.document)
                })
                .collect();
            runs.evidence.decided = Arc::new(decided);
            runs.evidence.rests_on = rests_on;
        }
        Ok(Err(undecided)) => {
            let message = format!("no evidence from this run: {}", undecided.message());
            session.outbox.log(MessageType::LOG, message);
            return;
        }
        Err(error) => {
            let message = format!("no evidence from this run: {error}");
            return session.outbox.log(MessageType::WARNING, message);
        }
    }
    session.diagnose(uri);
    session.refresh_answers();
}

/// A judged finding at its place in the document as it is now: nothing was
/// edited since the run, or it would have been cancelled.
fn decided_at(
    runs: &Runs,
    judged: Judged,
    document: &super::document::Document,
) -> Option<Decided> {
    let id = |piece: usize| runs.history.runs.get(piece).copied();
    let run = runs.run(id(judged.subject.piece)?)?;
    let finding = judged.subject.finding;
    let absolute = |range: TextRange| range.shifted(run.start as u32);
    let mut related: Vec<(TextRange, String)> = finding
        .related
        .iter()
        .map(|at| (absolute(at.range), at.message.clone()))
        .collect();
    for (piece, line, message) in judged.lines {
        let Some(end) = id(piece).and_then(|id| runs.anchor(id, line)) else {
            continue;
        };
        let rope = document.rope();
        let start = rope.line_to_byte(rope.byte_to_line(end.min(rope.len_bytes())));
        let text = rope.byte_slice(start..end).to_string();
        let indentation = text.len() - text.trim_start().len();
        related.push((
            TextRange::new((start + indentation) as u32, end as u32),
            message,
        ));
    }
    let mut message = finding.message.clone();
    for told in &finding.evidence {
        message.push_str("\nThe run: ");
        message.push_str(told);
        message.push('.');
    }
    Some(Decided {
        rule: finding.rule,
        verdict: finding.verdict,
        range: absolute(finding.range),
        message,
        related,
        verified: finding.fix.is_some_and(|fix| fix.verified),
    })
}
