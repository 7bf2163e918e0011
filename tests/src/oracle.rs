//! The CPython 3.14 that decides.

use std::ffi::OsStr;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, io};

/// A CPython 3.14 on this machine.
#[derive(Debug)]
pub struct Oracle {
    python: PathBuf,
    /// `sys.version`, the key of what is cached.
    version: String,
    /// The directory of its standard library.
    library: PathBuf,
}

impl Oracle {
    /// The oracle of this test run, if the machine has one; says once which it is.
    ///
    /// # Panics
    /// If `VITRINE_PYTHON` is set to something that is no CPython 3.14: a
    /// comparison that was asked for must not be skipped.
    pub fn find() -> Option<&'static Self> {
        static FOUND: OnceLock<Option<Oracle>> = OnceLock::new();
        FOUND
            .get_or_init(|| {
                let found = match env::var_os("VITRINE_PYTHON") {
                    Some(python) => Some(Self::probe(python.as_ref()).unwrap_or_else(|why| {
                        panic!("VITRINE_PYTHON={}: {why}", python.display())
                    })),
                    None => Self::probe(OsStr::new("python3.14")).ok(),
                };
                match &found {
                    Some(oracle) => eprintln!(
                        "comparing with {} ({})",
                        oracle.python.display(),
                        oracle.version
                    ),
                    None => eprintln!(
                        "no CPython 3.14 (VITRINE_PYTHON, python3.14): comparing with tests/golden"
                    ),
                }
                found
            })
            .as_ref()
    }

    fn probe(python: &OsStr) -> Result<Self, String> {
        let script = "import sys, os; print(sys.implementation.name, *sys.version_info[:2]); \
                      print(sys.version.replace('\\n', ' ')); print(os.path.dirname(os.__file__))";
        let output = Command::new(python)
            .args(["-c", script])
            .output()
            .map_err(|e| e.to_string())?;
        let text = String::from_utf8_lossy(&output.stdout);
        let mut lines = text.lines();
        match (lines.next(), lines.next(), lines.next()) {
            (Some("cpython 3 14"), Some(version), Some(library)) => Ok(Self {
                python: python.into(),
                version: version.into(),
                library: library.into(),
            }),
            (what, ..) => Err(format!("not a CPython 3.14 but {what:?}")),
        }
    }

    /// The interpreter's path.
    pub fn python(&self) -> &Path {
        &self.python
    }

    /// The directory of its standard library, test suite included.
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// A command that runs it, unaffected by the user's environment, with the
    /// hash seed fixed.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.python);
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("PYTHON") {
                command.env_remove(name);
            }
        }
        command
            .env("PYTHONHASHSEED", "0")
            .env("PYTHONDONTWRITEBYTECODE", "1");
        command
            .env("PYTHONIOENCODING", "utf-8")
            .env("NO_COLOR", "1");
        command
    }

    /// Runs a script and gives what it printed.
    ///
    /// # Panics
    /// If it fails: the script is part of the test.
    pub fn run(&self, script: &str, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
        let output = self
            .command()
            .arg("-c")
            .arg(script)
            .args(args)
            .output()
            .expect("the oracle starts");
        assert!(
            output.status.success(),
            "the oracle's script failed ({}):\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        output
    }

    /// A directory that `script` filled: it is run with the directory as its
    /// first argument, once for this version of script and interpreter.
    pub fn prepared(&self, name: &str, script: &str) -> PathBuf {
        self.prepared_over(name, script, self.library(), 1)
    }

    /// The same for a script over the files below `corpus`, of which it takes every
    /// `step`th: these are its second and third argument.
    pub fn prepared_over(&self, name: &str, script: &str, corpus: &Path, step: usize) -> PathBuf {
        let mut hasher = DefaultHasher::new();
        (script, &self.version, corpus, step).hash(&mut hasher);
        let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/oracle");
        let dir = cache.join(format!("{name}-{:016x}", hasher.finish()));
        if dir.is_dir() {
            return dir;
        }
        // Filled under another name, so that an interrupted run leaves no half-filled directory;
        // two tests may fill it at once.
        static FILLED: AtomicUsize = AtomicUsize::new(0);
        let number = FILLED.fetch_add(1, Ordering::Relaxed);
        let filling = cache.join(format!("{name}-{}-{number}.part", std::process::id()));
        fs::create_dir_all(&filling).expect("the target directory is writable");
        let step = step.to_string();
        self.run(
            script,
            [filling.as_os_str(), corpus.as_os_str(), step.as_ref()],
        );
        match fs::rename(&filling, &dir) {
            Ok(()) => {}
            // Another test process was faster.
            Err(_) if dir.is_dir() => remove(&filling).expect("our own directory can be removed"),
            Err(error) => panic!("{}: {error}", dir.display()),
        }
        dir
    }
}

fn remove(dir: &Path) -> io::Result<()> {
    fs::remove_dir_all(dir)
}
