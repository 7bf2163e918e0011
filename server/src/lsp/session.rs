//! The session: the one owner of the open documents and the writable database.
//!
//! A thread of its own takes events in the order in which they were queued.
//! Edits go to the ropes at once; the database is brought up to date when
//! somebody is about to read it, so that a burst of edits costs one revision.
//! Requests run on the pool, on a snapshot taken when the job begins and
//! dropped when it ends. Writing cancels the jobs that still read: they are
//! asked again, unless their document has changed, which makes them stale.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use salsa::{Cancelled, Database as _, Setter};
use tower_lsp::jsonrpc::Error;
use tower_lsp::ls_types::{
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    MessageType, PublishDiagnosticsParams, Uri,
};
use vitrine_db::{Database, File, Language};

use super::document::Document;
use super::evidence::Decided;
use super::handlers;
use super::live::Live;
use super::outbox::{Outbox, Refresh};
use super::pool::{Pool, STACK_SIZE};
use super::position::{Encoding, IndexedText};
use super::runs::{self, Runs};
use super::settings::Settings;
use super::wire_order::LastChanges;
use crate::kernel::client::ProcessEvent;

/// How often busy kernels are looked after.
const TICK: Duration = Duration::from_millis(100);

/// A notification about a document.
#[derive(Debug)]
pub(crate) enum DocumentEvent {
    Open(DidOpenTextDocumentParams),
    Change(DidChangeTextDocumentParams),
    Close(DidCloseTextDocumentParams),
}

/// What the session reacts to.
pub(crate) enum Event {
    Document(DocumentEvent),
    /// A question about a document, to be answered on the pool.
    Ask(Ask),
    /// Something to do on the session's own thread, in order.
    Do(Box<dyn FnOnce(&mut Session) + Send>),
    /// A kernel process did something.
    Kernel(Uri, ProcessEvent),
    /// A diagnostics job was cancelled by a write.
    DiagnosticsCancelled(Uri),
    /// The client is gone.
    End,
}

/// The way to the session.
#[derive(Clone)]
pub(crate) struct EventSender(mpsc::Sender<Event>);

impl EventSender {
    pub(crate) fn send(&self, event: Event) {
        // The session ends only when the server does.
        let _ = self.0.send(event);
    }
}

/// What may be read while answering one request.
pub(crate) struct Snapshot {
    pub(crate) db: Database,
    pub(crate) file: File,
    pub(crate) encoding: Encoding,
    pub(crate) settings: Arc<Settings>,
    pub(crate) uri: Uri,
    /// What runs have decided.
    pub(crate) decided: Arc<Vec<Decided>>,
    /// What the last run left behind.
    pub(crate) live: Arc<Live>,
}

impl Snapshot {
    pub(crate) fn text(&self) -> IndexedText {
        let text = self.file.text(&self.db).clone();
        let lines = vitrine_db::line_index(&self.db, self.file).clone();
        IndexedText { text, lines }
    }
}

/// Answers a question from a snapshot, or refuses it.
pub(crate) type Answer = Box<dyn FnMut(Result<&Snapshot, Error>) + Send>;

/// A question about a document.
pub(crate) struct Ask {
    pub(crate) uri: Uri,
    /// Where on the wire it stood.
    pub(crate) position: u64,
    pub(crate) cancel: Arc<Cancel>,
    /// Answers it; may be called again if it was unwound.
    pub(crate) answer: Answer,
}

/// Set when the client no longer waits.
#[derive(Default)]
pub(crate) struct Cancel {
    cancelled: AtomicBool,
    token: Mutex<Option<salsa::CancellationToken>>,
}

impl Cancel {
    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
        if let Some(token) = &*lock(&self.token) {
            token.cancel();
        }
    }

    /// Lets `cancel` reach a job; `false` if it came already.
    fn watch(&self, db: &Database) -> bool {
        *lock(&self.token) = Some(db.cancellation_token());
        !self.cancelled.load(Ordering::SeqCst)
    }
}

/// An open document and what belongs to it.
pub(crate) struct OpenDocument {
    pub(crate) document: Document,
    file: File,
    /// The database has an older text.
    dirty: bool,
    /// Counts the diagnostics jobs: only the newest publishes.
    diagnosing: Arc<AtomicU64>,
}

/// See the module.
pub(crate) struct Session {
    db: Arc<Mutex<Database>>,
    /// Every file ever opened: the database's inputs live as long as it.
    files: HashMap<Uri, File>,
    pub(crate) documents: HashMap<Uri, OpenDocument>,
    pub(crate) runs: HashMap<Uri, Runs>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) encoding: Encoding,
    pub(crate) events: EventSender,
    pub(crate) outbox: Arc<Outbox>,
    changes: Arc<LastChanges>,
    pool: Pool,
    pub(crate) next_run: u64,
    pub(crate) status: Option<&'static str>,
}

impl Session {
    /// Starts the session's thread.
    pub(crate) fn start(outbox: Arc<Outbox>, changes: Arc<LastChanges>) -> EventSender {
        let (sender, receiver) = mpsc::channel();
        let events = EventSender(sender);
        let session_events = events.clone();
        // A diagnostics job and a slow request must not wait for one another.
        let threads = std::thread::available_parallelism().map_or(2, |n| n.get().clamp(2, 8));
        std::thread::Builder::new()
            .name("vitrine-session".into())
            .stack_size(STACK_SIZE)
            .spawn(move || {
                let session = Self {
                    db: Arc::new(Mutex::new(Database::default())),
                    files: HashMap::new(),
                    documents: HashMap::new(),
                    runs: HashMap::new(),
                    settings: Arc::default(),
                    encoding: Encoding::default(),
                    events: session_events,
                    outbox,
                    changes,
                    pool: Pool::new(threads),
                    next_run: 1,
                    status: None,
                };
                session.run(&receiver);
            })
            .expect("the system has threads for the server");
        events
    }

    fn run(mut self, events: &mpsc::Receiver<Event>) {
        loop {
            let event = if self.runs.values().any(Runs::needs_care) {
                events.recv_timeout(TICK)
            } else {
                events
                    .recv()
                    .map_err(|_| mpsc::RecvTimeoutError::Disconnected)
            };
            match event {
                // Dropping the session ends its kernels and its pool.
                Ok(Event::End) | Err(mpsc::RecvTimeoutError::Disconnected) => return,
                Ok(event) => self.handle(event),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
            while let Ok(event) = events.try_recv() {
                match event {
                    Event::End => return,
                    event => self.handle(event),
                }
            }
            self.guarded(Self::diagnose_dirty);
            self.guarded(|session| runs::tick(session, Instant::now()));
        }
    }

    fn handle(&mut self, event: Event) {
        self.guarded(|session| match event {
            Event::Document(event) => session.document_event(event),
            Event::Ask(ask) => session.ask(ask),
            Event::Do(action) => action(session),
            Event::Kernel(uri, event) => runs::kernel_event(session, &uri, event),
            Event::DiagnosticsCancelled(uri) => session.diagnose(&uri),
            Event::End => {}
        });
    }

    /// A panic costs one event.
    fn guarded(&mut self, action: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| action(self))).is_err() {
            self.outbox
                .log(MessageType::ERROR, "an internal error; please report it");
        }
    }

    fn document_event(&mut self, event: DocumentEvent) {
        match event {
            DocumentEvent::Open(params) => self.open(params),
            DocumentEvent::Change(params) => self.change(&params),
            DocumentEvent::Close(params) => self.close(&params.text_document.uri),
        }
    }

    fn open(&mut self, params: DidOpenTextDocumentParams) {
        let item = params.text_document;
        let document = Document::new(&item.text, item.version);
        let file = *self
            .files
            .entry(item.uri.clone())
            .or_insert_with(|| File::new(&*lock(&self.db), Arc::from("")));
        set_language(&mut lock(&self.db), file, self.settings.user.language());
        let open = OpenDocument {
            document,
            file,
            dirty: true,
            diagnosing: Arc::default(),
        };
        if let Some(old) = self.documents.insert(item.uri.clone(), open) {
            old.diagnosing.fetch_add(1, Ordering::SeqCst);
            self.outbox.log(
                MessageType::WARNING,
                format!("{} was open already", item.uri.as_str()),
            );
        }
    }

    fn change(&mut self, params: &DidChangeTextDocumentParams) {
        let uri = &params.text_document.uri;
        let Some(open) = self.documents.get_mut(uri) else {
            return self
                .outbox
                .log(MessageType::ERROR, format!("{} is not open", uri.as_str()));
        };
        for change in &params.content_changes {
            match open.document.apply(change, self.encoding) {
                Ok(applied) => {
                    open.dirty = true;
                    if let Some(runs) = self.runs.get_mut(uri) {
                        runs.edited(applied);
                    }
                }
                Err(error) => self
                    .outbox
                    .log(MessageType::ERROR, format!("{}: {error}", uri.as_str())),
            }
        }
        open.document.version = params.text_document.version;
        runs::publish(self, uri);
    }

    fn close(&mut self, uri: &Uri) {
        let Some(closed) = self.documents.remove(uri) else {
            return self
                .outbox
                .log(MessageType::ERROR, format!("{} is not open", uri.as_str()));
        };
        // What is being computed is no longer wanted.
        closed.diagnosing.fetch_add(1, Ordering::SeqCst);
        self.runs.remove(uri);
        runs::publish_status(self);
        if let Some(file) = self.files.get(uri) {
            file.set_text(&mut *lock(&self.db)).to(Arc::from(""));
        }
        if self.settings.push_diagnostics {
            let none = PublishDiagnosticsParams::new(uri.clone(), Vec::new(), None);
            self.outbox.publish(none, || true);
        }
    }

    /// Brings the database up to date with a document.
    fn synchronize(&mut self, uri: &Uri) -> Option<File> {
        let open = self.documents.get_mut(uri)?;
        if open.dirty {
            open.dirty = false;
            open.file
                .set_text(&mut *lock(&self.db))
                .to(open.document.text());
        }
        Some(open.file)
    }

    /// Reads the database on the session's thread.
    pub(crate) fn read<R>(
        &mut self,
        uri: &Uri,
        read: impl FnOnce(&Database, File) -> R,
    ) -> Option<R> {
        let file = self.synchronize(uri)?;
        let db = lock(&self.db).clone();
        Some(read(&db, file))
    }

    fn snapshot(&mut self, uri: &Uri) -> Option<impl FnOnce() -> Snapshot + Send + 'static> {
        let file = self.synchronize(uri)?;
        let (db, encoding, settings, uri) = (
            self.db.clone(),
            self.encoding,
            self.settings.clone(),
            uri.clone(),
        );
        let runs = self.runs.get(&uri);
        let decided = runs.map(|runs| runs.evidence.decided()).unwrap_or_default();
        let live = runs.map(|runs| runs.live.clone()).unwrap_or_default();
        Some(move || Snapshot {
            db: lock(&db).clone(),
            file,
            encoding,
            settings,
            uri,
            decided,
            live,
        })
    }

    fn ask(&mut self, mut ask: Ask) {
        if ask.cancel.cancelled.load(Ordering::SeqCst) {
            return;
        }
        if self.changes.changed_since(&ask.uri, ask.position) {
            return (ask.answer)(Err(Error::content_modified()));
        }
        let Some(snapshot) = self.snapshot(&ask.uri) else {
            let message = format!("{} is not open", ask.uri.as_str());
            return (ask.answer)(Err(Error::invalid_params(message)));
        };
        let (events, outbox) = (self.events.clone(), self.outbox.clone());
        self.pool.spawn(move || {
            let snapshot = snapshot();
            if !ask.cancel.watch(&snapshot.db) {
                return;
            }
            let answered = catch(|| (ask.answer)(Ok(&snapshot)));
            drop(snapshot);
            match answered {
                Caught::Done => {}
                // Nobody waits any more.
                Caught::Cancelled if ask.cancel.cancelled.load(Ordering::SeqCst) => {}
                // Somebody typed, perhaps elsewhere; or a query was waited for
                // whose thread was unwound. If that was by a panic, asking
                // again meets it here.
                Caught::Cancelled => events.send(Event::Ask(ask)),
                Caught::Panic(message) => outbox.log(MessageType::ERROR, message),
            }
        });
    }

    fn diagnose_dirty(&mut self) {
        let dirty: Vec<Uri> = self
            .documents
            .iter()
            .filter(|(_, open)| open.dirty)
            .map(|(uri, _)| uri.clone())
            .collect();
        for uri in dirty {
            self.diagnose(&uri);
        }
    }

    /// Publishes a document's diagnostics, where the client does not ask for them.
    pub(crate) fn diagnose(&mut self, uri: &Uri) {
        let Some(snapshot) = self.snapshot(uri) else {
            return;
        };
        if !self.settings.push_diagnostics {
            return;
        }
        let open = &self.documents[uri];
        let (version, newest) = (open.document.version, open.diagnosing.clone());
        let number = newest.fetch_add(1, Ordering::SeqCst) + 1;
        let (events, outbox) = (self.events.clone(), self.outbox.clone());
        self.pool.spawn_first(move || {
            let is_newest = || newest.load(Ordering::SeqCst) == number;
            if !is_newest() {
                return;
            }
            let snapshot = snapshot();
            let uri = snapshot.uri.clone();
            let mut diagnostics = Vec::new();
            let caught = catch(|| diagnostics = handlers::diagnostics::all(&snapshot));
            drop(snapshot);
            match caught {
                Caught::Done => {
                    let params = PublishDiagnosticsParams::new(uri, diagnostics, Some(version));
                    outbox.publish(params, is_newest);
                }
                Caught::Cancelled if is_newest() => {
                    events.send(Event::DiagnosticsCancelled(uri));
                }
                Caught::Cancelled => {}
                Caught::Panic(message) => outbox.log(MessageType::ERROR, message),
            }
        });
    }

    /// Takes new settings.
    pub(crate) fn configure(&mut self, settings: Settings) {
        self.settings = Arc::new(settings);
        let language = self.settings.user.language();
        let open: Vec<Uri> = self.documents.keys().cloned().collect();
        for uri in open {
            set_language(&mut lock(&self.db), self.documents[&uri].file, language);
            self.diagnose(&uri);
        }
        self.refresh_answers();
    }

    /// Diagnostics and lenses may have changed without an edit.
    pub(crate) fn refresh_answers(&self) {
        if self.settings.refreshes.diagnostics && !self.settings.push_diagnostics {
            self.outbox.refresh(Refresh::Diagnostics);
        }
        if self.settings.refreshes.code_lenses {
            self.outbox.refresh(Refresh::CodeLenses);
        }
    }
}

/// To write is to cancel who reads, so what is so already is not written.
fn set_language(db: &mut Database, file: File, language: Language) {
    if file.language(db) != language {
        file.set_language(db).to(language);
    }
}

enum Caught {
    Done,
    Cancelled,
    Panic(String),
}

fn catch(job: impl FnOnce()) -> Caught {
    match catch_unwind(AssertUnwindSafe(job)) {
        Ok(()) => Caught::Done,
        Err(payload) => match payload.downcast::<Cancelled>() {
            Ok(_) => Caught::Cancelled,
            Err(payload) => {
                let message = payload.downcast_ref::<&str>().map(ToString::to_string);
                let message = message.or_else(|| payload.downcast_ref::<String>().cloned());
                let message = message.unwrap_or_else(|| "no message".into());
                Caught::Panic(format!(
                    "an internal error cost one answer; please report it: {message}"
                ))
            }
        },
    }
}

/// Locks; what panicked under the lock left nothing half-done.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
