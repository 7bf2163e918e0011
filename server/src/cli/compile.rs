//! `vitrine compile`: `.pyc` files, as `python3.14 -m compileall` writes them.
//!
//! Files are found first, then compiled side by side; what is printed stands in the
//! order in which they were found. A `.pyc` is written whole or not at all.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::UNIX_EPOCH;

use serde_json::{Value, json};
use vitrine_bytecode::compile::{CompileError, CompileOptions, compile_source};
use vitrine_bytecode::marshal::pyc::{self, CACHE_TAG, Validation};
use vitrine_syntax::repr;

use super::args::{Compile, InvalidationMode};
use super::failure::Failure;
use super::{syntax_error, warning};

/// Deep input recurses within bounds that want more than a thread's usual stack.
const STACK: usize = 256 << 20;

/// `sys.getrecursionlimit()`, which bounds the walk in `compileall`.
const MAX_LEVELS: usize = 1000;

/// A source file, and the name its code gets where that is another.
struct Job {
    source: PathBuf,
    shown: Option<String>,
    /// Lines that came before it: directories listed, what was wrong with its name.
    before: String,
}

/// What became of a file.
struct Done {
    outcome: Outcome,
    /// The files written, with their levels.
    written: Vec<(i8, PathBuf)>,
    warnings: String,
}

enum Outcome {
    Compiled,
    UpToDate,
    /// With the message, as `compileall` prints it behind `*** `.
    Failed(String),
}

pub(super) fn run(args: &Compile) -> Result<ExitCode, Failure> {
    if args.hardlink_dupes && levels(args).len() < 2 {
        return Err(Failure::of_command(
            "Hardlinking of duplicated bytecode makes sense only for more than one optimization \
             level.",
        ));
    }
    let (jobs, after) = jobs(args)?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let workers = match args.workers {
        0 => cores,
        n => n.min(64),
    };
    let mut report = Report::new(args);
    // To wake who prints takes a core from those who compile: seldom, unless somebody watches.
    let at_once = if report.lists_files { 1 } else { 64 };
    let workers = workers.min(jobs.len());
    let stretches = if report.lists_files { 1 } else { workers };
    let stretches = Stretches::new(jobs.len(), stretches);
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for worker in 0..workers {
            let (sender, stretches, jobs) = (sender.clone(), &stretches, &jobs);
            let work = move || {
                let mut batch = Vec::new();
                while let Some(index) = stretches.next(worker) {
                    batch.push((index, compile_file(args, &jobs[index])));
                    if batch.len() == at_once && sender.send(std::mem::take(&mut batch)).is_err() {
                        return;
                    }
                }
                // Nobody listens any more if writing failed, which is told already.
                let _ = sender.send(batch);
            };
            thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, work)
                .map_err(|error| Failure::of_command(format_args!("cannot start: {error}")))?;
        }
        drop(sender);
        let mut waiting: Vec<Option<Done>> = Vec::new();
        waiting.resize_with(jobs.len(), || None);
        let mut printed = 0;
        for (index, done) in receiver.into_iter().flatten() {
            waiting[index] = Some(done);
            while let Some(done) = waiting.get_mut(printed).and_then(Option::take) {
                report.file(&jobs[printed], done)?;
                printed += 1;
            }
        }
        report.text(&after)
    })?;
    report.finish()
}

/// Which files are still to be compiled, a stretch of them for each worker: those who would
/// write into one directory at the same time wait for each other in the kernel.
struct Stretches(Vec<Mutex<Range<usize>>>);

impl Stretches {
    fn new(jobs: usize, count: usize) -> Self {
        let stretch = |at| Mutex::new(jobs * at / count..jobs * (at + 1) / count);
        Self((0..count).map(stretch).collect())
    }

    /// The next file of a worker's stretch, else the last of another's.
    fn next(&self, worker: usize) -> Option<usize> {
        let lock = |at: usize| self.0[at].lock().unwrap_or_else(PoisonError::into_inner);
        let own = worker % self.0.len();
        let next = lock(own).next();
        next.or_else(|| (0..self.0.len()).find_map(|at| lock(at).next_back()))
    }
}

/// The levels, each once, in order; -1 is the interpreter's own, which is 0.
fn levels(args: &Compile) -> BTreeSet<i8> {
    if args.optimize.is_empty() {
        return [-1].into();
    }
    args.optimize.iter().copied().collect()
}

/// What to compile, and what is left to print when there is no file behind it.
fn jobs(args: &Compile) -> Result<(Vec<Job>, String), Failure> {
    let mut paths = args.paths.clone();
    if let Some(list) = &args.list {
        let lines: io::Result<Vec<String>> = if list.as_os_str() == "-" {
            io::stdin().lock().lines().collect()
        } else {
            fs::File::open(list).and_then(|file| io::BufReader::new(file).lines().collect())
        };
        let lines = lines.map_err(|_| {
            Failure::in_source(format!("Error reading file list {}", list.display()))
        })?;
        paths.extend(lines.iter().map(|line| line.trim().into()));
    }
    let levels = match (args.recursion, args.flat) {
        // A negative number is as good as none.
        (Some(levels), _) => usize::try_from(levels).unwrap_or(0),
        (None, true) => 0,
        (None, false) => MAX_LEVELS,
    };
    let mut found = Found {
        args,
        jobs: Vec::new(),
        text: String::new(),
    };
    for path in &paths {
        if path.is_file() {
            found.file(path, None);
        } else {
            found.directory(path, path, levels);
        }
    }
    Ok((found.jobs, found.text))
}

struct Found<'a> {
    args: &'a Compile,
    jobs: Vec<Job>,
    /// To be printed before the next file.
    text: String,
}

impl Found<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn directory(&mut self, directory: &Path, top: &Path, levels: usize) {
        if self.args.quiet == 0 && io::stdout().is_terminal() {
            self.line(&format!("Listing {}...", quoted(directory)));
        }
        let names = fs::read_dir(directory).and_then(|entries| {
            let named = |entry: fs::DirEntry| Ok((entry.file_name(), entry.file_type()?));
            let names = entries.map(|entry| entry.and_then(named));
            names.collect::<io::Result<Vec<_>>>()
        });
        let mut names = match names {
            Ok(names) => names,
            Err(_) => {
                if self.args.quiet < 2 {
                    self.line(&format!("Can't list {}", quoted(directory)));
                }
                return;
            }
        };
        names.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        for (name, kind) in names {
            if name == "__pycache__" {
                continue;
            }
            let path = directory.join(&name);
            if kind.is_dir() {
                if levels > 0 {
                    self.directory(&path, top, levels - 1);
                }
            } else if kind.is_file() || path.is_file() {
                self.file(&path, Some(top));
            }
        }
    }

    /// A file, found below the directory `top` or named itself.
    fn file(&mut self, path: &Path, top: Option<&Path>) {
        let name = path.to_string_lossy();
        if !name.ends_with(".py") {
            return;
        }
        if self
            .args
            .exclude
            .as_ref()
            .is_some_and(|x| x.is_match(&name))
        {
            return;
        }
        if let Some(limit) = &self.args.limit_links
            && path.is_symlink()
            && !leads_into(path, limit)
        {
            return;
        }
        let shown = self.shown(path, top);
        self.jobs.push(Job {
            source: path.to_path_buf(),
            shown,
            before: std::mem::take(&mut self.text),
        });
    }

    /// The name that goes into the code (`-d`, `-s`, `-p`), if it is not the path.
    fn shown(&mut self, path: &Path, top: Option<&Path>) -> Option<String> {
        let name = path.to_string_lossy();
        let (strip, prepend) = match (&self.args.destination, top) {
            (Some(destination), None) => {
                let file = path.file_name().unwrap_or_default().to_string_lossy();
                return Some(joined(destination, &file));
            }
            (Some(destination), Some(top)) => {
                (Some(top.to_string_lossy().into_owned()), Some(destination))
            }
            (None, _) => (self.args.strip.clone(), self.args.prepend.as_ref()),
        };
        let mut shown = None;
        if let Some(strip) = strip {
            let mut parts = name.split('/');
            if strip.split('/').all(|part| parts.next() == Some(part)) {
                let rest: Vec<&str> = parts.collect();
                // `os.path.join` of the parts: an empty one in front is lost.
                shown = Some(
                    rest.iter()
                        .fold(String::new(), |path, part| joined(&path, part)),
                );
            } else if self.args.quiet < 2 {
                let (strip, name) = (quoted(Path::new(&strip)), quoted(path));
                self.line(&format!(
                    "The stripdir path {strip} is not a valid prefix for source path {name}; \
                     ignoring"
                ));
            }
        }
        match prepend {
            Some(prepend) => Some(joined(prepend, shown.as_deref().unwrap_or(&name))),
            None => shown,
        }
    }
}

/// `os.path.join`
fn joined(a: &str, b: &str) -> String {
    if b.starts_with('/') || a.is_empty() {
        b.to_owned()
    } else if a.ends_with('/') {
        format!("{a}{b}")
    } else {
        format!("{a}/{b}")
    }
}

fn leads_into(link: &Path, directory: &Path) -> bool {
    let resolved = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let (link, directory) = (resolved(link), resolved(directory));
    link != directory && link.starts_with(directory)
}

/// `repr()` of a path.
fn quoted(path: &Path) -> String {
    let mut text = String::new();
    repr::str(&mut text, &path.to_string_lossy().as_ref().into());
    text
}

/// Where the `.pyc` of a level goes.
fn target(source: &Path, level: i8, legacy: bool) -> PathBuf {
    if legacy {
        return source.with_extension("pyc");
    }
    let stem = source.file_stem().unwrap_or_default().to_string_lossy();
    let level = if level > 0 {
        format!(".opt-{level}")
    } else {
        String::new()
    };
    let directory = source.parent().unwrap_or(Path::new(""));
    directory
        .join("__pycache__")
        .join(format!("{stem}.{CACHE_TAG}{level}.pyc"))
}

fn compile_file(args: &Compile, job: &Job) -> Done {
    let levels = levels(args);
    let targets: Vec<(i8, PathBuf)> = levels
        .iter()
        .map(|&level| (level, target(&job.source, level, args.legacy)))
        .collect();
    let mut done = Done {
        outcome: Outcome::UpToDate,
        written: Vec::new(),
        warnings: String::new(),
    };
    if !args.force
        && targets
            .iter()
            .all(|(_, pyc)| is_up_to_date(&job.source, pyc))
    {
        return done;
    }
    done.outcome = match compile_levels(args, job, targets, &mut done) {
        Ok(()) => Outcome::Compiled,
        Err(message) => Outcome::Failed(message),
    };
    done
}

/// Whether a `.pyc` has the source's time of modification.
fn is_up_to_date(source: &Path, pyc: &Path) -> bool {
    let mtime = fs::metadata(source).ok().and_then(|found| mtime(&found));
    let header = fs::File::open(pyc).and_then(|mut file| {
        let mut header = [0; 16];
        file.read_exact(&mut header)?;
        Ok(header)
    });
    match (mtime, header.map(|header| pyc::read_header(&header))) {
        (Some(expected), Ok(Ok(Validation::Timestamp { mtime, .. }))) => mtime == expected,
        _ => false,
    }
}

/// Seconds since 1970, the low 32 bits.
fn mtime(metadata: &fs::Metadata) -> Option<u32> {
    let modified = metadata.modified().ok()?;
    Some(match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs() as u32,
        // `int()` rounds towards zero.
        Err(before) => (before.duration().as_secs() as i64).wrapping_neg() as u32,
    })
}

fn compile_levels(
    args: &Compile,
    job: &Job,
    targets: Vec<(i8, PathBuf)>,
    done: &mut Done,
) -> Result<(), String> {
    let path = job.source.to_string_lossy();
    let os_error = |error: &io::Error| {
        let class = match error.kind() {
            io::ErrorKind::NotFound => "FileNotFoundError",
            io::ErrorKind::PermissionDenied => "PermissionError",
            _ => "OSError",
        };
        let text = error.to_string();
        let reason = text.split(" (os error").next().unwrap_or(&text);
        let number = error.raw_os_error().unwrap_or_default();
        format!(
            "{class}: [Errno {number}] {reason}: {}",
            quoted(&job.source)
        )
    };
    let (metadata, bytes) = read(&job.source).map_err(|error| os_error(&error))?;
    let mode = args.invalidation_mode.unwrap_or_else(|| {
        let reproducible = std::env::var_os("SOURCE_DATE_EPOCH").is_some_and(|v| !v.is_empty());
        if reproducible {
            InvalidationMode::CheckedHash
        } else {
            InvalidationMode::Timestamp
        }
    });
    let validation = match mode {
        InvalidationMode::Timestamp => Validation::Timestamp {
            mtime: mtime(&metadata).unwrap_or_default(),
            size: metadata.len() as u32,
        },
        mode => Validation::Hash {
            hash: pyc::source_hash(&bytes),
            checked: mode == InvalidationMode::CheckedHash,
        },
    };
    let name = job.shown.as_deref().unwrap_or(&path);
    let source = vitrine_syntax::source::decode_for_compile(&bytes);
    if let Some(error) = &source.error {
        return Err(syntax_error::of_compiled_source(error, name, &source.text));
    }
    for (index, (level, pyc)) in targets.iter().enumerate() {
        let options = CompileOptions {
            filename: name.into(),
            optimize: (*level).max(0) as u8,
            ..CompileOptions::default()
        };
        let compiled = compile_source(&source.text, &options);
        let warnings = match &compiled {
            Ok(compiled) => &compiled.warnings,
            Err(error) => &error.warnings,
        };
        done.warnings += &warning::text(warnings, name, &source.text);
        let compiled = compiled.map_err(|error| message(&error, name, &source.text))?;
        let bytes = pyc::write(validation, &compiled.code);
        write(pyc, &bytes, &metadata)?;
        if args.hardlink_dupes
            && let Some((_, previous)) = index.checked_sub(1).map(|index| &targets[index])
            && fs::read(previous).is_ok_and(|other| other == bytes)
        {
            let linked = fs::remove_file(pyc).and_then(|()| fs::hard_link(previous, pyc));
            linked.map_err(|error| os_error(&error))?;
        }
    }
    done.written = targets;
    Ok(())
}

/// What a file is, and all that is in it: one call each, of a file that nobody changes.
fn read(path: &Path) -> io::Result<(fs::Metadata, Vec<u8>)> {
    let mut file = fs::File::open(path)?;
    let metadata = file.metadata()?;
    let size = usize::try_from(metadata.len()).unwrap_or(0);
    // What leaves room behind it was the end.
    let mut bytes = vec![0; size + 1];
    let len = match file.read(&mut bytes) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
        read => read?,
    };
    bytes.truncate(len);
    if len != size {
        file.read_to_end(&mut bytes)?;
    }
    Ok((metadata, bytes))
}

/// A compile error as `py_compile` words it: with excerpt and caret if it is a plain
/// `SyntaxError`, else in one line.
fn message(error: &CompileError, name: &str, text: &str) -> String {
    let class = error.kind.class_name();
    if class == "SyntaxError" {
        return syntax_error::render(error, name, text);
    }
    let file = name.rsplit('/').next().unwrap_or(name);
    let lineno = error.attributes().lineno;
    match class {
        "IndentationError" | "TabError" => {
            format!("Sorry: {class}: {} ({file}, line {lineno})", error.message)
        }
        _ => format!("Sorry: {class}: {}", error.message),
    }
}

/// Writes a file under another name and renames it, with the permissions of the source.
fn write(path: &Path, bytes: &[u8], source: &fs::Metadata) -> Result<(), String> {
    let special = match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => Some("a symlink"),
        Ok(found) if !found.is_file() => Some("a non-regular file"),
        _ => None,
    };
    if let Some(what) = special {
        let into = if what == "a symlink" {
            "a regular file"
        } else {
            "a regular one"
        };
        return Err(format!(
            "FileExistsError: {} is {what} and will be changed into {into} if import writes a \
             byte-compiled file to it",
            path.display()
        ));
    }
    let os_error = |error: io::Error| {
        let text = error.to_string();
        let reason = text.split(" (os error").next().unwrap_or(&text);
        let number = error.raw_os_error().unwrap_or_default();
        format!("OSError: [Errno {number}] {reason}: {}", quoted(path))
    };
    static PROCESS: LazyLock<u32> = LazyLock::new(std::process::id);
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(format!(".{}-{number}", *PROCESS));
    let unfinished = PathBuf::from(unfinished);
    let mut created = create(&unfinished, source);
    if let Err(error) = &created
        && error.kind() == io::ErrorKind::NotFound
        && let Some(directory) = path.parent()
    {
        // The first file of a directory makes its `__pycache__`.
        fs::create_dir_all(directory).map_err(os_error)?;
        created = create(&unfinished, source);
    }
    let written = created
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&unfinished, path));
    written.map_err(|error| {
        // The half-written file is of no use; the first error is the one to tell.
        let _ = fs::remove_file(&unfinished);
        os_error(error)
    })
}

/// A new file as readable as the source, as far as the process lets new files be, writable for
/// its owner, not executable.
fn create(path: &Path, source: &fs::Metadata) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
        options.mode((source.mode() | 0o200) & 0o666);
    }
    #[cfg(not(unix))]
    let _ = source;
    options.open(path)
}

/// What is printed of the work.
struct Report<'a> {
    args: &'a Compile,
    out: io::StdoutLock<'static>,
    lists_files: bool,
    failed: bool,
    json: Vec<Value>,
}

impl<'a> Report<'a> {
    fn new(args: &'a Compile) -> Self {
        let out = io::stdout();
        Self {
            args,
            lists_files: args.quiet == 0 && !args.json && out.is_terminal(),
            out: out.lock(),
            failed: false,
            json: Vec::new(),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Failure> {
        if !self.args.json {
            self.out.write_all(text.as_bytes())?;
        }
        Ok(())
    }

    fn file(&mut self, job: &Job, done: Done) -> Result<(), Failure> {
        self.text(&job.before)?;
        // Not even `-qq` keeps them back.
        if !done.warnings.is_empty() {
            anstream::eprint!("{}", done.warnings);
        }
        if self.args.json {
            return {
                self.add_json(job, &done);
                Ok(())
            };
        }
        let source = quoted(&job.source);
        if self.lists_files && !matches!(done.outcome, Outcome::UpToDate) {
            writeln!(self.out, "Compiling {source}...")?;
        }
        if let Outcome::Failed(message) = done.outcome {
            self.failed = true;
            if self.args.quiet < 2 {
                if self.lists_files {
                    writeln!(self.out, "*** {message}")?;
                } else {
                    writeln!(self.out, "*** Error compiling {source}...\n{message}")?;
                }
            }
        }
        Ok(self.out.flush()?)
    }

    fn add_json(&mut self, job: &Job, done: &Done) {
        let (status, error) = match &done.outcome {
            Outcome::Compiled => ("compiled", None),
            Outcome::UpToDate => ("up-to-date", None),
            Outcome::Failed(message) => {
                self.failed = true;
                ("failed", Some(message.trim_end()))
            }
        };
        let written = done.written.iter().map(
            |(level, path)| json!({ "optimize": level.max(&0), "path": path.to_string_lossy() }),
        );
        self.json.push(json!({
            "source": job.source.to_string_lossy(),
            "filename": job.shown.as_deref().unwrap_or(&job.source.to_string_lossy()),
            "status": status,
            "written": written.collect::<Vec<_>>(),
            "error": error,
        }));
    }

    fn finish(mut self) -> Result<ExitCode, Failure> {
        if self.args.json {
            let all = Value::Array(std::mem::take(&mut self.json));
            writeln!(self.out, "{all}")?;
        }
        self.out.flush()?;
        Ok(ExitCode::from(u8::from(self.failed)))
    }
}
