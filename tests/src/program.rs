//! The `vitrine` program as a user starts it.

use std::env;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// The top of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ has a parent")
}

/// The program, built in the profile of the tests; cargo decides whether there
/// is anything to do.
///
/// # Panics
/// If it does not build.
pub fn path() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        // target/PROFILE/deps/test-executable
        let executable = env::current_exe().expect("a test knows its own path");
        let directory = executable.ancestors().nth(2).expect("target/PROFILE");
        let profile = match directory.file_name().and_then(|name| name.to_str()) {
            Some("debug") | None => "dev",
            Some(other) => other,
        };
        let status = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                // Of the workspace: the features of `cargo build --workspace`.
                "--workspace",
                "--bin",
                "vitrine",
                "--profile",
                profile,
            ])
            .current_dir(root())
            .status()
            .expect("cargo starts");
        assert!(status.success(), "the program does not build");
        directory.join(format!("vitrine{}", env::consts::EXE_SUFFIX))
    })
}

/// Runs it at the top of the repository with arguments and standard input.
///
/// # Panics
/// If it cannot be started.
pub fn run(args: &[&str], input: &[u8]) -> Output {
    finish(command(args), input)
}

/// The program with arguments, not started yet.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(path());
    command.args(args).current_dir(root()).env("NO_COLOR", "1");
    command
}

/// Feeds a command and waits for it.
///
/// # Panics
/// If it cannot be started.
pub fn finish(mut command: Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let input = input.to_vec();
    // A program may end without reading; then writing fails, as it should.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("the writer does not panic");
    output
}
