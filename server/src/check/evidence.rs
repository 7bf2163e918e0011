//! Evidence for a file: it is run as a script, without any grant.

use std::env;
use std::io;

use vitrine_lint::{Finding, Outcome, Related, Verdict};
use vitrine_syntax::line_index::LineIndex;
use vitrine_syntax::position::TextRange;

use crate::cli::args::Check;
use crate::evidence::{Judged, Program, Stop, Subject, judge};
use crate::kernel::client::KernelCommand;
use crate::kernel::protocol::{Execute, Limits, Mode};

/// More output than this is a flood, and shows nothing.
const MOST_OUTPUT: u64 = 16 << 20;

/// A finding and its segment's place in the file.
pub(super) type Placed = (Finding, TextRange);

/// Runs the program and, for each finding, its counterfactual. Says how the
/// program's own run ended, if that matters. Findings that were judged come to
/// be relative to the file.
pub(super) fn judge_file(
    program: &str,
    lines: &LineIndex,
    findings: &mut [Placed],
    args: &Check,
) -> io::Result<Option<String>> {
    let whole = TextRange::new(0, program.len() as u32);
    let (mut subjects, mut of) = (Vec::new(), Vec::new());
    for (at, (finding, segment)) in findings.iter().enumerate() {
        if finding.verdict != Verdict::Refuted
            && let Some(subject) = Subject::new(finding, segment.start, 0, whole)
        {
            of.push((at, subject.finding.range, subject.finding.rule));
            subjects.push(subject);
        }
    }
    if subjects.is_empty() {
        return Ok(None);
    }
    let (judged, outcome): (Vec<Judged>, Outcome) =
        match judge(&script(program, args)?, None, subjects, &Stop::default())? {
            Ok(judged) => judged,
            Err(undecided) => return Ok(Some(undecided.message().to_owned())),
        };
    for Judged {
        subject,
        lines: told,
    } in judged
    {
        let mut finding = subject.finding;
        let places = told.into_iter().filter_map(|(_, line, message)| {
            let range = line_range(program, lines, line)?;
            Some(Related { range, message })
        });
        finding.related.extend(places);
        let found = of
            .iter()
            .find(|(_, range, rule)| (*range, *rule) == (finding.range, finding.rule));
        if let Some(&(at, ..)) = found {
            findings[at] = (finding, whole);
        }
    }
    Ok(outcome
        .exception
        .map(|exception| format!("the run ended with {exception}")))
}

/// The text of a line, from 1, without its indentation.
fn line_range(text: &str, lines: &LineIndex, line: u32) -> Option<TextRange> {
    let start = lines.line_start(line.checked_sub(1)?)?;
    let end = lines.line_start(line).unwrap_or(text.len() as u32);
    let line = text.get(start as usize..end as usize)?;
    let indentation = line.len() - line.trim_start().len();
    let begin = start + indentation as u32;
    Some(TextRange::new(begin, begin + line.trim().len() as u32))
}

/// The file as `__main__`.
fn script(text: &str, args: &Check) -> io::Result<Program> {
    Ok(Program {
        command: KernelCommand {
            program: env::current_exe()?,
            args: vec!["kernel".into(), format!("--memory={}", args.memory)],
        },
        pieces: vec![Execute {
            id: 1,
            code: text.to_owned(),
            filename: "<stdin>".into(),
            first_line: 1,
            mode: Mode::File,
            limits: Limits {
                fuel: Some(args.fuel),
                memory: Some(args.memory.saturating_mul(1 << 20)),
                timeout_ms: Some((args.timeout.max(0.0) * 1000.0) as u64),
                output: Some(MOST_OUTPUT),
            },
        }],
    })
}
