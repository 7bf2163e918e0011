// Drives a real VS Code (code-server) in headless Chromium, installed by setup.sh.
//   import { startVSCode } from './vscode.mjs'
//   const v = await startVSCode({ vsix: 'x.vsix', workspace: 'dir', settings: {...} });
//   await v.openFile('a.py'); await v.problems(); await v.hoverAt(4, 5); ... await v.stop();
// Lines and columns count from 1.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';

export const STACK = process.env.E2E_STACK || path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'editors-e2e');
const CS = path.join(STACK, 'code-server/node_modules/code-server/out/node/entry.js');
const NODE = path.join(STACK, 'nodebin/node');
const { chromium } = createRequire(path.join(STACK, 'playwright/package.json'))('playwright-core');

// Deadlines are for failures only: what succeeds is noticed at once. A machine that is busy with a build takes several times as
// long as an idle one, and every failure seen in these checks was a deadline; so all are long.
const PATIENCE = Number(process.env.E2E_PATIENCE || 4);
export const sleep = ms => new Promise(r => setTimeout(r, ms));
// Polls fn until it returns something truthy (an empty array is not); throws after `ms` with the last value or error.
export async function until(fn, what, ms = 20000, every = 100) {
  const end = Date.now() + ms * PATIENCE; let last;
  for (;;) {
    try { last = await fn(); if (Array.isArray(last) ? last.length : last) return last; } catch (e) { last = e; }
    if (Date.now() > end) throw new Error(`timed out after ${ms} ms waiting for ${what}; last: ${last instanceof Error ? last.message.split('\n')[0] : JSON.stringify(last)}`);
    await sleep(every);
  }
}
const freePort = () => new Promise((ok, no) => { const s = net.createServer(); s.once('error', no); s.listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => ok(port)); }); });

const SETTINGS = {
  'workbench.startupEditor': 'none', 'workbench.tips.enabled': false, 'workbench.editor.enablePreview': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden', 'chat.disableAIFeatures': true, 'chat.agentHost.enabled': false,
  'telemetry.telemetryLevel': 'off', 'update.mode': 'none', 'extensions.autoUpdate': false, 'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true, 'editor.hover.delay': 100, 'editor.cursorBlinking': 'solid',
  'editor.minimap.enabled': false, 'git.enabled': false, 'npm.autoDetect': 'off', 'typescript.disableAutomaticTypeAcquisition': true,
  'files.autoSave': 'off', 'files.hotExit': 'off',   // VS Code in a browser autosaves by default
  'files.simpleDialog.enable': true, 'workbench.enableExperiments': false, 'window.commandCenter': false,
};

// Env of every child: the wheel's node first, no proxy for loopback, an empty marketplace.
const childEnv = extra => ({ ...process.env, PATH: path.join(STACK, 'nodebin') + ':' + process.env.PATH,
  EXTENSIONS_GALLERY: '{}', NO_PROXY: '127.0.0.1,localhost', ...extra });

export function installVsix(vsix, extDir, userDir) {
  const r = spawnSync(NODE, [CS, '--install-extension', path.resolve(vsix), '--force', '--extensions-dir', extDir,
    '--user-data-dir', userDir, '--config', path.join(userDir, 'config.yaml')], { env: childEnv(), encoding: 'utf8', timeout: 120000 * PATIENCE });
  if (r.status !== 0 || !/successfully installed/.test(r.stdout + r.stderr)) throw new Error('vsix install failed: ' + r.stdout + r.stderr);
}

export async function startVSCode({ vsix, workspace, settings = {}, env = {}, shots, trust = false, viewport = { width: 1400, height: 900 }, keep = false, copy = true, open = true, verbose = false, flags: more = [] } = {}) {
  const t0 = Date.now(), times = {}, lap = k => { times[k] = Date.now() - t0; };
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'vsc-e2e-'));
  const userDir = path.join(home, 'ud'), extDir = path.join(home, 'ext');
  fs.mkdirSync(path.join(userDir, 'User'), { recursive: true });
  fs.writeFileSync(path.join(userDir, 'User/settings.json'), JSON.stringify({ ...SETTINGS, ...settings }, null, 1));
  // remote ("Machine") settings too: a window that runs extension tests keeps its user settings in memory
  fs.mkdirSync(path.join(userDir, 'Machine'), { recursive: true });
  fs.writeFileSync(path.join(userDir, 'Machine/settings.json'), JSON.stringify({ ...SETTINGS, ...settings }, null, 1));
  fs.writeFileSync(path.join(userDir, 'config.yaml'), 'auth: none\n');
  if (workspace && copy) {   // the editor writes into what it opens: give it a copy
    const to = path.join(home, path.basename(path.resolve(workspace)));
    fs.cpSync(path.resolve(workspace), to, { recursive: true, verbatimSymlinks: true }); workspace = to;
  }
  for (const x of [vsix].flat().filter(Boolean)) installVsix(x, extDir, userDir);
  lap('vsixInstalled');
  const port = await freePort();
  const log = fs.openSync(path.join(home, 'server.log'), 'a');
  const flags = ['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--user-data-dir', userDir, '--extensions-dir', extDir,
    '--config', path.join(userDir, 'config.yaml'), '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'];
  flags.push(...more);
  if (!trust) flags.push('--disable-workspace-trust');
  if (verbose) flags.push('-vvv');
  // detached: its own process group, so that stop() ends the agent host and the extension host too
  const server = spawn(NODE, [CS, ...flags], { env: childEnv(env), stdio: ['ignore', log, log], detached: true });
  let browser, stopped = false;
  const killServer = sig => { try { process.kill(-server.pid, sig); } catch { /* gone */ } };
  const onExit = () => killServer('SIGKILL');
  process.on('exit', onExit);
  const v = { home, workspace, port, times, pid: server.pid, consoleErrors: [] };
  v.stop = async () => {
    if (stopped) return; stopped = true;
    await browser?.close().catch(() => {});
    killServer('SIGTERM'); await sleep(500); killServer('SIGKILL'); process.off('exit', onExit);
    if (!keep) fs.rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    await until(() => fetch(`http://127.0.0.1:${port}/healthz`).then(r => r.ok), 'code-server to listen', 30000);
    lap('listening');
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic',
      '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'] });
    const ctx = await browser.newContext({ viewport, permissions: ['clipboard-read', 'clipboard-write'] });
    // nothing but loopback: what would go out fails at once instead of waiting for DNS
    await ctx.route(u => !['127.0.0.1', 'localhost'].includes(u.hostname) && /^https?:$/.test(u.protocol), r => r.abort());
    const page = v.page = await ctx.newPage();
    page.on('console', m => { if (m.type() === 'error') v.consoleErrors.push(m.text().slice(0, 500)); });
    Object.assign(v, helpers(v, page, { shots, userDir, home }));
    if (workspace && open) await v.openFolder(workspace);
    lap('workbench');
    return v;
  } catch (e) {
    e.message += '\n--- server.log\n' + fs.readFileSync(path.join(home, 'server.log'), 'utf8').slice(-2000);
    await v.stop(); throw e;
  }
}

function helpers(v, page, { shots, userDir, home }) {
  const text = s => s.replace(/\u00a0/g, ' ').replace(/[\u200b\ufeff]/g, '');
  const wb = page.locator('.monaco-workbench');
  const quick = page.locator('.quick-input-widget');
  const editor = () => page.locator('.editor-group-container.active .editor-instance .monaco-editor[data-uri]').first();
  const h = {
    // -- windows and files
    async openFolder(dir) {
      await page.goto(`http://127.0.0.1:${v.port}/?folder=${encodeURIComponent(path.resolve(dir))}`, { waitUntil: 'domcontentloaded' });
      await wb.waitFor({ timeout: 60000 * PATIENCE });
      await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor({ timeout: 60000 * PATIENCE });
    },
    async openFile(rel) {
      await h.quickInput('Control+p', rel);
      await until(async () => (await quick.locator('.monaco-list-row').first().innerText()).includes(path.basename(rel)), 'quick open to list ' + rel);
      await page.keyboard.press('Enter');
      await page.locator(`.tab.active[data-resource-name="${path.basename(rel)}"]`).waitFor({ timeout: 15000 * PATIENCE });
      // a tab is there before its editor is: the window's title follows the editor
      await until(async () => (await page.title()).includes(path.basename(rel)), `the editor of ${rel}`, 30000);
      if (rel.endsWith('.ipynb')) await page.locator('.notebookOverlay .monaco-list-row').first().waitFor({ state: 'attached', timeout: 30000 * PATIENCE });
    },
    // Opens a quick input by a key and types into it. Retried: the workbench may still drop the first key.
    async quickInput(key, value) {
      for (let i = 0; ; i++) {
        await page.keyboard.press('Escape');
        await page.keyboard.press(key);
        try { await quick.locator('input').first().waitFor({ state: 'visible', timeout: 3000 * PATIENCE }); break; } catch (e) { if (i === 4) throw e; }
      }
      await quick.locator('input').first().fill(value);
    },
    // -- commands
    async runCommand(name) {
      await until(async () => {   // a command of an extension not yet scanned is not there: ask again
        await h.quickInput('F1', '>' + name);
        const first = quick.locator('.monaco-list-row').first();
        await first.waitFor({ timeout: 2000 * PATIENCE });
        return text(await first.innerText()).toLowerCase().includes(name.toLowerCase());
      }, 'command ' + name, 20000, 1000);
      await page.keyboard.press('Enter');
      // closed, or replaced by the command's own input
      await until(async () => !(await quick.isVisible()) || !(await quick.locator('input').first().inputValue()).startsWith('>'), 'palette to close', 5000, 50);
    },
    async type(str) { await editor().locator('.native-edit-context, textarea.inputarea').first().focus(); await page.keyboard.insertText(str); },
    async save() { await page.keyboard.press('Control+s'); await until(async () => !(await page.locator('.tab.active.dirty').count()), 'save', 5000); },
    // Quick fixes / code actions at a place: their titles; pass `choose` to apply one.
    async codeActions(line, col, choose) {
      const row = page.locator('.action-widget .monaco-list-row.action, .action-widget .monaco-list-row');
      for (let i = 0; ; i++) {  // the key is lost on an editor that is about to take the focus or new diagnostics
        await h.goto(line, col); await page.keyboard.press('Control+.');
        try { await row.first().waitFor({ timeout: 2500 * PATIENCE }); break; } catch (e) { if (i === 3) throw e; }
      }
      const titles = (await row.allInnerTexts()).map(t => text(t).trim()).filter(Boolean);
      if (choose) await row.filter({ hasText: choose }).first().click(); else await page.keyboard.press('Escape');
      return titles;
    },
    async pick(label) {  // chooses an entry of an open quick pick
      await quick.locator('.monaco-list-row', { hasText: label }).first().click({ timeout: 10000 * PATIENCE });
    },
    // -- what the editor shows
    editor,
    async goto(line, col = 1) {   // 1-based
      await h.quickInput('Control+g', `:${line}:${col}`);
      await page.keyboard.press('Enter');
      await until(async () => text(await page.locator('#status\\.editor\\.selection').innerText()).includes(`Ln ${line}, Col ${col}`), `cursor at ${line}:${col}`);
    },
    async squiggles() { return page.locator('.squiggly-error, .squiggly-warning, .squiggly-info, .squiggly-hint').evaluateAll(es => es.map(e => e.className.match(/squiggly-\w+/)[0])); },
    async problems(want = 1, ms = 20000) {  // opens Problems, returns its rows' text once there are `want` markers
      if (!(await page.locator('.markers-panel').isVisible().catch(() => false))) await h.runCommand('Problems: Focus on Problems View');
      const rows = () => page.locator('.markers-panel .monaco-list-row').evaluateAll(es => es.map(e => (e.querySelector('.marker-message-details-container, .marker-message-line') ? 'marker: ' : 'file: ') + e.innerText.replace(/\s+/g, ' ').trim()));
      if (want === 0) return until(async () => (await rows()).every(r => !r.startsWith('marker')) && ['none'], 'no problems', ms);
      return until(async () => { const r = (await rows()).filter(x => x.startsWith('marker')); return r.length >= want && r.map(x => x.slice(8)); }, want + ' problem(s)', ms);
    },
    async problemsBadge() { return text(await page.locator('#status\\.problems').getAttribute('aria-label') ?? ''); },
    // Hover text. By key by default (cursor, then "Show or Focus Hover"); {mouse:true} points at the character instead.
    // A hover fills in parts (the marker first, a server's answer later): give `want` (a RegExp), or it waits `settle` ms unchanged.
    async hoverAt(line, col, { want, mouse = false, settle = 800, ms = 10000 } = {}) {
      const box = page.locator('.monaco-resizable-hover:visible .monaco-hover, .monaco-editor .monaco-hover:not(.hidden)').first();
      await h.goto(line, col);
      const show = async () => {
        if (mouse) {
          const c = await editor().locator('.cursors-layer .cursor').first().boundingBox();
          await page.mouse.move(c.x + 300, c.y + 200); await page.mouse.move(c.x + 3, c.y + c.height / 2, { steps: 4 });
        } else { await page.keyboard.press('Control+k'); await page.keyboard.press('Control+i'); }
        await box.waitFor({ state: 'visible', timeout: 3000 * PATIENCE });
      };
      let last = '', since = Date.now();
      return until(async () => {
        if (!(await box.isVisible())) { await show(); since = Date.now(); }
        const t = text(await box.innerText({ timeout: 1000 * PATIENCE })).trim();
        if (t !== last) { last = t; since = Date.now(); }
        if (!t || /^Loading/.test(t)) return '';
        return (want ? want.test(t) : Date.now() - since >= settle) && t;
      }, `hover at ${line}:${col}${want ? ' matching ' + want : ''}`, ms).catch(e => { e.message += '; the hover said ' + JSON.stringify(last); throw e; });
    },
    async codeLenses() { return page.locator('.codelens-decoration a').evaluateAll(es => es.map(e => e.textContent.trim())); },
    // Lenses come about a second after the diagnostics, and not at all while the focus left the editor before they did: then focus it.
    async waitCodeLens(label, ms = 15000) {
      const a = page.locator('.codelens-decoration a', { hasText: label }).first();
      await until(async () => { try { await a.waitFor({ timeout: 2500 * PATIENCE }); return true; } catch { await h.runCommand('View: Focus Active Editor Group'); } }, 'code lens ' + label + '; there are ' + JSON.stringify(await h.codeLenses()), ms);
      return a;
    },
    async codeLensClick(label) { await (await h.waitCodeLens(label)).click(); },
    async lines() { return (await editor().locator('.view-line').evaluateAll(es => es.sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top)).map(e => e.textContent))).map(text); },
    // Inlay hints are injected text: spans of the line, of class dyn-rule-*, whose text is not in the file.
    async inlayHints() { return (await editor().locator('.view-line span[class*="dyn-rule"]').evaluateAll(es => es.map(e => e.textContent))).map(text).filter(s => s.trim()); },
    // Decorations: `after`/`before` text lives in CSS (a pseudo-element), the line's colour in .view-overlays.
    async decorations() {
      return editor().evaluate(ed => {
        const out = [];
        for (const e of ed.querySelectorAll('[class*="ced-"]')) for (const side of ['::before', '::after']) {
          const c = getComputedStyle(e, side).content; if (c && !['none', 'normal', '""'].includes(c)) out.push(JSON.parse(c));
        }
        return out;
      });
    },
    // -- notifications, status bar, output, webviews, notebooks
    async notifications() { return (await page.locator('.notification-list-item-message').allInnerTexts()).map(text); },
    async waitNotification(re, ms = 10000) { return until(async () => (await h.notifications()).find(t => re.test(t)), 'notification ' + re, ms); },
    async clearNotifications() { await h.runCommand('Notifications: Clear All Notifications'); },
    async statusBar() { return (await page.locator('.part.statusbar .statusbar-item-label').allInnerTexts()).map(t => text(t).trim()).filter(Boolean); },
    // A webview's own document: two iframes down. `n` counts the visible webviews.
    webview(n = 0) { return page.frameLocator('iframe.webview.ready').nth(n).frameLocator('#active-frame'); },
    async trustDialog() { return (await page.locator('.monaco-dialog-box').innerText({ timeout: 10000 * PATIENCE })); },
    async clickDialog(label) { await page.locator('.monaco-dialog-box .monaco-button', { hasText: label }).first().click(); },
    // -- logs on disk: every file under the run's logs folder whose path matches
    logs(re = /exthost/) {
      const out = {}; const walk = d => { for (const e of fs.existsSync(d) ? fs.readdirSync(d, { withFileTypes: true }) : []) { const f = path.join(d, e.name); e.isDirectory() ? walk(f) : re.test(f) && (out[path.relative(userDir, f)] = fs.readFileSync(f, 'utf8')); } };
      walk(path.join(userDir, 'logs')); return out;
    },
    serverLog: () => fs.readFileSync(path.join(home, 'server.log'), 'utf8'),
    async screenshot(file) { const f = path.isAbsolute(file) || !shots ? file : path.join(shots, file); fs.mkdirSync(path.dirname(f), { recursive: true }); await page.screenshot({ path: f }); return f; },
  };
  return h;
}
