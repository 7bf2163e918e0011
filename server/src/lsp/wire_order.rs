//! Wire order is law: document notifications reach the session in the order in
//! which the client sent them.
//!
//! `tower-lsp` polls its handlers concurrently, so what a handler does first
//! may happen late. This service stands before it and puts each document
//! notification on the session's queue within `call`, before the next message
//! is read. Requests learn at that moment how many notifications came before
//! them ([`wire_position`]): an answer computed for a document that was edited
//! after the question was asked is stale, and never sent.

use std::cell::Cell;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use dashmap::DashMap;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::oneshot;
use tower::Service;
use tower_lsp::jsonrpc::{Error, Request, Response};
use tower_lsp::ls_types::{MessageType, Uri};

use super::commands::{self, Command};
use super::outbox::Outbox;
use super::session::{DocumentEvent, Event, EventSender};

tokio::task_local! {
    static POSITION: u64;
    /// What a command that was queued already will be answered.
    static COMMAND: Cell<Option<CommandAnswer>>;
}

type CommandAnswer = oneshot::Receiver<Result<Option<Value>, Error>>;

/// How many document notifications were read before the request being handled.
pub(crate) fn wire_position() -> u64 {
    POSITION.try_with(|position| *position).unwrap_or(u64::MAX)
}

/// The answer of the command being handled, which was queued in wire order;
/// `None` if it is none that is queued.
pub(crate) fn command_answer() -> Option<CommandAnswer> {
    COMMAND.try_with(Cell::take).ok().flatten()
}

/// The position on the wire of the last change of each open document.
#[derive(Default)]
pub(crate) struct LastChanges {
    count: AtomicU64,
    of: DashMap<Uri, u64>,
}

impl LastChanges {
    /// Whether the document was changed after a wire position.
    pub(crate) fn changed_since(&self, uri: &Uri, position: u64) -> bool {
        self.of.get(uri).is_some_and(|last| *last > position)
    }

    fn note(&self, event: &DocumentEvent) {
        let position = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        let uri = match event {
            DocumentEvent::Open(params) => &params.text_document.uri,
            DocumentEvent::Change(params) => &params.text_document.uri,
            // Kept, so that what was asked before is stale after reopening, too.
            DocumentEvent::Close(params) => &params.text_document.uri,
        };
        self.of.insert(uri.clone(), position);
    }
}

/// See the module.
pub(crate) struct WireOrder<S> {
    inner: S,
    session: EventSender,
    outbox: Arc<Outbox>,
    changes: Arc<LastChanges>,
}

impl<S> WireOrder<S> {
    pub(crate) fn new(
        inner: S,
        session: EventSender,
        outbox: Arc<Outbox>,
        changes: Arc<LastChanges>,
    ) -> Self {
        Self {
            inner,
            session,
            outbox,
            changes,
        }
    }

    /// Queues a command that runs, interrupts or restarts: two that are in
    /// flight together are done in the order in which they were sent.
    fn queue_command(&self, request: &Request) -> Option<CommandAnswer> {
        if request.method() != "workspace/executeCommand" || request.id().is_none() {
            return None;
        }
        let command = commands::parse(&params(request).ok()?).ok()?;
        if matches!(command, Command::Show(..)) {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        self.session.send(Event::Do(Box::new(move |session| {
            // Nobody waits if the request was cancelled: it is done all the same.
            let _ = sender.send(commands::perform(session, &command));
        })));
        Some(receiver)
    }

    /// Queues a document notification; any other message is handed back.
    fn queue(&self, request: Request) -> Option<Request> {
        if request.id().is_some() {
            return Some(request);
        }
        let parsed = match request.method() {
            "textDocument/didOpen" => params(&request).map(DocumentEvent::Open),
            "textDocument/didChange" => params(&request).map(DocumentEvent::Change),
            "textDocument/didClose" => params(&request).map(DocumentEvent::Close),
            _ => return Some(request),
        };
        match parsed {
            Ok(event) => {
                self.changes.note(&event);
                self.session.send(Event::Document(event));
            }
            Err(error) => self
                .outbox
                .log(MessageType::ERROR, format!("{}: {error}", request.method())),
        }
        None
    }
}

fn params<P: DeserializeOwned>(request: &Request) -> serde_json::Result<P> {
    P::deserialize(request.params().unwrap_or(&Value::Null))
}

impl<S> Service<Request> for WireOrder<S>
where
    S: Service<Request, Response = Option<Response>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Option<Response>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Option<Response>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match self.queue(request) {
            Some(request) => {
                let position = self.changes.count.load(Ordering::SeqCst);
                let command = Cell::new(self.queue_command(&request));
                let call = COMMAND.scope(command, self.inner.call(request));
                Box::pin(POSITION.scope(position, call))
            }
            None => Box::pin(std::future::ready(Ok(None))),
        }
    }
}
