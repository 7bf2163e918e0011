//! The ways to print a check: one file a format.

mod concise;
mod full;
mod github;
mod json;
mod sarif;

use super::report::FileReport;
use crate::cli::args::OutputFormat;

/// The whole output of a check.
pub(crate) fn render(reports: &[FileReport], format: OutputFormat) -> String {
    match format {
        OutputFormat::Full => full::render(reports),
        OutputFormat::Concise => concise::render(reports),
        OutputFormat::Json => json::render(reports),
        OutputFormat::Sarif => sarif::render(reports),
        OutputFormat::Github => github::render(reports),
    }
}
