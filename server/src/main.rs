//! `vitrine`: Python's execution model behind glass.

use std::process::ExitCode;

/// The machine and the trees make many small allocations; the system's allocator took a fifth of
/// the time of both.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    vitrine::cli::main()
}
