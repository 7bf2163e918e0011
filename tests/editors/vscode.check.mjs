// What a user of VS Code sees, checked in a real one:
//   node vscode.check.mjs VSIX [SHOTS_DIR]
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { startVSCode, until } from './vscode.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const [vsix, shots = path.join(here, 'shots')] = process.argv.slice(2);
if (vsix === undefined) {
  console.error('usage: node vscode.check.mjs VSIX [SHOTS_DIR]');
  process.exit(2);
}

const v = await startVSCode({
  vsix,
  workspace: path.join(here, 'workspace'),
  shots,
  viewport: { width: 1200, height: 750 },
});
let passed = 0;
let failed = 0;

async function check(name, ask, wanted) {
  const begun = Date.now();
  try {
    const got = String(await ask());
    if (!wanted.test(got)) throw new Error(`got ${JSON.stringify(got.slice(0, 800))}, wanted ${wanted}`);
    passed++;
    console.log(`ok   ${name} (${Date.now() - begun} ms)`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${name} (${Date.now() - begun} ms): ${error.message.split('\n').slice(0, 3).join(' ')}`);
    await v.screenshot(`fail-${name.replace(/\W+/g, '-')}.png`).catch(() => {});
  }
}

const decoration = (wanted) =>
  until(async () => (await v.decorations()).filter((text) => wanted.test(text)), `decoration ${wanted}`, 30_000);

try {
  await v.openFile('cells.py');
  await v.runCommand('View: Toggle Primary Side Bar Visibility');
  await check('pitfalls are listed', async () => (await v.problems(2)).join('|'), /(?=.*late-binding-closure)(?=.*mutable-default)/);
  await check('pitfalls are underlined', () => until(() => v.squiggles(), 'squiggle'), /squiggly-(warning|info)/);
  await v.runCommand('View: Toggle Panel Visibility');
  await check('a lens stands over a cell', () => v.waitCodeLens('Run Cell').then((lens) => lens.innerText()), /^Run Cell$/);
  await check('the lens runs the cell, the value stands beside the line', async () => {
    await v.codeLensClick('Run Cell');
    return decoration(/16/);
  }, /16/);
  await check('a hover tells the live value', () => v.hoverAt(3, 6, { want: /after the last run/ }), /\[3, 5, 8\][\s\S]*list/);
  await v.page.keyboard.press('Escape');
  await check('a hover tells the scope', () => v.hoverAt(3, 6, { want: /global/i }), /prices/);
  await v.screenshot('hover-name.png');
  await v.page.keyboard.press('Escape');
  await check('a hover shows the bytecode', () => v.hoverAt(3, 4, { want: /CALL/ }), /LOAD_NAME[\s\S]*CALL/);
  await v.screenshot('hover-bytecode.png');
  await v.page.keyboard.press('Escape');
  await check('Shift+Enter runs the cell and moves on', async () => {
    await v.goto(7, 1);
    await v.page.keyboard.press('Shift+Enter');
    return decoration(/\[2, 2, 2\]/);
  }, /\[2, 2, 2\]/);
  await v.page.keyboard.press('Shift+Enter');
  await check('the second call shows the first one\'s item', () => decoration(/\[1, 2\]/), /\[1, 2\]/);
  // The list shows only the rows that fit: the second is looked at in its hover.
  await check('the run confirms the first pitfall', () => until(async () => (await v.problems(1)).find((row) => /The run:/.test(row)), 'a confirmed pitfall', 30_000),
    /line 9 gives `\[2, 2, 2\]`; with each closure's own value it gives `\[0, 1, 2\]`/);
  await v.screenshot('problems.png');
  await v.runCommand('View: Toggle Panel Visibility');
  await v.screenshot('results.png');
  await check('the fix of a confirmed pitfall is verified', async () => {
    const titles = await v.codeActions(8, 30);
    return titles.join('|');
  }, /Bind the value of `n` now: `n=n` \(verified\)/);
  await check('a hover quotes both outcomes', () => v.hoverAt(8, 30, { want: /The run:/ }), /\[2, 2, 2\][\s\S]*\[0, 1, 2\]/);
  await v.screenshot('confirmed.png');
  await v.page.keyboard.press('Escape');
  await check('and the second', () => v.hoverAt(13, 26, { want: /The run:/ }), /\[1, 2\][\s\S]*\[2\]/);
  await v.page.keyboard.press('Escape');
  await check('an endless loop is interrupted', async () => {
    await v.goto(23, 1);
    await v.runCommand('Vitrine: Run Cell');
    await until(async () => (await v.statusBar()).some((text) => /running/.test(text)), 'a busy kernel');
    await v.runCommand('Vitrine: Interrupt the Kernel');
    return decoration(/^interrupted$/);
  }, /interrupted/);
  await check('names outlive an interrupt', async () => {
    await v.goto(19, 1);
    await v.runCommand('Vitrine: Run Selection or Line');
    return decoration(/^\[1, 2, 2\]$/);
  }, /\[1, 2, 2\]/);
  await check('bytecode opens beside', async () => {
    await v.goto(3, 1);
    await v.runCommand('Vitrine: Show Bytecode');
    const side = v.page.locator('.tab[data-resource-name="cells.py.bytecode"]');
    await side.waitFor({ timeout: 15_000 });
    return until(async () => {
      const text = await v.page.locator('.editor-instance').allInnerTexts();
      return text.find((t) => /RESUME/.test(t.replace(/\u00a0/g, ' ')));
    }, 'RESUME in a side document', 15_000);
  }, /RESUME/);
  await check('the side document follows the cursor', async () => {
    const bands = () => v.page.evaluate(() => {
      const editors = [...document.querySelectorAll('.editor-instance .monaco-editor[data-uri^="vitrine:"]')];
      return editors.flatMap((editor) => {
        const tops = [...editor.querySelectorAll('.view-overlays [class*="ced-"]')].map((band) => band.parentElement.style.top);
        return [...editor.querySelectorAll('.view-line')].filter((line) => tops.includes(line.style.top)).map((line) => line.textContent.replace(/\u00a0/g, ' '));
      });
    });
    await v.goto(3, 6);
    return (await until(async () => (await bands()).filter((line) => /prices/.test(line)), 'a band on LOAD_NAME prices')).join('|');
  }, /LOAD_NAME +0 \(prices\)/);
  await v.goto(9, 1);
  await v.screenshot('bytecode.png');
  await v.runCommand('View: Close All Editors');
  await v.openFile('broken.py');
  await check('two syntax errors at once', async () => (await v.problems(2)).join('|'), /invalid syntax.*invalid syntax/);
  await v.screenshot('errors.png');
  await check('a mended line clears its error', async () => {
    await v.goto(5, 1);
    await v.page.keyboard.press('Control+Shift+k');
    await v.type('def broken(x):\n');
    return until(async () => {
      const rows = await v.problems(1);
      return rows.length === 1 && /Ln 10/.test(rows[0]) && rows[0];
    }, 'one problem left, on the line it moved to');
  }, /Ln 10/);
} catch (error) {
  failed++;
  console.log(`FAIL ${error.stack}`);
  await v.screenshot('fail.png').catch(() => {});
}
if (failed > 0) {
  for (const [name, text] of Object.entries(v.logs(/exthost|Vitrine/i))) console.log(`--- ${name}\n${text.slice(-3000)}`);
}
await v.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
