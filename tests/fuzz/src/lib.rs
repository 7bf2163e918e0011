//! What the fuzz targets share.

/// Runs on a stack as large as those on which the product parses and runs.
pub fn on_large_stack<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(256 << 20);
        let thread = thread.spawn_scoped(scope, run).expect("a thread starts");
        thread.join().expect("a panic has aborted already")
    })
}

/// A fuzzer's bytes as a text; what is not UTF-8 is replaced.
pub fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}
