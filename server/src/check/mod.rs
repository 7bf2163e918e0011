//! `vitrine check`: the pitfalls of files, with what a run showed.

mod evidence;
mod files;
mod render;
mod report;
mod statics;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::cli::args::{Check, OutputFormat};
use crate::cli::failure::Failure;

use report::FileReport;

/// Trees are walked as deep as the parser lets them be.
const STACK: usize = 128 << 20;

/// Checks what the arguments name, and prints the findings.
pub(crate) fn run(args: &Check) -> Result<ExitCode, Failure> {
    let sources = files::collect(&args.paths)?;
    let progress = Progress::new(sources.len());
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(sources.len().max(1));
    let check = || {
        let mut done = Vec::new();
        while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push(check_file(source, args));
            progress.advance();
        }
        done
    };
    let mut reports: Vec<FileReport> = thread::scope(|scope| {
        let spawn = |_| {
            thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, check)
        };
        let threads: Result<Vec<_>, io::Error> = (0..workers).map(spawn).collect();
        let threads = threads
            .map_err(|error| Failure::of_command(format_args!("cannot start a thread: {error}")))?;
        let results = threads.into_iter().map(|thread| {
            thread
                .join()
                .map_err(|_| Failure::of_command("a check panicked"))
        });
        Ok::<_, Failure>(
            results
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .flatten()
                .collect(),
        )
    })?;
    progress.clear();
    reports.sort_by(|a, b| a.path.cmp(&b.path));
    for report in &reports {
        anstream::eprint!("{}", report.warnings);
    }
    let format = if args.json {
        OutputFormat::Json
    } else {
        args.output_format
    };
    let mut out = anstream::stdout().lock();
    out.write_all(render::render(&reports, format).as_bytes())?;
    out.flush()?;
    Ok(ExitCode::from(u8::from(
        reports.iter().any(FileReport::has_problems),
    )))
}

fn check_file(source: &files::Source, args: &Check) -> FileReport {
    let mut report = statics::check(source, args);
    if !args.show_refuted {
        report.items.retain(|item| item.verdict != "refuted");
    }
    report
}

/// A count of the files on standard error, on a terminal only.
struct Progress {
    total: usize,
    done: AtomicUsize,
    shown: bool,
}

impl Progress {
    fn new(total: usize) -> Self {
        let shown = io::IsTerminal::is_terminal(&io::stderr()) && total > 20;
        Self {
            total,
            done: AtomicUsize::new(0),
            shown,
        }
    }

    fn advance(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.shown && (done.is_multiple_of(16) || done == self.total) {
            eprint!("\rchecking {done}/{} files", self.total);
        }
    }

    fn clear(&self) {
        if self.shown {
            eprint!("\r\x1b[K");
        }
    }
}
