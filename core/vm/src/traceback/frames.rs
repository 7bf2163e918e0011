//! The frames of a traceback.

use std::fmt::Write as _;

use super::FrameSummary;
use super::carets::{Excerpt, characters};

/// The same line in a row is printed so often, then counted.
const REPEATED: usize = 3;

/// The frames, outermost first.
pub(super) fn render(out: &mut String, frames: &[FrameSummary]) {
    let mut repeated = 0;
    for (at, frame) in frames.iter().enumerate() {
        let same = at.checked_sub(1).is_some_and(|before| {
            let before = &frames[before];
            (&before.filename, before.line, &before.name)
                == (&frame.filename, frame.line, &frame.name)
        });
        if !same {
            count(out, repeated);
            repeated = 0;
        }
        repeated += 1;
        if repeated <= REPEATED {
            one(out, frame);
        }
    }
    count(out, repeated);
}

fn count(out: &mut String, repeated: usize) {
    if let Some(more @ 1..) = repeated.checked_sub(REPEATED) {
        let s = if more > 1 { "s" } else { "" };
        let _ = writeln!(out, "  [Previous line repeated {more} more time{s}]");
    }
}

fn one(out: &mut String, frame: &FrameSummary) {
    let _ = writeln!(
        out,
        "  File \"{}\", line {}, in {}",
        frame.filename, frame.line, frame.name
    );
    let Some(source) = &frame.source else { return };
    let lines: Vec<&str> = lines(source)
        .skip(frame.line.saturating_sub(1) as usize)
        .take((frame.end_line.max(frame.line) - frame.line + 1) as usize)
        .map(str::trim_end)
        .collect();
    if lines.iter().all(|line| line.is_empty()) {
        return;
    }
    let Some((column, end_column)) = frame.columns else {
        let _ = writeln!(out, "    {}", lines[0].trim());
        return;
    };
    let (start, end) = (
        characters(lines[0], column),
        characters(lines[lines.len() - 1], end_column),
    );
    let (dedented, margin) = dedent(&lines);
    let excerpt = Excerpt {
        start: start.saturating_sub(margin),
        end: end.saturating_sub(margin),
        lines: dedented,
    };
    let text = excerpt.render();
    let shown: Vec<&str> = text.lines().collect();
    for line in dedent(&shown).0 {
        let _ = writeln!(out, "    {line}");
    }
}

/// The lines of a file, as Python counts them.
fn lines(source: &str) -> impl Iterator<Item = &str> {
    source
        .split_inclusive(['\n', '\r'])
        .scan(false, |after_cr, piece| {
            // "\r\n" comes as two pieces.
            let joined = *after_cr && piece == "\n";
            *after_cr = piece.ends_with('\r');
            Some((!joined).then(|| piece.trim_end_matches(['\n', '\r'])))
        })
        .flatten()
}

/// The lines without their common indentation, and how wide that was.
fn dedent<'a>(lines: &[&'a str]) -> (Vec<&'a str>, usize) {
    let indent = |line: &&'a str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let filled = || lines.iter().filter(|line| !line.trim().is_empty());
    let mut margin = filled().map(indent).min().unwrap_or(0);
    if let Some(first) = filled().next() {
        for line in filled() {
            let common = first
                .bytes()
                .zip(line.bytes())
                .take(margin)
                .take_while(|(a, b)| a == b)
                .count();
            margin = margin.min(common);
        }
    }
    let cut = |line: &&'a str| {
        if line.trim().is_empty() {
            ""
        } else {
            &line[margin..]
        }
    };
    (lines.iter().map(cut).collect(), margin)
}
