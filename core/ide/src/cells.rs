//! Cells: the pieces between `# %%` marks, and the lenses above them.
//!
//! A mark is a comment in column 0 whose text begins with `%%`, as VS Code's
//! interactive window and Spyder read it; a mark within a string is none. What
//! stands before the first mark is a cell, too, if there is any code in it.

use vitrine_db::{Database, File, line_index, parsed, segments};
use vitrine_syntax::position::TextRange;

/// A piece of a file to be run on its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cell {
    /// Its text, the mark's line included.
    pub range: TextRange,
    /// Its first line, from 0.
    pub first_line: u32,
    /// What stands behind the mark.
    pub title: String,
}

/// What a lens does when it is clicked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LensAction {
    /// Run the cell on the lens's line.
    RunCell,
    /// Run all cells above it.
    RunAbove,
    /// Run the file.
    RunFile,
}

/// A command shown above a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lens {
    /// The line, from 0.
    pub line: u32,
    /// The command.
    pub action: LensAction,
}

/// The cells of a file; none if it has no mark.
pub fn cells(db: &Database, file: File) -> Vec<Cell> {
    let text = file.text(db);
    let lines = line_index(db, file);
    let mut marks = Vec::new();
    for placed in segments(db, file) {
        let parsed = parsed(db, placed.segment);
        for &comment in &parsed.comments {
            let range = placed.absolute(comment);
            let place = lines.line_column(range.start);
            let title = text[range.as_usize()]
                .trim_start_matches('#')
                .trim_start()
                .strip_prefix("%%");
            if let (0, Some(title)) = (place.column, title) {
                marks.push((range.start, place.line, title.trim().to_owned()));
            }
        }
    }
    let Some(&(first_mark, ..)) = marks.first() else {
        return Vec::new();
    };
    if !text[..first_mark as usize].trim().is_empty() {
        marks.insert(0, (0, 0, String::new()));
    }
    let ends: Vec<u32> = marks
        .iter()
        .skip(1)
        .map(|mark| mark.0)
        .chain([text.len() as u32])
        .collect();
    let cell = |((start, first_line, title), end)| Cell {
        range: TextRange::new(start, end),
        first_line,
        title,
    };
    marks.into_iter().zip(ends).map(cell).collect()
}

/// What *run cell* means on a line: the cell, or in a file without marks the
/// top-level statement. Its range begins at the beginning of a line.
pub fn runnable_at(db: &Database, file: File, line: u32) -> Option<TextRange> {
    let lines = line_index(db, file);
    let text_len = file.text(db).len() as u32;
    let offset = lines.line_start(line).unwrap_or(text_len);
    let cells = cells(db, file);
    if !cells.is_empty() {
        let cell = cells
            .iter()
            .rfind(|cell| cell.first_line <= line)
            .or(cells.first())?;
        return Some(cell.range);
    }
    segments(db, file)
        .at(offset)
        .map(|(_, placed)| placed.range)
}

/// The lenses of a file: *run file* at the top, *run cell* and *run above* at each mark.
pub fn lenses(db: &Database, file: File) -> Vec<Lens> {
    let mut lenses = Vec::new();
    if !file.text(db).trim().is_empty() {
        lenses.push(Lens {
            line: 0,
            action: LensAction::RunFile,
        });
    }
    for (number, cell) in cells(db, file).into_iter().enumerate() {
        lenses.push(Lens {
            line: cell.first_line,
            action: LensAction::RunCell,
        });
        if number > 0 {
            lenses.push(Lens {
                line: cell.first_line,
                action: LensAction::RunAbove,
            });
        }
    }
    lenses
}
