// Cell marks, as VS Code's interactive window and Spyder read them.

const MARK = /^\s*#\s*%%/;

/** The first line of the next cell, where the cursor goes after a run. */
export function nextCellLine(lines: readonly string[], current: number): number | undefined {
  for (let line = current + 1; line < lines.length; line++) {
    if (MARK.test(lines[line] ?? "")) {
      return line + 1 < lines.length ? line + 1 : line;
    }
  }
  return undefined;
}
