// A result in one line.

const LONGEST = 120;

/** One line, shortened: the whole of it is in the hover. */
export function inlineText(text: string): string {
  const line = text.trimEnd().replace(/\s*(\r\n|\r|\n)\s*/g, " \u23ce ");
  const points = Array.from(line);
  return points.length <= LONGEST ? line : `${points.slice(0, LONGEST - 1).join("")}\u2026`;
}
