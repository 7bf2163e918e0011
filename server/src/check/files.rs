//! The files that a check looks at.

use std::path::PathBuf;

use ignore::WalkBuilder;

use crate::cli::failure::Failure;
use crate::cli::input::{SourceBytes, read_file, read_stdin};

/// A file's name and bytes.
pub(crate) type Source = SourceBytes;

/// Reads the named files, those below the named directories, and standard input.
/// Below a directory, what is hidden or ignored by git is left out.
pub(super) fn collect(paths: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            sources.push(read_stdin()?);
        } else if path.is_dir() {
            for entry in WalkBuilder::new(path).sort_by_file_name(Ord::cmp).build() {
                let entry = entry.map_err(Failure::of_command)?;
                let is_python = entry
                    .path()
                    .extension()
                    .is_some_and(|end| end == "py" || end == "pyi");
                if is_python && entry.path().is_file() {
                    sources.push(read_file(entry.path())?);
                }
            }
        } else {
            sources.push(read_file(path)?);
        }
    }
    for source in &mut sources {
        if let Some(rest) = source.name.strip_prefix("./") {
            source.name = rest.to_owned();
        }
    }
    Ok(sources)
}
