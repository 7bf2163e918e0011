//! What is to be sent to the client, in order.
//!
//! Sending never waits. Diagnostics of a file replace those of the same file
//! that still wait, and a refresh is asked for only when the last one of its
//! kind was answered or has waited long: a client that reads slowly or never
//! answers costs bounded memory.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tower_lsp::jsonrpc::{Id, Response};
use tower_lsp::ls_types::{MessageType, PublishDiagnosticsParams, Uri};

/// A refresh left unanswered for this long no longer holds back the next.
const REFRESH_PATIENCE: Duration = Duration::from_secs(2);

/// What the client can be asked to ask for again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Refresh {
    InlayHints,
    CodeLenses,
    Diagnostics,
}

impl Refresh {
    const fn method(self) -> &'static str {
        match self {
            Self::InlayHints => "workspace/inlayHint/refresh",
            Self::CodeLenses => "workspace/codeLens/refresh",
            Self::Diagnostics => "workspace/diagnostic/refresh",
        }
    }
}

/// One message to the client.
pub(crate) enum Outgoing {
    Reply(Response),
    Notification { method: &'static str, params: Value },
    Diagnostics(PublishDiagnosticsParams),
    Request { id: i64, method: &'static str },
}

impl Outgoing {
    pub(crate) fn into_json(self) -> Vec<u8> {
        let bytes = match self {
            Self::Reply(response) => serde_json::to_vec(&response),
            Self::Notification { method, params } => {
                serde_json::to_vec(&json!({ "jsonrpc": "2.0", "method": method, "params": params }))
            }
            Self::Diagnostics(params) => serde_json::to_vec(
                &json!({ "jsonrpc": "2.0", "method": "textDocument/publishDiagnostics", "params": params }),
            ),
            Self::Request { id, method } => {
                serde_json::to_vec(&json!({ "jsonrpc": "2.0", "id": id, "method": method }))
            }
        };
        bytes.expect("messages have string keys")
    }
}

/// See the module.
#[derive(Default)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    ready: Notify,
}

#[derive(Default)]
struct State {
    queue: Vec<Outgoing>,
    /// Where in the queue a file's diagnostics wait.
    diagnostics: HashMap<Uri, usize>,
    refreshes: HashMap<Refresh, PendingRefresh>,
    next_id: i64,
    closed: bool,
}

struct PendingRefresh {
    id: i64,
    since: Instant,
    /// Asked for again while it was pending.
    again: bool,
}

impl Outbox {
    pub(crate) fn reply(&self, response: Response) {
        self.push(|state| state.queue.push(Outgoing::Reply(response)));
    }

    pub(crate) fn notify(&self, method: &'static str, params: impl Serialize) {
        let params = serde_json::to_value(params).expect("parameters have string keys");
        self.push(|state| state.queue.push(Outgoing::Notification { method, params }));
    }

    /// A line for the client's log.
    pub(crate) fn log(&self, typ: MessageType, message: impl Into<String>) {
        self.notify(
            "window/logMessage",
            json!({ "type": typ, "message": message.into() }),
        );
    }

    /// A message that the user sees.
    pub(crate) fn show(&self, typ: MessageType, message: impl Into<String>) {
        self.notify(
            "window/showMessage",
            json!({ "type": typ, "message": message.into() }),
        );
    }

    /// Diagnostics, if they are still wanted at the moment they are queued:
    /// asked under the lock, so that older ones never follow newer ones.
    pub(crate) fn publish(&self, params: PublishDiagnosticsParams, wanted: impl FnOnce() -> bool) {
        self.push(|state| {
            if !wanted() {
                return;
            }
            match state.diagnostics.get(&params.uri) {
                Some(&at) => state.queue[at] = Outgoing::Diagnostics(params),
                None => {
                    state
                        .diagnostics
                        .insert(params.uri.clone(), state.queue.len());
                    state.queue.push(Outgoing::Diagnostics(params));
                }
            }
        });
    }

    pub(crate) fn refresh(&self, kind: Refresh) {
        self.push(|state| {
            if let Some(pending) = state.refreshes.get_mut(&kind)
                && pending.since.elapsed() < REFRESH_PATIENCE
            {
                pending.again = true;
                return;
            }
            state.send_refresh(kind);
        });
    }

    /// Takes note of the client's answer to a request of ours.
    pub(crate) fn answered(&self, id: &Id) {
        let Id::Number(id) = *id else { return };
        self.push(|state| {
            let answered = state.refreshes.iter().find(|(_, pending)| pending.id == id);
            let Some((&kind, pending)) = answered else {
                return;
            };
            let again = pending.again;
            state.refreshes.remove(&kind);
            if again {
                state.send_refresh(kind);
            }
        });
    }

    /// All that waits; `None` once closed and empty.
    pub(crate) async fn take(&self) -> Option<Vec<Outgoing>> {
        loop {
            let ready = self.ready.notified();
            {
                let mut state = self.lock();
                if !state.queue.is_empty() {
                    state.diagnostics.clear();
                    return Some(std::mem::take(&mut state.queue));
                }
                if state.closed {
                    return None;
                }
            }
            ready.await;
        }
    }

    /// No more will come; what waits is still written.
    pub(crate) fn close(&self) {
        self.push(|state| state.closed = true);
    }

    fn push(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.ready.notify_one();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // No code that runs under the lock can panic half-way through a change.
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl State {
    fn send_refresh(&mut self, kind: Refresh) {
        self.next_id += 1;
        let id = self.next_id;
        self.refreshes.insert(
            kind,
            PendingRefresh {
                id,
                since: Instant::now(),
                again: false,
            },
        );
        self.queue.push(Outgoing::Request {
            id,
            method: kind.method(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_waits_is_coalesced() {
        let outbox = Outbox::default();
        let uri: Uri = "file:///a.py".parse().expect("a URI");
        for version in 0..100 {
            outbox.publish(
                PublishDiagnosticsParams::new(uri.clone(), Vec::new(), Some(version)),
                || true,
            );
            outbox.refresh(Refresh::InlayHints);
        }
        let sent = outbox.take().await.expect("not closed");
        assert_eq!(sent.len(), 2);
        assert!(matches!(&sent[0], Outgoing::Diagnostics(params) if params.version == Some(99)));
        // The refresh is asked for once more after the answer, then no more.
        outbox.answered(&Id::Number(1));
        assert_eq!(outbox.take().await.expect("not closed").len(), 1);
        outbox.answered(&Id::Number(2));
        outbox.close();
        assert!(outbox.take().await.is_none());
    }
}
