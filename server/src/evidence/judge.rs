//! Verdicts from runs: confirmed by a difference that repeats, refuted by a run
//! that reached the finding and came out as its writer expects.

use std::io;

use vitrine_lint::{
    Finding, Observed, Outcome, Related, Rule, Verdict, calls, compare, counterfactual, probe,
    reads, refute,
};
use vitrine_syntax::position::TextRange;

use super::replay::{Program, Stop};

/// A finding to be judged. Its ranges are of the piece's text.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    /// Which piece of the program it is in.
    pub(crate) piece: usize,
    pub(crate) finding: Finding,
}

impl Subject {
    /// A finding of a segment that begins at `segment` in the file, in a piece
    /// at `place` of the file; `None` where it is not wholly in the piece.
    pub(crate) fn new(
        finding: &Finding,
        segment: u32,
        piece: usize,
        place: TextRange,
    ) -> Option<Self> {
        let moved = |range: TextRange| {
            let range = range.shifted(segment);
            place
                .contains(range)
                .then(|| TextRange::new(range.start - place.start, range.end - place.start))
        };
        let mut finding = finding.clone();
        finding.range = moved(finding.range)?;
        finding.owner = moved(finding.owner)?;
        if let Some(fix) = &mut finding.fix {
            for edit in &mut fix.edits {
                edit.range = moved(edit.range)?;
            }
        }
        let related = std::mem::take(&mut finding.related).into_iter();
        finding.related = related
            .filter_map(|at| {
                Some(Related {
                    range: moved(at.range)?,
                    message: at.message,
                })
            })
            .collect();
        Some(Self { piece, finding })
    }
}

/// A subject with its verdict.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub(crate) subject: Subject,
    /// Lines that explain it: the piece, the file's line from 1, what happens there.
    pub(crate) lines: Vec<(usize, u32, String)>,
}

/// Why runs show nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Undecided {
    Stopped,
    Differ,
}

impl Undecided {
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::Stopped => "the run was stopped by a budget, so it shows nothing",
            Self::Differ => "two runs differ, so they show nothing",
        }
    }
}

/// Judges all subjects by runs of the program. `first` is a run that there was
/// already. Gives those that were decided, and the program's own outcome.
pub(crate) fn judge(
    program: &Program,
    first: Option<Outcome>,
    subjects: Vec<Subject>,
    stop: &Stop,
) -> io::Result<Result<(Vec<Judged>, Outcome), Undecided>> {
    let first = match first {
        Some(first) => first,
        None => program.run(None, stop)?,
    };
    if first.stopped {
        return Ok(Err(Undecided::Stopped));
    }
    let again = program.run(None, stop)?;
    if again.stopped {
        return Ok(Err(Undecided::Stopped));
    }
    if !first.is_same(&again) {
        return Ok(Err(Undecided::Differ));
    }
    let judge = Judge {
        program,
        first: &first,
        again: &again,
        stop,
    };
    let mut judged = Vec::new();
    for subject in subjects {
        if stop.is_stopped() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        judged.extend(judge.subject(subject)?);
    }
    Ok(Ok((judged, first)))
}

struct Judge<'a> {
    program: &'a Program,
    first: &'a Outcome,
    again: &'a Outcome,
    stop: &'a Stop,
}

impl Judge<'_> {
    fn subject(&self, mut subject: Subject) -> io::Result<Option<Judged>> {
        let (piece, finding) = (subject.piece, &mut subject.finding);
        let text = &*self.program.pieces[piece].code;
        let whole = TextRange::new(0, text.len() as u32);
        let Some(expected) = counterfactual(text, whole, finding) else {
            return Ok(None);
        };
        let other = self.program.run(Some((piece, &expected)), self.stop)?;
        let judged_before = finding.clone();
        let Some(difference) = compare(finding, self.first, self.again, &other) else {
            // Only a counterfactual that ran like the program says that nothing differs.
            if !self.first.is_same(&other) {
                return Ok(None);
            }
            let reached = match self.probe(piece, finding, false)? {
                Some((seen, rest)) => rest.is_same(self.first) && refute(finding, &seen),
                None => false,
            };
            return Ok(reached.then_some(Judged {
                subject,
                lines: Vec::new(),
            }));
        };
        if !other.is_same(&self.program.run(Some((piece, &expected)), self.stop)?) {
            *finding = judged_before;
            return Ok(None);
        }
        let mut lines = Vec::new();
        if let Observed::Value { piece, line } = difference.at {
            // Told at the line itself, not at the finding as well.
            finding.related.pop();
            lines.push((piece as usize, line, difference.told(finding.rule)));
        }
        let seen = self.probe(piece, finding, false)?;
        let seen = seen.filter(|(_, rest)| rest.is_same(self.first));
        match (finding.rule, seen) {
            (Rule::LateBindingClosure, Some((seen, _))) => {
                let expected = self.probe(piece, finding, true)?;
                let expected = expected.filter(|(_, rest)| rest.is_same(&other));
                if let Some(told) = expected.and_then(|(should, _)| reads(finding, &seen, &should))
                {
                    finding.related.push(Related {
                        range: finding.range,
                        message: told,
                    });
                }
            }
            (Rule::MutableDefault, Some((seen, _))) => {
                let calls = calls(&seen).into_iter();
                lines.extend(calls.map(|(line, message)| (piece, line, message)));
            }
            (_, None) => {}
        }
        debug_assert_eq!(finding.verdict, Verdict::Confirmed);
        Ok(Some(Judged { subject, lines }))
    }

    /// What a probe sees, and the rest of what its run shows.
    fn probe(
        &self,
        piece: usize,
        finding: &Finding,
        expected: bool,
    ) -> io::Result<Option<(Vec<vitrine_lint::Seen>, Outcome)>> {
        let code = &self.program.pieces[piece];
        let whole = TextRange::new(0, code.code.len() as u32);
        let Some(probe) = probe(&code.code, whole, finding, expected) else {
            return Ok(None);
        };
        let mut outcome = self.program.run(Some((piece, &probe.text)), self.stop)?;
        let seen = probe.take(&mut outcome.stdout, code.first_line);
        Ok(Some((seen, outcome)))
    }
}
