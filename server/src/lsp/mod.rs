//! The language server: `vitrine server` on standard input and output.
//!
//! A keystroke goes `transport` → `wire_order` → `session` → the database; a
//! question goes the same way and on to the `pool`, and comes back through the
//! `outbox`. One actor writes (`session`); no handler awaits the client.

mod backend;
mod capabilities;
mod commands;
mod document;
mod evidence;
mod handlers;
mod live;
mod outbox;
mod pool;
mod position;
mod runs;
mod session;
mod settings;
mod transport;
mod wire_order;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::io::{AsyncBufRead, AsyncWrite};
use tower_lsp::LspService;

use backend::Backend;
use outbox::Outbox;
use session::Session;
use wire_order::{LastChanges, WireOrder};

/// Serves one client until it says `exit` or goes away. 0 if it said
/// `shutdown` first, as the protocol has it.
pub fn run_stdio() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("vitrine: {error}");
            return ExitCode::FAILURE;
        }
    };
    let input = tokio::io::BufReader::with_capacity(64 * 1024, tokio::io::stdin());
    let orderly = runtime.block_on(serve(input, tokio::io::stdout()));
    // A read of standard input cannot be cancelled; it ends with the process.
    runtime.shutdown_background();
    if orderly {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Serves one client on any pair of streams; whether it said `shutdown` before it left.
pub async fn serve<R, W>(input: R, output: W) -> bool
where
    R: AsyncBufRead + Unpin,
    W: AsyncWrite + Unpin + Send + 'static,
{
    let outbox = Arc::new(Outbox::default());
    let changes = Arc::new(LastChanges::default());
    let events = Session::start(outbox.clone(), changes.clone());
    let backend = Backend::new(events.clone(), changes.clone());
    let shutdown = backend.shutdown_flag();
    // The socket carries requests of tower-lsp's own `Client`, which has none.
    let (service, _socket) = LspService::new(|_client| backend);
    let service = WireOrder::new(service, events.clone(), outbox.clone(), changes);
    transport::serve(input, output, service, outbox).await;
    events.send(session::Event::End);
    shutdown.load(Ordering::SeqCst)
}
