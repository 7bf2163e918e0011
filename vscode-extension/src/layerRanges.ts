// Which lines of a side document belong to a place in the source, and back.

export interface Point {
  line: number;
  character: number;
}

export interface Place {
  start: Point;
  end: Point;
}

const before = (a: Point, b: Point): boolean => a.line < b.line || (a.line === b.line && a.character <= b.character);

const size = ({ start, end }: Place): number => (end.line - start.line) * 10_000 + end.character - start.character;

/**
 * The lines for a place in the source: those of the smallest range with it,
 * and those of what lies within that range on the same line.
 */
export function linesAt(ranges: readonly (Place | null)[], place: Point): number[] {
  let smallest: Place | undefined;
  for (const range of ranges) {
    if (range && before(range.start, place) && before(place, range.end) && (!smallest || size(range) < size(smallest))) {
      smallest = range;
    }
  }
  if (smallest === undefined) {
    // Blank space of a line: what runs on that line.
    return ranges.flatMap((range, line) => (range?.start.line === place.line && range.end.line === place.line ? [line] : []));
  }
  const { start, end } = smallest;
  return ranges.flatMap((range, line) => (range && before(start, range.start) && before(range.end, end) ? [line] : []));
}

/** The source of a line of a side document. */
export function innermost(ranges: readonly (Place | null)[], line: number): Place | undefined {
  return ranges[line] ?? undefined;
}
