//! The text against CPython's.

use std::sync::Arc;

use super::cases::CASES;
use super::*;

#[test]
fn texts_are_cpythons() {
    for &(source, frames, class, message, expected) in CASES {
        let source: Arc<str> = source.into();
        let frames = frames
            .iter()
            .map(|&(line, end_line, columns, name)| FrameSummary {
                filename: "f.py".into(),
                name: name.into(),
                line,
                end_line,
                columns,
                source: Some(source.clone()),
            });
        let exception = ExceptionSummary {
            class: class.into(),
            message: Some(message.into()),
            frames: frames.collect(),
            ..ExceptionSummary::default()
        };
        assert_eq!(render(&exception), expected, "of {source}");
    }
}

fn plain(class: &str, message: &str) -> ExceptionSummary {
    ExceptionSummary {
        class: class.into(),
        message: Some(message.into()),
        ..ExceptionSummary::default()
    }
}

#[test]
fn chains_and_groups() {
    let mut outer = plain("LookupError", "outer");
    outer.cause = Some(Box::new(plain("ValueError", "inner")));
    outer.notes = vec!["a note\nof two lines".into()];
    let inner = ExceptionSummary {
        group: Some(vec![plain("KeyError", "'k'")]),
        ..plain("ExceptionGroup", "inner (1 sub-exception)")
    };
    let group = ExceptionSummary {
        group: Some(vec![outer, inner, plain("TypeError", "two\nlines")]),
        ..plain("ExceptionGroup", "several (3 sub-exceptions)")
    };
    let expected = "  | ExceptionGroup: several (3 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: inner
    | 
    | The above exception was the direct cause of the following exception:
    | 
    | LookupError: outer
    | a note
    | of two lines
    +---------------- 2 ----------------
    | ExceptionGroup: inner (1 sub-exception)
    +-+---------------- 1 ----------------
      | KeyError: 'k'
      +------------------------------------
    +---------------- 3 ----------------
    | TypeError: two
    | lines
    +------------------------------------
";
    assert_eq!(render(&group), expected);
}

#[test]
fn syntax_errors_show_their_place() {
    let syntax = SyntaxSummary {
        filename: Some("f.py".into()),
        line: Some(2),
        offset: Some(6),
        text: Some("\té = (1 2)\n".into()),
        end_line: Some(2),
        end_offset: Some(9),
        message: "invalid syntax. Perhaps you forgot a comma?".into(),
    };
    let exception = ExceptionSummary {
        syntax: Some(syntax),
        ..plain("SyntaxError", "")
    };
    let expected = "  File \"f.py\", line 2\n    \té = (1 2)\n    \t    ^^^\n\
                    SyntaxError: invalid syntax. Perhaps you forgot a comma?\n";
    assert_eq!(render(&exception), expected);
}
