//! The command line: arguments to commands, failures to exit statuses.

pub(crate) mod args;
mod compile;
mod dis;
pub(crate) mod failure;
pub(crate) mod input;
mod inspect;
mod run;
mod symbols_json;
pub(crate) mod syntax_error;
pub(crate) mod warning;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::thread;

use clap::{CommandFactory as _, Parser as _};

use args::{Cli, Command};
use failure::Failure;

/// Deep input recurses within bounds that want more than a main thread's stack.
const STACK: usize = 512 << 20;

/// Runs the command that the arguments ask for.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let worker = thread::Builder::new()
        .name("main".into())
        .stack_size(STACK)
        .spawn(move || run(cli));
    match worker.map(thread::JoinHandle::join) {
        Ok(Ok(status)) => status,
        // The panic has printed its message.
        Ok(Err(_)) => ExitCode::from(101),
        Err(error) => Failure::of_command(format_args!("cannot start: {error}")).report(),
    }
}

fn run(cli: Cli) -> ExitCode {
    if cli.licenses {
        return licenses().map_or_else(|failure| failure.report(), |()| ExitCode::SUCCESS);
    }
    let done = match cli.command {
        Some(Command::Tokens(args)) => inspect::tokens(&args),
        Some(Command::Ast(args)) => inspect::ast(&args),
        Some(Command::Symtable(args)) => inspect::symtable(&args),
        Some(Command::Dis(args)) => dis::dis(&args),
        Some(Command::Compile(args)) => {
            return compile::run(&args).unwrap_or_else(|failure| failure.report());
        }
        Some(Command::Run(args)) => {
            return run::run(&args).unwrap_or_else(|failure| failure.report());
        }
        Some(Command::Check(args)) => {
            return crate::check::run(&args).unwrap_or_else(|failure| failure.report());
        }
        Some(Command::Server(_)) => return crate::lsp::run_stdio(),
        Some(Command::Kernel(args)) => {
            return crate::kernel::run_stdio(args.sandbox.grants(), args.sandbox.budgets());
        }
        None => Cli::command().print_help().map_err(Failure::from),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Our licence, the library's, and those of all crates (`licenses/collect.py`).
fn licenses() -> Result<(), Failure> {
    let parts = [
        "Vitrine is licensed under either of MIT or Apache-2.0, at your option.\n",
        include_str!("../../../LICENSE-MIT"),
        "The packed standard library is CPython's:\n",
        vitrine_stdlib::library::LICENCE,
        "Crates inside this program:\n",
        include_str!("../../licenses/third-party.txt"),
    ];
    let mut out = io::stdout().lock();
    out.write_all(parts.join("\n").as_bytes())?;
    Ok(out.flush()?)
}
