//! `vitrine`: Python's execution model behind glass.

use std::process::ExitCode;

fn main() -> ExitCode {
    vitrine::cli::main()
}
