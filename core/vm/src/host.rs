//! What a machine may reach of the world: nothing but what its [`Host`] gives.
#![forbid(unsafe_code)]

use std::io;

/// Files, clock, environment, randomness and streams. A refusal is an error of
/// kind `PermissionDenied` whose text names the flag that would allow it. It is used by one thread
/// at a time, but not always by the same.
pub trait Host: Send {
    /// Writes to standard output (1) or standard error (2).
    fn write(&mut self, stream: u8, bytes: &[u8]) -> io::Result<()>;
    /// Flushes a standard stream.
    fn flush(&mut self, stream: u8) -> io::Result<()> {
        let _ = stream;
        Ok(())
    }
    /// Reads a line of standard input, its end included; empty at the end.
    fn read_line(&mut self) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }
    /// Nanoseconds of a clock that never goes back.
    fn monotonic_ns(&self) -> u64;
    /// Nanoseconds since 1970.
    fn time_ns(&self) -> i128 {
        0
    }
    /// What the clocks on the wall show, that many seconds after 1970.
    fn local_time(&self, seconds: i64) -> LocalTime {
        let _ = seconds;
        LocalTime::default()
    }
    /// Nanoseconds of processor time, of all threads.
    fn process_time_ns(&self) -> u64 {
        self.monotonic_ns()
    }
    /// Nanoseconds of the calling thread's processor time.
    fn thread_time_ns(&self) -> u64 {
        self.process_time_ns()
    }
    /// Waits.
    fn sleep_ns(&mut self, nanoseconds: u64) -> io::Result<()> {
        let _ = nanoseconds;
        Ok(())
    }
    /// Unpredictable bytes.
    fn random(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        bytes.fill(0);
        Ok(())
    }
    /// An environment variable.
    fn env(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }
    /// All environment variables that may be seen.
    fn environ(&self) -> Vec<(String, String)> {
        Vec::new()
    }
    /// A whole file.
    fn read_file(&mut self, path: &str) -> io::Result<Vec<u8>> {
        Err(denied("read", path))
    }
    /// Replaces, appends to or makes a file.
    fn write_file(&mut self, path: &str, bytes: &[u8], append: bool) -> io::Result<()> {
        let _ = (bytes, append);
        Err(denied("write", path))
    }
    /// What is at a path.
    fn stat(&mut self, path: &str) -> io::Result<Stat> {
        Err(denied("read", path))
    }
    /// Names in a directory.
    fn list_dir(&mut self, path: &str) -> io::Result<Vec<String>> {
        Err(denied("read", path))
    }
    /// Makes a directory.
    fn make_dir(&mut self, path: &str) -> io::Result<()> {
        Err(denied("write", path))
    }
    /// Removes a file, or an empty directory.
    fn remove(&mut self, path: &str, dir: bool) -> io::Result<()> {
        let _ = dir;
        Err(denied("write", path))
    }
    /// Renames.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let _ = from;
        Err(denied("write", to))
    }
    /// The current directory.
    fn current_dir(&self) -> String {
        "/".to_owned()
    }
}

/// What [`Host::local_time`] tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LocalTime {
    /// Seconds east of Greenwich.
    pub offset: i32,
    /// Whether it is summer time.
    pub summer: bool,
    /// The name of the zone then: `CEST`.
    pub zone: String,
}

impl Default for LocalTime {
    fn default() -> Self {
        Self {
            offset: 0,
            summer: false,
            zone: "UTC".to_owned(),
        }
    }
}

/// What [`Host::stat`] tells.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct Stat {
    pub mode: u32,
    pub size: u64,
    pub modified_ns: i128,
    pub dir: bool,
    pub inode: u64,
}

/// The refusal of an access that was not granted.
pub fn denied(access: &str, path: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!(
            "{access} access to '{path}' is not allowed; grant it with --allow-{access}={path}"
        ),
    )
}
