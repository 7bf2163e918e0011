//! Runs of a document's code, and what they left beside its lines.
//!
//! A result hangs on the end of its line as a byte offset that moves with the
//! edits. It is stale from the moment its run's text is edited. Results go to
//! the client as inlay hints, or as `vitrine/results` where it asked for them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use ropey::Rope;
use serde_json::json;
use tower_lsp::ls_types::{
    InlayHint, InlayHintLabel, InlayHintTooltip, MarkupContent, MarkupKind, MessageType, Position,
    Uri,
};
use vitrine_syntax::position::TextRange;

use super::document::Applied;
use super::evidence::{self, Evidence, History};
use super::live::Live;
use super::outbox::Refresh;
use super::position::Encoding;
use super::session::{Event, Session};
use crate::evidence::Observer;
use crate::kernel::client::{Kernel, KernelCommand, Notice, ProcessEvent};
use crate::kernel::protocol::{Execute, Limits, Mode, Outcome, Reply, Stream};

/// How much of a line's values and of a run's output is kept beside the text.
const MAX_TEXT: usize = 4096;
/// How many results a document shows.
const MAX_RESULTS: usize = 2000;
/// How long an inlay hint gets.
const MAX_HINT: usize = 120;

/// A document's kernel and the results of its runs.
pub(crate) struct Runs {
    kernel: Kernel,
    runs: HashMap<u64, Run>,
    results: Vec<LineResult>,
    /// The client has not seen the latest.
    changed: bool,
    up: bool,
    /// What ran in the kernel's namespace, in order; see `evidence`.
    pub(super) history: History,
    pub(super) evidence: Evidence,
    /// What the last run left in the namespace.
    pub(super) live: Arc<Live>,
}

/// One run, as long as its results stand or later ones build on it.
pub(super) struct Run {
    /// The document when it began, and the edits since: replies name its lines.
    rope: Rope,
    edits: Vec<Applied>,
    /// What ran, in bytes of the document as it is now.
    pub(super) start: usize,
    pub(super) end: usize,
    /// The last line of it that is not blank, from 1, when it began.
    last_line: u32,
    pub(super) stale: bool,
    finished: bool,
    /// As it was given to the kernel.
    pub(super) code: Execute,
    /// The text ran as it stands, not dedented.
    pub(super) verbatim: bool,
    pub(super) observer: Observer,
    pub(super) millis: u64,
}

struct LineResult {
    run: u64,
    /// The end of its line, in bytes of the document as it is now.
    anchor: usize,
    kind: ResultKind,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ResultKind {
    Value,
    Output,
    Error,
}

impl ResultKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Output => "output",
            Self::Error => "error",
        }
    }
}

impl Runs {
    fn new(command: KernelCommand, session: &Session, uri: &Uri) -> Self {
        let (events, uri) = (session.events.clone(), uri.clone());
        let sink = Arc::new(move |event| events.send(Event::Kernel(uri.clone(), event)));
        Self {
            kernel: Kernel::new(command, sink),
            runs: HashMap::new(),
            results: Vec::new(),
            changed: false,
            up: false,
            history: History::default(),
            evidence: Evidence::default(),
            live: Arc::default(),
        }
    }

    /// A run of those that are kept.
    pub(super) fn run(&self, id: u64) -> Option<&Run> {
        self.runs.get(&id)
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.kernel.is_busy()
    }

    /// Whether `tick` has something to look after.
    pub(crate) fn needs_care(&self) -> bool {
        self.is_busy() || self.evidence.is_pending()
    }

    /// Moves the results with an edit.
    pub(crate) fn edited(&mut self, edit: Applied) {
        for result in &mut self.results {
            result.anchor = moved(result.anchor, edit);
        }
        for run in self.runs.values_mut() {
            let inserted_above = edit.removed == 0 && edit.start == run.start && edit.ends_line;
            if edit.start < run.end && edit.start + edit.removed > run.start
                || edit.removed == 0
                    && !inserted_above
                    && run.start <= edit.start
                    && edit.start < run.end
            {
                run.stale = true;
            }
            run.start = match inserted_above {
                true => run.start + edit.inserted,
                false => moved(run.start, edit),
            };
            run.end = moved(run.end, edit);
            run.edits.push(edit);
        }
        self.evidence.edited(edit, &self.runs);
        self.changed |= !self.results.is_empty();
    }

    /// Begins a run of a part of the document, whose old results it replaces.
    fn begin(&mut self, rope: Rope, range: TextRange, code: Execute) {
        let id = code.id;
        let (start, end) = (range.start as usize, range.end as usize);
        self.results.retain(|result| {
            result.anchor < start || result.anchor > end || (result.anchor == start && start != 0)
        });
        let live: std::collections::HashSet<u64> =
            self.results.iter().map(|result| result.run).collect();
        // A run that waits has no result yet.
        self.history.begin(&code);
        let history = &self.history;
        self.runs
            .retain(|id, run| !run.finished || live.contains(id) || history.contains(*id));
        let verbatim = rope.byte_slice(start..end.min(rope.len_bytes())) == code.code;
        let mut last_line = rope.byte_to_line(end.min(rope.len_bytes()).saturating_sub(1));
        while last_line > 0 && rope.line(last_line).chars().all(char::is_whitespace) {
            last_line -= 1;
        }
        let last_line = last_line as u32 + 1;
        self.runs.insert(
            id,
            Run {
                rope,
                edits: Vec::new(),
                start,
                end,
                last_line,
                stale: false,
                finished: false,
                code,
                verbatim,
                observer: Observer::default(),
                millis: 0,
            },
        );
        self.changed = true;
    }

    /// The end of a line that a run's reply names (from 1), where it is now.
    pub(super) fn anchor(&self, run: u64, line: u32) -> Option<usize> {
        let run = self.runs.get(&run)?;
        let line = (line as usize).checked_sub(1)?;
        if line >= run.rope.len_lines() {
            return None;
        }
        let start = run.rope.line_to_byte(line);
        let text = run.rope.line(line).to_string();
        let end = start + text.trim_end_matches(['\n', '\r']).len();
        Some(
            run.edits
                .iter()
                .fold(end, |offset, &edit| moved(offset, edit)),
        )
    }

    /// The kernel's namespace is gone.
    fn forget_namespace(&mut self) {
        self.history = History::default();
        self.live = Arc::default();
    }

    /// The end of the last line that ran.
    fn last_anchor(&self, run: u64) -> Option<usize> {
        self.anchor(run, self.runs.get(&run)?.last_line)
    }

    fn add(&mut self, run: u64, anchor: Option<usize>, kind: ResultKind, text: &str) {
        let Some(anchor) = anchor else { return };
        self.changed = true;
        let same = |result: &&mut LineResult| {
            result.run == run && result.anchor == anchor && result.kind == kind
        };
        if let Some(result) = self.results.iter_mut().rev().find(same) {
            if result.text.len() < MAX_TEXT {
                if kind == ResultKind::Value {
                    result.text.push_str(", ");
                }
                push_bounded(&mut result.text, text);
            }
            return;
        }
        if self.results.len() < MAX_RESULTS {
            let mut bounded = String::new();
            push_bounded(&mut bounded, text);
            self.results.push(LineResult {
                run,
                anchor,
                kind,
                text: bounded,
            });
        }
    }

    fn is_stale(&self, result: &LineResult) -> bool {
        self.runs.get(&result.run).is_none_or(|run| run.stale)
    }
}

/// Where an offset is after an edit. At the edit's beginning it stays.
pub(super) fn moved(offset: usize, edit: Applied) -> usize {
    if offset <= edit.start {
        offset
    } else if offset >= edit.start + edit.removed {
        offset - edit.removed + edit.inserted
    } else {
        edit.start
    }
}

fn push_bounded(text: &mut String, more: &str) {
    let mut end = more.len().min(MAX_TEXT.saturating_sub(text.len()));
    while !more.is_char_boundary(end) {
        end -= 1;
    }
    text.push_str(&more[..end]);
    if end < more.len() {
        text.push('\u{2026}');
    }
}

/// Gives a piece of a document to its kernel.
pub(crate) fn execute(
    session: &mut Session,
    uri: &Uri,
    range: TextRange,
    code: String,
    mode: Mode,
) -> Option<u64> {
    let open = session.documents.get(uri)?;
    let rope = open.document.rope().clone();
    let first_line = rope.byte_to_line((range.start as usize).min(rope.len_bytes())) as u32 + 1;
    let id = session.next_run;
    session.next_run += 1;
    let evaluate = &session.settings.user.evaluate;
    let limits = Limits {
        timeout_ms: (evaluate.timeout > 0.0).then_some((evaluate.timeout * 1000.0) as u64),
        memory: (evaluate.memory > 0).then(|| evaluate.memory.saturating_mul(1024 * 1024)),
        ..Limits::default()
    };
    if !session.runs.contains_key(uri) {
        let runs = Runs::new(session.settings.kernel_command(), session, uri);
        session.runs.insert(uri.clone(), runs);
    }
    let runs = session.runs.get_mut(uri)?;
    runs.evidence.cancel();
    let code = Execute {
        id,
        code,
        filename: filename(uri),
        first_line,
        mode,
        limits,
    };
    runs.begin(rope, range, code.clone());
    let notices = runs.kernel.execute(code);
    take_notices(session, uri, notices);
    publish_status(session);
    Some(id)
}

/// The path of a `file:` URI, else the URI.
pub(crate) fn filename(uri: &Uri) -> String {
    let path = uri
        .to_file_path()
        .map(|path| path.to_string_lossy().into_owned());
    path.filter(|path| !path.is_empty())
        .unwrap_or_else(|| uri.as_str().to_owned())
}

/// Interrupts one document's kernel, or all that run.
pub(crate) fn interrupt(session: &mut Session, uri: Option<&Uri>) {
    for (of, runs) in &mut session.runs {
        if uri.is_none_or(|uri| uri == of) {
            runs.kernel.interrupt();
        }
    }
}

/// Restarts one document's kernel, or all: names and results are forgotten.
pub(crate) fn restart(session: &mut Session, uri: Option<&Uri>) {
    let chosen: Vec<Uri> = session
        .runs
        .keys()
        .filter(|of| uri.is_none_or(|uri| uri == *of))
        .cloned()
        .collect();
    for uri in chosen {
        let Some(runs) = session.runs.get_mut(&uri) else {
            continue;
        };
        let notices = runs.kernel.restart();
        runs.results.clear();
        runs.changed = true;
        runs.up = false;
        runs.forget_namespace();
        runs.evidence.clear();
        take_notices(session, &uri, notices);
        // The settings may have changed since the kernel began.
        let command = session.settings.kernel_command();
        if let Some(runs) = session.runs.get_mut(&uri) {
            runs.kernel.set_command(command);
        }
        publish(session, &uri);
    }
    publish_status(session);
}

/// Takes what a kernel process did.
pub(crate) fn kernel_event(session: &mut Session, uri: &Uri, event: ProcessEvent) {
    let Some(runs) = session.runs.get_mut(uri) else {
        return;
    };
    let notices = runs.kernel.handle(event);
    take_notices(session, uri, notices);
}

/// Looks after the kernels, and tells the client what is new.
pub(crate) fn tick(session: &mut Session, now: Instant) {
    let busy: Vec<Uri> = session.runs.keys().cloned().collect();
    for uri in busy {
        let Some(runs) = session.runs.get_mut(&uri) else {
            continue;
        };
        let notices = runs.kernel.tick(now);
        runs.evidence.tick(now);
        take_notices(session, &uri, notices);
        publish(session, &uri);
    }
    publish_status(session);
}

fn take_notices(session: &mut Session, uri: &Uri, notices: Vec<Notice>) {
    for notice in notices {
        let Some(runs) = session.runs.get_mut(uri) else {
            return;
        };
        match notice {
            Notice::Replaced(why) => {
                runs.up = false;
                runs.forget_namespace();
                session.outbox.show(
                    MessageType::WARNING,
                    format!("Vitrine's kernel was replaced: {why}"),
                );
            }
            Notice::Reply(reply) => take_reply(session, uri, reply),
        }
    }
}

fn take_reply(session: &mut Session, uri: &Uri, reply: Reply) {
    let Some(runs) = session.runs.get_mut(uri) else {
        return;
    };
    if let Some(run) = reply.run().and_then(|id| runs.runs.get_mut(&id)) {
        run.observer.see(0, &reply);
    }
    match reply {
        Reply::Names { names, types, .. } => runs.live = Arc::new(Live::new(names, &types)),
        Reply::Ready { .. } => runs.up = true,
        Reply::Started { .. } | Reply::Pong { .. } => {}
        Reply::Stream { id, name, text } => {
            let anchor = runs.last_anchor(id);
            runs.add(id, anchor, ResultKind::Output, &text);
            output(session, uri, name, &text);
        }
        Reply::Value { id, line, text } | Reply::Result { id, line, text } => {
            let anchor = runs.anchor(id, line);
            runs.add(id, anchor, ResultKind::Value, &text);
        }
        Reply::Error {
            id,
            class,
            message,
            line,
            traceback,
        } => {
            let anchor = line
                .and_then(|line| runs.anchor(id, line))
                .or_else(|| runs.last_anchor(id));
            let text = if message.is_empty() {
                class
            } else {
                format!("{class}: {message}")
            };
            runs.add(id, anchor, ResultKind::Error, &text);
            output(session, uri, Stream::Stderr, &traceback);
        }
        Reply::Finished {
            id,
            outcome,
            millis,
        } => {
            if let Some(run) = runs.runs.get_mut(&id) {
                run.finished = true;
                run.millis = millis;
            }
            if !matches!(outcome, Outcome::Ok | Outcome::Error) {
                runs.history.spoil(id);
            }
            if let Some(message) = outcome.message() {
                let anchor = runs.last_anchor(id);
                runs.add(id, anchor, ResultKind::Error, message);
                if !matches!(outcome, Outcome::Interrupted | Outcome::Died) {
                    session.outbox.show(
                        MessageType::WARNING,
                        format!("Vitrine: the run was {message}"),
                    );
                }
            }
            evidence::gather(session, uri);
        }
        Reply::Malformed { message } => session
            .outbox
            .log(MessageType::ERROR, format!("kernel: {message}")),
    }
}

fn output(session: &Session, uri: &Uri, name: Stream, text: &str) {
    if session.settings.notify_output {
        session.outbox.notify(
            "vitrine/output",
            json!({ "uri": uri, "stream": name, "text": text }),
        );
    } else {
        session
            .outbox
            .log(MessageType::LOG, text.trim_end_matches('\n'));
    }
}

/// Tells the client what a document's results are now, if that changed.
pub(crate) fn publish(session: &mut Session, uri: &Uri) {
    let Some(runs) = session.runs.get_mut(uri).filter(|runs| runs.changed) else {
        return;
    };
    let Some(open) = session.documents.get(uri) else {
        return;
    };
    runs.changed = false;
    if !session.settings.notify_results {
        if session.settings.refreshes.inlay_hints {
            session.outbox.refresh(Refresh::InlayHints);
        }
        return;
    }
    let rope = open.document.rope();
    let results: Vec<_> = runs
        .results
        .iter()
        .map(|result| {
            let line = rope.byte_to_line(result.anchor.min(rope.len_bytes()));
            json!({ "line": line, "text": result.text, "kind": result.kind.name(), "stale": runs.is_stale(result) })
        })
        .collect();
    let version = open.document.version;
    session.outbox.notify(
        "vitrine/results",
        json!({ "uri": uri, "version": version, "results": results }),
    );
}

/// Tells the client what the kernels do, if that changed.
pub(crate) fn publish_status(session: &mut Session) {
    let runs = || session.runs.values();
    let status = match () {
        () if runs().any(|runs| runs.is_busy() && !runs.up) => "starting",
        () if runs().any(Runs::is_busy) => "busy",
        () if runs().any(|runs| runs.up) => "idle",
        () => "stopped",
    };
    if session.status != Some(status) {
        session.status = Some(status);
        if session.settings.notify_results || session.settings.notify_output {
            session
                .outbox
                .notify("vitrine/status", json!({ "state": status }));
        }
    }
}

/// The results as inlay hints, for a client that has no other way to show them.
pub(crate) fn inlay_hints(session: &Session, uri: &Uri) -> Vec<InlayHint> {
    let (Some(runs), Some(open)) = (session.runs.get(uri), session.documents.get(uri)) else {
        return Vec::new();
    };
    if session.settings.notify_results {
        return Vec::new();
    }
    let rope = open.document.rope();
    runs.results
        .iter()
        .map(|result| {
            let mark = match result.kind {
                ResultKind::Value => "\u{2192}",
                ResultKind::Output => "\u{25b7}",
                ResultKind::Error => "\u{2717}",
            };
            let stale = if runs.is_stale(result) {
                " (stale)"
            } else {
                ""
            };
            let tooltip = format!("```python\n{}\n```", result.text);
            InlayHint {
                position: line_end(rope, result.anchor, session.encoding),
                label: InlayHintLabel::String(format!("{mark} {}{stale}", one_line(&result.text))),
                kind: None,
                text_edits: None,
                tooltip: Some(InlayHintTooltip::MarkupContent(MarkupContent {
                    kind: MarkupKind::Markdown,
                    value: tooltip,
                })),
                padding_left: Some(true),
                padding_right: None,
                data: None,
            }
        })
        .collect()
}

fn one_line(text: &str) -> String {
    let mut line = text.trim_end().replace('\n', " \u{23ce} ");
    if let Some((end, _)) = line.char_indices().nth(MAX_HINT) {
        line.truncate(end);
        line.push('\u{2026}');
    }
    line
}

fn line_end(rope: &Rope, offset: usize, encoding: Encoding) -> Position {
    let line = rope.byte_to_line(offset.min(rope.len_bytes()));
    let text = rope.line(line).to_string();
    Position {
        line: line as u32,
        character: encoding.len(text.trim_end_matches(['\n', '\r'])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_move_with_edits() {
        let edit = Applied {
            start: 10,
            removed: 5,
            inserted: 2,
            ends_line: false,
        };
        for (offset, expected) in [(0, 0), (10, 10), (12, 10), (15, 12), (20, 17)] {
            assert_eq!(moved(offset, edit), expected, "{offset}");
        }
    }

    #[test]
    fn hints_are_one_short_line() {
        assert_eq!(one_line("a\nb\n"), "a \u{23ce} b");
        assert_eq!(one_line(&"é".repeat(200)).chars().count(), MAX_HINT + 1);
    }
}
