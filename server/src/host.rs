//! The system as a sandboxed program may see it.
//!
//! Nothing is reachable unless granted: a refused access names the flag that
//! would allow it. Paths are resolved before they are judged, so neither `..`
//! nor a symbolic link leads out of what was granted.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs, thread};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use vitrine_vm::host::{Host, LocalTime, Stat, denied};

/// What a program may touch.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    /// Files and directories that may be read.
    pub read: Vec<PathBuf>,
    /// Files and directories that may be written.
    pub write: Vec<PathBuf>,
    /// The environment's variables.
    pub env: bool,
}

impl Grants {
    /// Everything.
    pub fn all() -> Self {
        Self {
            read: vec!["/".into()],
            write: vec!["/".into()],
            env: true,
        }
    }
}

/// Where what a program prints goes.
pub trait Output: Send {
    /// Writes to standard output (1) or standard error (2).
    fn write(&mut self, stream: u8, bytes: &[u8]) -> io::Result<()>;
    /// Passes on what is held back.
    fn flush(&mut self, stream: u8) -> io::Result<()>;
    /// Reads a line of standard input; empty at its end.
    fn read_line(&mut self) -> io::Result<Vec<u8>> {
        self.flush(1)?;
        let mut line = Vec::new();
        io::stdin().lock().read_until(b'\n', &mut line)?;
        Ok(line)
    }
    /// Lets the program sleep.
    fn sleep(&mut self, duration: Duration) {
        thread::sleep(duration);
    }
}

/// The process's own standard streams: output held back unless it is a terminal.
#[derive(Debug)]
pub struct Terminal {
    out: io::BufWriter<io::Stdout>,
    line_buffered: bool,
}

impl Default for Terminal {
    fn default() -> Self {
        let stdout = io::stdout();
        let line_buffered = stdout.is_terminal();
        Self {
            out: io::BufWriter::with_capacity(1 << 16, stdout),
            line_buffered,
        }
    }
}

impl Output for Terminal {
    fn write(&mut self, stream: u8, bytes: &[u8]) -> io::Result<()> {
        if stream == 2 {
            // What was printed before the error stands before it.
            self.out.flush()?;
            return io::stderr().write_all(bytes);
        }
        self.out.write_all(bytes)?;
        if self.line_buffered && bytes.contains(&b'\n') {
            self.out.flush()
        } else {
            Ok(())
        }
    }

    fn flush(&mut self, stream: u8) -> io::Result<()> {
        if stream == 2 {
            io::stderr().flush()
        } else {
            self.out.flush()
        }
    }
}

/// The machine's host on this system.
pub struct SystemHost<O> {
    grants: Grants,
    output: O,
    started: Instant,
    /// The system's time zone; found when it is asked for.
    zone: OnceLock<TimeZone>,
}

impl<O: Output> SystemHost<O> {
    /// A host that allows what `grants` lists. Granted paths that do not exist
    /// yet are kept as they were given.
    pub fn new(grants: Grants, output: O) -> Self {
        let resolved = |paths: Vec<PathBuf>| paths.iter().map(|path| resolve(path)).collect();
        let grants = Grants {
            read: resolved(grants.read),
            write: resolved(grants.write),
            env: grants.env,
        };
        Self {
            grants,
            output,
            started: Instant::now(),
            zone: OnceLock::new(),
        }
    }

    fn readable(&self, path: &str) -> io::Result<PathBuf> {
        allowed(&self.grants.read, "read", path)
    }

    fn writable(&self, path: &str) -> io::Result<PathBuf> {
        allowed(&self.grants.write, "write", path)
    }
}

/// The resolved path, if it lies below one of `granted`.
fn allowed(granted: &[PathBuf], access: &str, path: &str) -> io::Result<PathBuf> {
    let resolved = resolve(Path::new(path));
    match granted.iter().any(|root| resolved.starts_with(root)) {
        true => Ok(resolved),
        false => Err(denied(access, path)),
    }
}

/// The path without links and dots. Of a path that does not exist, the longest
/// part that does is resolved, and the rest may not climb.
fn resolve(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut missing = Vec::new();
    let mut existing = absolute.as_path();
    loop {
        if let Ok(resolved) = existing.canonicalize() {
            let climbs = missing.iter().any(|part| part == "..");
            return if climbs {
                PathBuf::new()
            } else {
                missing
                    .iter()
                    .rev()
                    .fold(resolved, |path, part| path.join(part))
            };
        }
        if existing.symlink_metadata().is_ok() {
            // A link to nothing: writing to it would make what it names.
            return PathBuf::new();
        }
        match (existing.parent(), existing.components().next_back()) {
            (Some(parent), Some(last)) => {
                missing.push(last.as_os_str().to_owned());
                existing = parent;
            }
            _ => return absolute,
        }
    }
}

/// What a clock of the system shows, in nanoseconds.
#[cfg(unix)]
fn clock_ns(clock: rustix::time::ClockId) -> u64 {
    let time = rustix::time::clock_gettime(clock);
    let time = Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    );
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl<O: Output> Host for SystemHost<O> {
    fn write(&mut self, stream: u8, bytes: &[u8]) -> io::Result<()> {
        self.output.write(stream, bytes)
    }

    fn flush(&mut self, stream: u8) -> io::Result<()> {
        self.output.flush(stream)
    }

    fn read_line(&mut self) -> io::Result<Vec<u8>> {
        self.output.read_line()
    }

    fn monotonic_ns(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    #[cfg(unix)]
    fn process_time_ns(&self) -> u64 {
        clock_ns(rustix::time::ClockId::ProcessCPUTime)
    }

    #[cfg(unix)]
    fn thread_time_ns(&self) -> u64 {
        clock_ns(rustix::time::ClockId::ThreadCPUTime)
    }

    fn time_ns(&self) -> i128 {
        let nanoseconds =
            |duration: Duration| i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => nanoseconds(since),
            Err(before) => -nanoseconds(before.duration()),
        }
    }

    fn local_time(&self, seconds: i64) -> LocalTime {
        // The zone is a part of the environment.
        let Some(zone) = self
            .grants
            .env
            .then(|| self.zone.get_or_init(TimeZone::system))
        else {
            return LocalTime::default();
        };
        let (first, last) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        let at = Timestamp::from_second(seconds.clamp(first, last)).unwrap_or_default();
        let info = zone.to_offset_info(at);
        LocalTime {
            offset: info.offset().seconds(),
            summer: info.dst().is_dst(),
            zone: info.abbreviation().to_owned(),
        }
    }

    fn sleep_ns(&mut self, nanoseconds: u64) -> io::Result<()> {
        self.output.sleep(Duration::from_nanos(nanoseconds));
        Ok(())
    }

    fn random(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        getrandom::fill(bytes).map_err(io::Error::from)
    }

    fn env(&self, name: &str) -> Option<String> {
        if self.grants.env {
            env::var(name).ok()
        } else {
            None
        }
    }

    fn environ(&self) -> Vec<(String, String)> {
        if !self.grants.env {
            return Vec::new();
        }
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        env::vars_os().filter_map(text).collect()
    }

    fn read_file(&mut self, path: &str) -> io::Result<Vec<u8>> {
        fs::read(self.readable(path)?)
    }

    fn write_file(&mut self, path: &str, bytes: &[u8], append: bool) -> io::Result<()> {
        let path = self.writable(path)?;
        if !append {
            return fs::write(path, bytes);
        }
        fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)?
            .write_all(bytes)
    }

    fn stat(&mut self, path: &str) -> io::Result<Stat> {
        let metadata = fs::metadata(self.readable(path)?)?;
        let modified = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Ok(Stat {
            mode: mode(&metadata),
            size: metadata.len(),
            modified_ns: modified
                .and_then(|time| i128::try_from(time.as_nanos()).ok())
                .unwrap_or_default(),
            dir: metadata.is_dir(),
            inode: inode(&metadata),
        })
    }

    fn list_dir(&mut self, path: &str) -> io::Result<Vec<String>> {
        let names = fs::read_dir(self.readable(path)?)?;
        let mut names: Vec<String> = names
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        // The system's order is no order; programs repeat better with one.
        names.sort();
        Ok(names)
    }

    fn make_dir(&mut self, path: &str) -> io::Result<()> {
        fs::create_dir(self.writable(path)?)
    }

    fn remove(&mut self, path: &str, dir: bool) -> io::Result<()> {
        let path = self.writable(path)?;
        if dir {
            fs::remove_dir(path)
        } else {
            fs::remove_file(path)
        }
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let from = self.writable(from)?;
        fs::rename(from, self.writable(to)?)
    }

    fn current_dir(&self) -> String {
        let directory = env::current_dir()
            .ok()
            .and_then(|path| path.into_os_string().into_string().ok());
        directory.unwrap_or_else(|| "/".into())
    }
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> u32 {
    std::os::unix::fs::MetadataExt::mode(metadata)
}

#[cfg(not(unix))]
fn mode(metadata: &fs::Metadata) -> u32 {
    if metadata.is_dir() {
        0o040_755
    } else {
        0o100_644
    }
}

#[cfg(unix)]
fn inode(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_metadata: &fs::Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nowhere;
    impl Output for Nowhere {
        fn write(&mut self, _stream: u8, _bytes: &[u8]) -> io::Result<()> {
            Ok(())
        }
        fn flush(&mut self, _stream: u8) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_grant_ends_at_its_directory() {
        let directory = env::temp_dir().join(format!("vitrine-grants-{}", std::process::id()));
        let inside = directory.join("inside");
        fs::create_dir_all(&inside).expect("the temporary directory is writable");
        fs::write(inside.join("a"), "a").expect("writable");
        fs::write(directory.join("b"), "b").expect("writable");
        let text = |path: PathBuf| path.to_str().expect("UTF-8").to_owned();
        let grants = Grants {
            read: vec![inside.clone()],
            write: vec![inside.clone()],
            env: false,
        };
        let mut host = SystemHost::new(grants, Nowhere);
        assert_eq!(
            host.read_file(&text(inside.join("a"))).expect("granted"),
            b"a"
        );
        host.write_file(&text(inside.join("new")), b"n", false)
            .expect("granted");
        let mut refused = vec![
            directory.join("b"),
            inside.join("../b"),
            inside.join("none/../../b"),
            "/etc/passwd".into(),
        ];
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(directory.join("b"), inside.join("link"))
                .expect("links can be made");
            refused.push(inside.join("link"));
            std::os::unix::fs::symlink(directory.join("none"), inside.join("dangling"))
                .expect("links can be made");
            refused.push(inside.join("dangling"));
        }
        for path in refused {
            let path = text(path);
            for error in [
                host.read_file(&path).err(),
                host.write_file(&path, b"x", false).err(),
            ] {
                let error = error.unwrap_or_else(|| panic!("{path} was allowed"));
                assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{path}");
            }
        }
        assert!(host.env("PATH").is_none() && host.environ().is_empty());
        fs::remove_dir_all(directory).expect("it is ours");
    }
}
