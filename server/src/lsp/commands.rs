//! `workspace/executeCommand`: run, interrupt, restart, show a layer.
//!
//! docs/lsp.md lists the commands with their arguments; keep the two alike.

use serde::Deserialize;
use serde_json::{Value, json};
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::{ExecuteCommandParams, Range, Uri};
use vitrine_syntax::position::TextRange;

use super::position::IndexedText;
use super::runs;
use super::session::Session;
use crate::kernel::protocol::Mode;

pub(crate) const RUN_CELL: &str = "vitrine.runCell";
pub(crate) const RUN_ABOVE: &str = "vitrine.runAbove";
pub(crate) const RUN_SELECTION: &str = "vitrine.runSelection";
pub(crate) const RUN_FILE: &str = "vitrine.runFile";
pub(crate) const RUN_TO_CURSOR: &str = "vitrine.runToCursor";
const INTERRUPT: &str = "vitrine.interrupt";
const RESTART: &str = "vitrine.restart";

/// What the client is told of. The commands that show a layer are accepted,
/// too; editors that have them register them themselves.
pub(crate) const ADVERTISED: &[&str] = &[
    RUN_CELL,
    RUN_ABOVE,
    RUN_TO_CURSOR,
    RUN_SELECTION,
    RUN_FILE,
    INTERRUPT,
    RESTART,
];

/// A command that was understood.
#[derive(Debug)]
pub(crate) enum Command {
    Run(Run),
    Interrupt(Option<Uri>),
    Restart(Option<Uri>),
    /// With the source of each line, if wanted.
    Show(Layer, Uri, bool),
}

/// Something to run.
#[derive(Debug)]
pub(crate) struct Run {
    uri: Uri,
    what: What,
}

#[derive(Debug)]
enum What {
    Cell(u32),
    Above(u32),
    To(u32),
    Selection(Range),
    File,
}

/// A layer of the execution model, shown as text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Layer {
    Tokens,
    Tree,
    Symbols,
    Bytecode,
}

#[derive(Deserialize)]
struct Argument {
    uri: Uri,
    line: Option<u32>,
    range: Option<Range>,
    #[serde(default)]
    ranges: bool,
}

pub(crate) fn parse(params: &ExecuteCommandParams) -> Result<Command> {
    let name = params.command.as_str();
    let argument = params
        .arguments
        .first()
        .map(Argument::deserialize)
        .transpose();
    let argument = argument.map_err(|error| Error::invalid_params(format!("{name}: {error}")))?;
    let uri = argument.as_ref().map(|argument| argument.uri.clone());
    let needed = || {
        uri.clone()
            .ok_or_else(|| Error::invalid_params(format!("{name} takes an argument {{uri}}")))
    };
    let line = || {
        let line = argument.as_ref().and_then(|argument| argument.line);
        line.ok_or_else(|| Error::invalid_params(format!("{name} takes an argument {{uri, line}}")))
    };
    let range = || {
        let range = argument.as_ref().and_then(|argument| argument.range);
        range.ok_or_else(|| {
            Error::invalid_params(format!("{name} takes an argument {{uri, range}}"))
        })
    };
    let ranges = argument.as_ref().is_some_and(|argument| argument.ranges);
    let run = |what| {
        Ok(Command::Run(Run {
            uri: needed()?,
            what,
        }))
    };
    match name {
        RUN_CELL => run(What::Cell(line()?)),
        RUN_ABOVE => run(What::Above(line()?)),
        RUN_TO_CURSOR => run(What::To(line()?)),
        RUN_SELECTION => run(What::Selection(range()?)),
        RUN_FILE => run(What::File),
        INTERRUPT => Ok(Command::Interrupt(uri)),
        RESTART => Ok(Command::Restart(uri)),
        "vitrine.showTokens" => Ok(Command::Show(Layer::Tokens, needed()?, ranges)),
        "vitrine.showTree" => Ok(Command::Show(Layer::Tree, needed()?, ranges)),
        "vitrine.showSymbols" => Ok(Command::Show(Layer::Symbols, needed()?, ranges)),
        "vitrine.showBytecode" => Ok(Command::Show(Layer::Bytecode, needed()?, ranges)),
        _ => Err(Error::invalid_params(format!("there is no command {name}"))),
    }
}

/// Does what a command says, on the session's thread.
pub(crate) fn perform(session: &mut Session, command: &Command) -> Result<Option<Value>> {
    match command {
        Command::Run(what) => run(session, what),
        Command::Interrupt(uri) => {
            runs::interrupt(session, uri.as_ref());
            Ok(None)
        }
        Command::Restart(uri) => {
            runs::restart(session, uri.as_ref());
            Ok(None)
        }
        // Answered from a snapshot.
        Command::Show(..) => Ok(None),
    }
}

/// Starts a run; its number, or `null` if there is nothing to run.
fn run(session: &mut Session, run: &Run) -> Result<Option<Value>> {
    let encoding = session.encoding;
    let piece = session.read(&run.uri, |db, file| {
        let text = file.text(db).clone();
        let lines = vitrine_db::line_index(db, file).clone();
        let indexed = IndexedText { text, lines };
        let (range, mode) = match run.what {
            What::Cell(line) => (vitrine_ide::runnable_at(db, file, line)?, Mode::Cell),
            What::Above(line) => (
                TextRange::new(0, indexed.lines.line_start(line)?),
                Mode::Cell,
            ),
            What::To(line) => {
                let end = indexed.lines.line_start(line.saturating_add(1));
                let end = end.unwrap_or(indexed.text.len() as u32);
                (TextRange::new(0, end), Mode::Cell)
            }
            What::File => (TextRange::new(0, indexed.text.len() as u32), Mode::File),
            What::Selection(range) => {
                let positions = indexed.positions(encoding);
                let (start, end) = (positions.offset(range.start), positions.offset(range.end));
                (
                    selected(&indexed, db, file, start.min(end), start.max(end))?,
                    Mode::Selection,
                )
            }
        };
        let code = &indexed.text[range.as_usize()];
        let code = if mode == Mode::Selection {
            dedent(code)
        } else {
            code.to_owned()
        };
        Some((range, code, mode))
    });
    let Some(piece) = piece else {
        return Err(Error::invalid_params(format!(
            "{} is not open",
            run.uri.as_str()
        )));
    };
    let id =
        piece.and_then(|(range, code, mode)| runs::execute(session, &run.uri, range, code, mode));
    Ok(id.map(|id| json!({ "run": id })))
}

/// The whole lines of a selection; of an empty one, the top-level statement.
fn selected(
    text: &IndexedText,
    db: &vitrine_db::Database,
    file: vitrine_db::File,
    start: u32,
    end: u32,
) -> Option<TextRange> {
    let line = text.lines.line_column(start).line;
    if start == end {
        return vitrine_db::segments(db, file)
            .at(start)
            .map(|(_, placed)| placed.range);
    }
    let last = text.lines.line_column(end);
    // A selection that ends in column 0 does not mean that line.
    let behind = if last.column == 0 {
        last.line
    } else {
        last.line + 1
    };
    let end = text
        .lines
        .line_start(behind)
        .unwrap_or(text.text.len() as u32);
    Some(TextRange::new(text.lines.line_start(line)?, end))
}

/// Takes the indentation that all lines share from each.
fn dedent(code: &str) -> String {
    let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let shared = code
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(indentation)
        .min()
        .unwrap_or(0);
    code.split_inclusive('\n')
        .map(|line| &line[shared.min(indentation(line))..])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_checked() {
        let check = |command: &str, arguments: Value, expected: &str| {
            let Value::Array(arguments) = arguments else {
                panic!("arguments are a list")
            };
            let params = ExecuteCommandParams {
                command: command.into(),
                arguments,
                ..ExecuteCommandParams::default()
            };
            let parsed = match parse(&params) {
                Ok(command) => format!("{command:?}"),
                Err(error) => error.message.into_owned(),
            };
            assert!(parsed.contains(expected), "{command}: {parsed}");
        };
        check(
            RUN_CELL,
            json!([{ "uri": "file:///a.py", "line": 3 }]),
            "Cell(3)",
        );
        check(
            RUN_CELL,
            json!([{ "uri": "file:///a.py" }]),
            "takes an argument {uri, line}",
        );
        check(RUN_CELL, json!([]), "takes an argument");
        check(RUN_CELL, json!([{ "uri": 1, "line": 3 }]), "invalid type");
        check(INTERRUPT, json!([]), "Interrupt(None)");
        check(
            "vitrine.showTree",
            json!([{ "uri": "file:///a.py", "position": {} }]),
            "Show(Tree",
        );
        check("rm", json!([]), "there is no command rm");
    }

    #[test]
    fn selections_are_dedented() {
        assert_eq!(dedent("    a\n\n      b\n"), "a\n\n  b\n");
        assert_eq!(dedent("a\n  b"), "a\n  b");
    }
}
