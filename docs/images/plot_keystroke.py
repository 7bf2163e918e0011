"""Draws keystroke.svg from the bench's figures, with nothing but the standard library.

    cargo bench -p vitrine-db --bench keystroke -- --csv > docs/images/keystroke.csv
    python3 docs/images/plot_keystroke.py
"""

import csv
import math
import pathlib

HERE = pathlib.Path(__file__).parent
COLORS = ["#1b6ca8", "#c0392b", "#2e8b57", "#8e44ad", "#d68910", "#555555", "#16a2a2", "#e377c2"]
WIDTH, HEIGHT, LEFT, TOP = 560, 300, 70, 40


def panel(kind, rows, offset, title):
    def x(lines):
        return LEFT + (math.log10(lines) - low) / (high - low) * WIDTH

    def y(micros):
        return offset + TOP + HEIGHT - (math.log10(max(micros, 10)) - 1) / 4.2 * HEIGHT

    lines = [int(row["lines"]) for row in rows]
    low, high = math.log10(min(lines)), math.log10(max(lines))
    out = [f'<text x="{LEFT}" y="{offset + 20}" font-weight="bold">{title}</text>']
    for power in range(1, 6):
        label = ["10 µs", "100 µs", "1 ms", "10 ms", "100 ms"][power - 1]
        height = y(10**power)
        out.append(f'<line x1="{LEFT}" y1="{height:.1f}" x2="{LEFT + WIDTH}" y2="{height:.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{height + 4:.1f}" text-anchor="end">{label}</text>')
    for count in sorted(set(lines)):
        out.append(f'<text x="{x(count):.1f}" y="{offset + TOP + HEIGHT + 16}" text-anchor="middle">{count:,}</text>')
    cases = list(dict.fromkeys(row["case"] for row in rows))
    for at, case in enumerate(cases):
        mine = [row for row in rows if row["case"] == case]
        for column, dash in [("p50", ""), ("p95", ' stroke-dasharray="4 3"')]:
            points = " ".join(f'{x(int(row["lines"])):.1f},{y(float(row[column])):.1f}' for row in mine)
            out.append(f'<polyline points="{points}" fill="none" stroke="{COLORS[at]}" stroke-width="1.6"{dash}/>')
        out.append(f'<text x="{LEFT + WIDTH + 14}" y="{offset + TOP + 16 + 18 * at}" fill="{COLORS[at]}">{case}</text>')
    return out


def main():
    with open(HERE / "keystroke.csv", newline="") as file:
        rows = list(csv.DictReader(file, ["kind", "case", "lines", "p50", "p95"]))
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 200}" height="{2 * (HEIGHT + 90)}" '
        'font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    of = lambda kind: [row for row in rows if row["kind"] == kind]
    out += panel("file", of("file"), 0, "A keystroke to diagnostics, against the file's lines (dashed: p95)")
    out += panel("segment", of("segment"), HEIGHT + 90, "The same, against the lines of the class it is in")
    out.append("</svg>")
    (HERE / "keystroke.svg").write_text("\n".join(out) + "\n")


main()
