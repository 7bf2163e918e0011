//! Ten packages as their users install them, beside CPython's own library.
//!
//! `tests/packages.txt` pins them with their checksums, in pip's own format. The test run
//! fetches them with the machine's pip, as that is configured, and unpacks them under
//! `target/`, once; where that cannot be done it says so, and the rest goes on.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs, thread};

use crate::program::root;

/// Names, versions and checksums.
const PINNED: &str = include_str!("../packages.txt");

/// Pure wheels only: nothing is built, and it does not matter which Python's pip it is.
const PIP: &[&str] = &[
    "-m",
    "pip",
    "download",
    "--quiet",
    "--no-input",
    "--no-deps",
    "--require-hashes",
    "--only-binary=:all:",
    "--implementation=py",
    "--abi=none",
    "--platform=any",
    "--python-version=3.14",
    "--retries=2",
];

const UNPACK: &str = r"
import os, sys, zipfile
for name in sorted(os.listdir(sys.argv[1])):
    zipfile.ZipFile(os.path.join(sys.argv[1], name)).extractall(sys.argv[2])
";

/// How long pip may take, and how long it is left alone after it failed.
const PATIENCE: Duration = Duration::from_secs(180);

/// Of how many files one is taken where CPython is slow to answer; all with
/// `VITRINE_ALL_PACKAGES=1`.
pub fn step() -> usize {
    if env::var_os("VITRINE_ALL_PACKAGES").is_some() {
        1
    } else {
        4
    }
}

/// The directory that holds the unpacked packages.
pub fn directory() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOUND
        .get_or_init(|| {
            let found = fetched();
            if let Err(why) = &found {
                eprintln!("no packages to compare over: {why}");
            }
            found.ok()
        })
        .as_deref()
}

fn fetched() -> Result<PathBuf, String> {
    let mut hasher = DefaultHasher::new();
    (PINNED, PIP).hash(&mut hasher);
    let cache = root().join("target/packages");
    let name = format!("{:016x}", hasher.finish());
    let directory = cache.join(&name);
    if directory.is_dir() {
        return Ok(directory);
    }
    // Several test programs ask: one of them has waited for all.
    let failed = cache.join(format!("{name}.failed"));
    let age = fs::metadata(&failed).and_then(|metadata| metadata.modified());
    if age.is_ok_and(|at| SystemTime::now().duration_since(at).unwrap_or_default() < PATIENCE) {
        return Err(fs::read_to_string(&failed).unwrap_or_default());
    }
    // Filled under another name, so that an interrupted run leaves no half-filled directory.
    let filling = cache.join(format!("{name}-{}.part", std::process::id()));
    let (wheels, unpacked) = (filling.join("wheels"), filling.join("unpacked"));
    for part in [&wheels, &unpacked] {
        fs::create_dir_all(part).map_err(|error| error.to_string())?;
    }
    let result = download(&wheels)
        .and_then(|python| {
            let mut command = Command::new(python);
            command.args(["-c", UNPACK]).arg(&wheels).arg(&unpacked);
            finish(command)
        })
        .and_then(|()| match fs::rename(&unpacked, &directory) {
            // Another test program was faster.
            Err(error) if !directory.is_dir() => Err(error.to_string()),
            _ => Ok(directory),
        });
    // What is left behind is below target/.
    let _ = fs::remove_dir_all(&filling);
    if let Err(why) = &result {
        let _ = fs::write(&failed, why);
    }
    result
}

/// Has pip fill a directory; the Python that has it.
fn download(wheels: &Path) -> Result<&'static str, String> {
    let mut tried = Vec::new();
    for python in ["python3", "python"] {
        let mut command = Command::new(python);
        command
            .args(PIP)
            .arg("--dest")
            .arg(wheels)
            .arg("--requirement");
        command.arg(root().join("tests/packages.txt"));
        match finish(command) {
            Ok(()) => return Ok(python),
            Err(why) => tried.push(format!("{python}: {why}")),
        }
    }
    Err(tried.join("; "))
}

/// Waits for a command, and kills it when it takes too long.
fn finish(mut command: Command) -> Result<(), String> {
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(format!("pip: {status}")),
            None if started.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("pip: not done after {} s", PATIENCE.as_secs()));
            }
            None => thread::sleep(Duration::from_millis(50)),
        }
    }
}
