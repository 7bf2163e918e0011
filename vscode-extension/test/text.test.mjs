// The parts of the extension that need no editor.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";

import { build } from "esbuild";

async function load(name) {
  const outfile = join(mkdtempSync(join(tmpdir(), "vitrine-")), `${name}.mjs`);
  await build({ entryPoints: [`src/${name}.ts`], outfile, bundle: true, format: "esm", platform: "node" });
  return import(pathToFileURL(outfile).href);
}

test("the cursor moves to the line below the next mark", async () => {
  const { nextCellLine } = await load("cellMarks");
  const lines = ["# %% one", "x", "  #%% two", "y", "# %%"];
  assert.deepEqual([0, 1, 2, 3, 4].map((line) => nextCellLine(lines, line)), [3, 3, 4, 4, undefined]);
});

test("a result is one line, shortened by code points", async () => {
  const { inlineText } = await load("resultText");
  assert.equal(inlineText("[1,\n 2]\n"), "[1, \u23ce 2]");
  const long = inlineText("\u{1F40D}".repeat(200));
  assert.equal(Array.from(long).length, 120);
  assert.ok(long.endsWith("\u2026") && !/[\uD800-\uDBFF]\u2026$/.test(long));
});

test("a place and its lines belong together", async () => {
  const { linesAt, innermost } = await load("layerRanges");
  const place = (line, from, to) => ({ start: { line, character: from }, end: { line, character: to } });
  const ranges = [null, place(1, 0, 9), place(1, 4, 5), place(1, 8, 9), place(2, 0, 3)];
  assert.deepEqual(linesAt(ranges, { line: 1, character: 4 }), [2]);
  assert.deepEqual(linesAt(ranges, { line: 1, character: 2 }), [1, 2, 3]);
  assert.deepEqual(linesAt(ranges, { line: 2, character: 7 }), [4]);
  assert.deepEqual(linesAt(ranges, { line: 7, character: 0 }), []);
  assert.deepEqual(innermost(ranges, 3), place(1, 8, 9));
  assert.equal(innermost(ranges, 0), undefined);
});

test("commands take their arguments from the editor", async () => {
  const { commandArguments } = await load("commandArguments");
  const at = (line, character) => ({ line, character });
  const selection = { start: at(1, 0), end: at(2, 3), active: at(2, 3) };
  const editor = { document: { uri: { toString: () => "file:///a.py" } }, selection };
  assert.deepEqual(commandArguments("vitrine.runCell", editor), [{ uri: "file:///a.py", line: 2 }]);
  assert.deepEqual(commandArguments("vitrine.runSelection", editor), [
    { uri: "file:///a.py", range: { start: at(1, 0), end: at(2, 3) } },
  ]);
  assert.deepEqual(commandArguments("vitrine.interrupt", editor), []);
  assert.deepEqual(commandArguments("vitrine.runFile", undefined), []);
});
