//! A program that tells when it reaches a finding.
//!
//! The text gets one expression or statement more, which writes a record to
//! the program's standard output: each read of the captured name with its
//! value, each call that omits the argument with what it finds. Whoever runs it
//! takes the records out again ([`Probe::take`]); if the rest is not the
//! program's own outcome, the probe was noticed, and shows nothing.

use vitrine_syntax::position::TextRange;

use crate::counterfactual::{edited, expected_edits};
use crate::finding::{Finding, Rule, TextEdit, Verdict};

/// Between records and their fields; no program prints these by chance.
const MARK: &str = "\u{1}\u{2}vitrine";
const FIELD: char = '\u{3}';
const END: char = '\u{4}';

/// A program with a probe in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Probe {
    /// The text to run.
    pub text: String,
    /// A line of the text that the program does not have, from 0.
    inserted: Option<u32>,
}

/// What a probe saw: once each time the finding is reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    /// A short `repr` of the value read or found.
    pub value: String,
    /// For a default: which of those made here, and the calling line in the
    /// program's own text, from 1, if it is in the same file.
    pub call: Option<(u32, Option<u32>)>,
}

/// The program with a probe at the finding, as it is or, with `expected`, as
/// its writer expects it; `None` where no edit of the text does that.
pub fn probe(
    program: &str,
    segment: TextRange,
    finding: &Finding,
    expected: bool,
) -> Option<Probe> {
    match finding.rule {
        Rule::LateBindingClosure => {
            let mut edits = vec![reading(finding)];
            if expected {
                edits.extend(expected_edits(program, segment, finding)?);
            }
            // Of two at one place the longer stays behind: it replaces what follows.
            edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
            let text = edited(program, segment, &edits)?;
            Some(Probe {
                text,
                inserted: None,
            })
        }
        Rule::MutableDefault if expected => None,
        Rule::MutableDefault => omitting(program, segment, finding),
    }
}

/// `n` as `(record(n), n)[1]`.
fn reading(finding: &Finding) -> TextEdit {
    let name = &finding.name;
    TextEdit {
        range: finding.range,
        text: format!("({}, {name})[1]", record(&format!("repr({name})[:200]"))),
    }
}

/// A statement at the beginning of the body: which default, the caller's line, the value.
fn omitting(program: &str, segment: TextRange, finding: &Finding) -> Option<Probe> {
    let name = &finding.name;
    let fix = finding.fix.as_ref()?;
    let guard = fix
        .edits
        .iter()
        .find(|edit| edit.text.contains(" is None:"))?;
    let made = r#"__import__("builtins").__dict__.setdefault("_vitrine_made", [])"#;
    let frame = r#"__import__("sys")._getframe"#;
    let fields = format!(
        "str([vitrine_at for vitrine_at, vitrine_made in enumerate({made}) if vitrine_made is {name}][0]) + {FIELD:?} + \
         str({frame}(1).f_lineno if {frame}(1).f_code.co_filename == {frame}(0).f_code.co_filename else 0) + {FIELD:?} + \
         repr({name})[:200]"
    );
    let statement = format!(
        "{} if any([vitrine_made is {name} for vitrine_made in {made}]) else None",
        record(&fields)
    );
    let default = program.get(finding.range.shifted(segment.start).as_usize())?;
    let marked = TextEdit {
        range: finding.range,
        text: format!(
            "(lambda vitrine_made: ({made}.append(vitrine_made), vitrine_made)[1])({default})"
        ),
    };
    let at = guard.range.start;
    let before = program.get(..(segment.start + at) as usize)?;
    let line = before.matches('\n').count() as u32;
    // The guard stands behind a docstring, or before the first statement.
    let (text, inserted) = if guard.text.starts_with("if ") {
        let indentation: String = before
            .chars()
            .rev()
            .take_while(|c| matches!(c, ' ' | '\t'))
            .collect();
        let indentation: String = indentation.chars().rev().collect();
        (format!("{statement}\n{indentation}"), Some(line))
    } else {
        (format!("; {statement}"), None)
    };
    let inserting = TextEdit {
        range: TextRange::empty(at),
        text,
    };
    let text = edited(program, segment, &[marked, inserting])?;
    Some(Probe { text, inserted })
}

/// An expression that writes a record.
fn record(fields: &str) -> String {
    let escaped = |text: &str| {
        let escape = |c: char| match c {
            c if c.is_ascii_graphic() => c.to_string(),
            c => format!("\\x{:02x}", c as u32),
        };
        text.chars().map(escape).collect::<String>()
    };
    let (mark, end) = (escaped(MARK), escaped(&END.to_string()));
    let fields = fields
        .replace(
            &format!("{FIELD:?}"),
            &format!("\"{}\"", escaped(&FIELD.to_string())),
        )
        .replace("repr(", "__import__(\"builtins\").repr(");
    format!(r#"__import__("sys").__stdout__.write("{mark}" + {fields} + "{end}")"#)
}

impl Probe {
    /// Takes the records out of what the probed program printed. `first_line`
    /// is the program's first line in its file, from 1.
    pub fn take(&self, stdout: &mut String, first_line: u32) -> Vec<Seen> {
        let (mut rest, mut seen) = (String::with_capacity(stdout.len()), Vec::new());
        let mut pieces = stdout.split(MARK);
        rest.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            let (record, after) = piece.split_once(END).unwrap_or((piece, ""));
            rest.push_str(after);
            let fields: Vec<&str> = record.split(FIELD).collect();
            let line = |text: &str| {
                let line = text
                    .parse::<u32>()
                    .ok()
                    .filter(|&line| line >= first_line)?;
                let inserted = self.inserted.map(|inserted| first_line + inserted);
                Some(line - u32::from(inserted.is_some_and(|inserted| line > inserted)))
            };
            seen.push(match fields[..] {
                [made, at, value] => Seen {
                    value: value.to_owned(),
                    call: Some((made.parse().unwrap_or(0), line(at))),
                },
                _ => Seen {
                    value: record.to_owned(),
                    call: None,
                },
            });
        }
        *stdout = rest;
        seen
    }
}

/// Whether what a probe saw shows that the finding was reached: a default only
/// when some object was found by two calls.
fn is_reached(rule: Rule, seen: &[Seen]) -> bool {
    match rule {
        Rule::LateBindingClosure => !seen.is_empty(),
        Rule::MutableDefault => {
            let mut made: Vec<u32> = seen.iter().filter_map(|seen| Some(seen.call?.0)).collect();
            made.sort_unstable();
            made.windows(2).any(|pair| pair[0] == pair[1])
        }
    }
}

/// Refutes a finding that a run reached without any difference; whether it did.
pub fn refute(finding: &mut Finding, seen: &[Seen]) -> bool {
    let reached = is_reached(finding.rule, seen);
    if reached && finding.verdict < Verdict::Confirmed {
        finding.verdict = Verdict::Refuted;
        let times = match seen.len() {
            1 => "once".to_owned(),
            times => format!("{times} times"),
        };
        finding.reason = format!("a run reached it {times} and came out as expected").into();
    }
    reached
}

/// What the reads of a captured name found, where they should have found
/// something else: "`2` is read here where the closure was made with `0`".
pub fn reads(finding: &Finding, seen: &[Seen], expected: &[Seen]) -> Option<String> {
    let (is, should) = seen
        .iter()
        .zip(expected)
        .find(|(is, should)| is.value != should.value)?;
    Some(format!(
        "`{}` is `{}` here, where the closure was made with `{}`",
        finding.name, is.value, should.value
    ))
}

/// The call that changed a default and the one that saw it, by their lines in
/// the file, from 1.
pub fn calls(seen: &[Seen]) -> Vec<(u32, String)> {
    for (at, saw) in seen.iter().enumerate() {
        let Some((made, line)) = saw.call else {
            continue;
        };
        let before = seen[..at]
            .iter()
            .rfind(|other| other.call.is_some_and(|(other, _)| other == made));
        let Some(changed) = before.filter(|before| before.value != saw.value) else {
            continue;
        };
        let mut told = Vec::new();
        if let Some((_, Some(line))) = changed.call {
            let message = format!("this call finds `{}`, and leaves it changed", changed.value);
            told.push((line, message));
        }
        told.extend(line.map(|line| {
            (
                line,
                format!(
                    "this call finds `{}`, which an earlier call has changed",
                    saw.value
                ),
            )
        }));
        return told;
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(value: &str, made: u32, line: u32) -> Seen {
        Seen {
            value: value.into(),
            call: Some((made, Some(line))),
        }
    }

    #[test]
    fn records_are_taken_out_of_the_output() {
        let probe = Probe {
            text: String::new(),
            inserted: Some(1),
        };
        let record =
            |fields: &str| format!("{MARK}{}{END}", fields.replace('|', &FIELD.to_string()));
        let mut stdout = format!("a{}b\n{}", record("0|11|[]"), record("0|9|[1]"));
        // The file's line 10 has one line more above it from the probe.
        assert_eq!(
            probe.take(&mut stdout, 9),
            [seen("[]", 0, 10), seen("[1]", 0, 9)]
        );
        assert_eq!(stdout, "ab\n");
    }

    #[test]
    fn a_default_is_reached_by_two_calls_of_the_same_function() {
        let check = |seen: &[Seen], expected: bool| {
            assert_eq!(is_reached(Rule::MutableDefault, seen), expected, "{seen:?}");
        };
        check(&[seen("[]", 0, 1)], false);
        check(&[seen("[]", 0, 1), seen("[]", 1, 2)], false);
        check(&[seen("[]", 0, 1), seen("[]", 0, 2)], true);
    }

    #[test]
    fn the_call_that_changed_it_and_the_one_that_saw() {
        let told = calls(&[seen("[]", 0, 5), seen("[]", 1, 6), seen("[1]", 0, 7)]);
        let lines: Vec<u32> = told.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [5, 7]);
    }
}
