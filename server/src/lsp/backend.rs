//! The protocol's methods: each forwards to the session and awaits its answer,
//! never the client's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tokio::sync::oneshot;
use tower_lsp::LanguageServer;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::*;

use super::capabilities;
use super::commands::{self, Command};
use super::handlers;
use super::position::Encoding;
use super::runs;
use super::session::{Ask, Cancel, Event, EventSender, Session, Snapshot};
use super::settings::Settings;
use super::wire_order::{LastChanges, command_answer, wire_position};

/// LSP's `ServerCancelled`: the client may ask again.
const SERVER_CANCELLED: i64 = -32802;

/// See the module.
pub(crate) struct Backend {
    session: EventSender,
    changes: Arc<LastChanges>,
    shutdown: Arc<AtomicBool>,
}

impl Backend {
    pub(crate) fn new(session: EventSender, changes: Arc<LastChanges>) -> Self {
        Self {
            session,
            changes,
            shutdown: Arc::default(),
        }
    }

    /// Set when the client asked to shut down.
    pub(crate) fn shutdown_flag(&self) -> Arc<AtomicBool> {
        self.shutdown.clone()
    }

    /// Answers on the pool, from a snapshot that has all edits sent before.
    async fn ask<P, R>(&self, uri: Uri, params: P, handler: fn(&Snapshot, &P) -> R) -> Result<R>
    where
        P: Send + 'static,
        R: Send + 'static,
    {
        self.ask_with(uri, move |snapshot| handler(snapshot, &params))
            .await
    }

    async fn ask_with<R>(
        &self,
        uri: Uri,
        handler: impl Fn(&Snapshot) -> R + Send + 'static,
    ) -> Result<R>
    where
        R: Send + 'static,
    {
        let position = wire_position();
        let (sender, receiver) = oneshot::channel();
        let mut sender = Some(sender);
        let answer = move |snapshot: Result<&Snapshot>| {
            let answer = snapshot.map(&handler);
            if let Some(sender) = sender.take() {
                // Nobody waits if the request was cancelled meanwhile.
                let _ = sender.send(answer);
            }
        };
        let cancel = Arc::new(Cancel::default());
        let _cancel_when_dropped = CancelWhenDropped(cancel.clone());
        self.session.send(Event::Ask(Ask {
            uri: uri.clone(),
            position,
            cancel,
            answer: Box::new(answer),
        }));
        match receiver.await {
            Ok(_) if self.changes.changed_since(&uri, position) => Err(Error::content_modified()),
            Ok(answer) => answer,
            Err(_) => Err(Error::internal_error()),
        }
    }

    /// Does something on the session's own thread.
    async fn on_session<R>(
        &self,
        action: impl FnOnce(&mut Session) -> R + Send + 'static,
    ) -> Result<R>
    where
        R: Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        self.session.send(Event::Do(Box::new(move |session| {
            drop(sender.send(action(session)));
        })));
        receiver.await.map_err(|_| Error::internal_error())
    }
}

struct CancelWhenDropped(Arc<Cancel>);

impl Drop for CancelWhenDropped {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let encoding = Encoding::negotiate(params.capabilities.general.as_ref());
        let settings = Settings::new(&params.capabilities, params.initialization_options.as_ref());
        let capabilities = capabilities::server(encoding);
        self.on_session(move |session| {
            session.encoding = encoding;
            session.configure(settings);
        })
        .await?;
        Ok(InitializeResult {
            capabilities,
            server_info: Some(ServerInfo {
                name: "vitrine".into(),
                version: Some(env!("CARGO_PKG_VERSION").into()),
            }),
            ..InitializeResult::default()
        })
    }

    async fn shutdown(&self) -> Result<()> {
        self.shutdown.store(true, Ordering::SeqCst);
        Ok(())
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        self.session.send(Event::Do(Box::new(move |session| {
            // Clients that are asked for their settings send `null`.
            if params.settings.is_object() {
                let settings = session.settings.with_user(&params.settings);
                session.configure(settings);
            }
        })));
    }

    async fn did_save(&self, _: DidSaveTextDocumentParams) {}

    async fn did_change_watched_files(&self, _: DidChangeWatchedFilesParams) {}

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let place = params.text_document_position_params;
        self.ask(
            place.text_document.uri,
            place.position,
            handlers::hover::hover,
        )
        .await
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let place = params.text_document_position;
        let answer = self
            .ask(
                place.text_document.uri,
                place.position,
                handlers::completion::completions,
            )
            .await?;
        Ok(Some(CompletionResponse::Array(answer)))
    }

    async fn document_symbol(
        &self,
        params: DocumentSymbolParams,
    ) -> Result<Option<DocumentSymbolResponse>> {
        let answer = self
            .ask(
                params.text_document.uri,
                (),
                handlers::structure::document_symbols,
            )
            .await?;
        Ok(Some(DocumentSymbolResponse::Nested(answer)))
    }

    async fn folding_range(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        self.ask(
            params.text_document.uri,
            (),
            handlers::structure::folding_ranges,
        )
        .await
        .map(Some)
    }

    async fn selection_range(
        &self,
        params: SelectionRangeParams,
    ) -> Result<Option<Vec<SelectionRange>>> {
        self.ask(
            params.text_document.uri,
            params.positions,
            handlers::structure::selection_ranges,
        )
        .await
        .map(Some)
    }

    async fn semantic_tokens_full(
        &self,
        params: SemanticTokensParams,
    ) -> Result<Option<SemanticTokensResult>> {
        let answer = self
            .ask(
                params.text_document.uri,
                None,
                handlers::tokens::semantic_tokens,
            )
            .await?;
        Ok(Some(SemanticTokensResult::Tokens(answer)))
    }

    async fn semantic_tokens_range(
        &self,
        params: SemanticTokensRangeParams,
    ) -> Result<Option<SemanticTokensRangeResult>> {
        let answer = self
            .ask(
                params.text_document.uri,
                Some(params.range),
                handlers::tokens::semantic_tokens,
            )
            .await?;
        Ok(Some(SemanticTokensRangeResult::Tokens(answer)))
    }

    async fn document_highlight(
        &self,
        params: DocumentHighlightParams,
    ) -> Result<Option<Vec<DocumentHighlight>>> {
        let place = params.text_document_position_params;
        self.ask(
            place.text_document.uri,
            place.position,
            handlers::names::highlights,
        )
        .await
        .map(Some)
    }

    async fn goto_definition(
        &self,
        params: GotoDefinitionParams,
    ) -> Result<Option<GotoDefinitionResponse>> {
        let place = params.text_document_position_params;
        let answer = self
            .ask(
                place.text_document.uri,
                place.position,
                handlers::names::definitions,
            )
            .await?;
        Ok(Some(GotoDefinitionResponse::Array(answer)))
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let place = params.text_document_position;
        let what = (place.position, params.context.include_declaration);
        self.ask(place.text_document.uri, what, handlers::names::references)
            .await
            .map(Some)
    }

    async fn prepare_rename(
        &self,
        params: TextDocumentPositionParams,
    ) -> Result<Option<PrepareRenameResponse>> {
        self.ask(
            params.text_document.uri,
            params.position,
            handlers::names::prepare_rename,
        )
        .await
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        let place = params.text_document_position;
        let what = (place.position, params.new_name);
        self.ask(place.text_document.uri, what, handlers::names::rename)
            .await?
            .map(Some)
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        self.ask(params.text_document.uri, (), handlers::lenses::code_lenses)
            .await
            .map(Some)
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        self.ask(
            params.text_document.uri,
            params.range,
            handlers::diagnostics::code_actions,
        )
        .await
        .map(Some)
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        let uri = params.text_document.uri;
        self.on_session(move |session| Some(runs::inlay_hints(session, &uri)))
            .await
    }

    async fn diagnostic(
        &self,
        params: DocumentDiagnosticParams,
    ) -> Result<DocumentDiagnosticReportResult> {
        let answer = self
            .ask(params.text_document.uri, (), |snapshot, ()| {
                handlers::diagnostics::all(snapshot)
            })
            .await;
        let items = answer.map_err(|error| match error.code {
            ErrorCode::ContentModified => Error {
                code: ErrorCode::ServerError(SERVER_CANCELLED),
                message: "the document has changed".into(),
                data: Some(serde_json::json!({ "retriggerRequest": true })),
            },
            _ => error,
        })?;
        let full_document_diagnostic_report = FullDocumentDiagnosticReport {
            result_id: None,
            items,
        };
        let report = RelatedFullDocumentDiagnosticReport {
            related_documents: None,
            full_document_diagnostic_report,
        };
        Ok(DocumentDiagnosticReportResult::Report(
            DocumentDiagnosticReport::Full(report),
        ))
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        match commands::parse(&params)? {
            Command::Show(layer, uri, ranges) => {
                let what = (layer, ranges);
                Ok(Some(self.ask(uri, what, handlers::layers::show).await?))
            }
            _ => match command_answer() {
                Some(answer) => answer.await.map_err(|_| Error::internal_error())?,
                None => Err(Error::internal_error()),
            },
        }
    }
}
