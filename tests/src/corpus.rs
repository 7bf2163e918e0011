//! The files that the comparisons run over.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, thread};

/// `texts_of(paths)` for the oracle's scripts: every string in Python files, and the examples
/// in those that are docstrings, each once. In tests of the grammar they are programs.
pub const TEXTS_OF: &str = r#"
import ast, doctest, os
def texts_of(paths):
    texts = {}
    for path in filter(os.path.isfile, paths):
        for node in ast.walk(ast.parse(open(path, 'rb').read())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts[node.value] = None
                try:
                    for example in doctest.DocTestParser().get_examples(node.value):
                        texts[example.source] = None
                except ValueError:
                    pass
    return texts
"#;

/// Every `.py` file below a directory, sorted; installed packages are left out.
///
/// # Panics
/// If a directory cannot be read.
pub fn python_files(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut pending = vec![root.to_path_buf()];
    while let Some(dir) = pending.pop() {
        for entry in fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display())) {
            let path = entry.expect("the directory can be listed").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() && !path.is_symlink() {
                if !matches!(&*name, "site-packages" | "dist-packages" | "__pycache__") {
                    pending.push(path);
                }
            } else if name.ends_with(".py") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Applies `check` to every item on all cores, with stacks as deep as the
/// server's workers have; results in the items' order.
pub fn in_parallel<T: Sync, R: Send>(items: &[T], check: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(2, usize::from);
    let mut results: Vec<(usize, R)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..workers)
            .map(|_| {
                let worker = || {
                    let mut done = Vec::new();
                    while let Some(index) =
                        Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&i| i < items.len())
                    {
                        done.push((index, check(&items[index])));
                    }
                    done
                };
                thread::Builder::new()
                    .stack_size(64 << 20)
                    .spawn_scoped(scope, worker)
                    .expect("a thread starts")
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("a check panicked"))
            .collect()
    });
    results.sort_unstable_by_key(|&(index, _)| index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// The text of a file as `compile()` decodes it.
///
/// # Errors
/// What it says of the encoding, with line and column.
pub fn text_of(bytes: &[u8]) -> Result<String, String> {
    let source = vitrine_syntax::source::decode(bytes);
    let Some(error) = source.error else {
        return Ok(source.text);
    };
    let (line, column) = error.compile_position().unwrap_or_default();
    // What CPython has read no line of is before all columns.
    let column = if line == 0 { -1 } else { i64::from(column) };
    let message = error.compile_message();
    Err(format!("{message} [{line} {column} None None]"))
}

/// The CRC-32 of zlib.
pub fn crc32(bytes: &[u8]) -> u32 {
    let table: Vec<u32> = (0..256)
        .map(|n| {
            (0..8).fold(n, |c: u32, _| {
                if c & 1 == 1 {
                    0xEDB8_8320 ^ (c >> 1)
                } else {
                    c >> 1
                }
            })
        })
        .collect();
    !bytes.iter().fold(!0, |crc, &byte| {
        table[((crc ^ u32::from(byte)) & 0xFF) as usize] ^ (crc >> 8)
    })
}
