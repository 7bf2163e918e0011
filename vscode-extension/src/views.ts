// Side documents: the tokens, tree, symbol table and bytecode of a file, live,
// with the cursor shown on both sides.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { innermost, linesAt, type Place } from "./layerRanges";

const SCHEME = "vitrine";
const DELAY_MS = 150;

/** The layers that can be looked at, by the command that shows them. */
const LAYERS = { showBytecode: "bytecode", showTokens: "tokens", showTree: "tree", showSymbols: "symbols" } as const;
type Command = keyof typeof LAYERS;

interface Layer {
  text: string;
  /** The source of each line of the text, where there is one. */
  ranges: (Place | null)[];
}

interface Shown {
  command: Command;
  source: string;
}

class LayerDocuments implements vscode.TextDocumentContentProvider {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly ranges = new Map<string, (Place | null)[]>();
  readonly onDidChange = this.changed.event;

  constructor(private readonly client: LanguageClient) {}

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { command, source } = shown(uri);
    const layer = await this.client.sendRequest<Layer>("workspace/executeCommand", {
      command: `vitrine.${command}`,
      arguments: [{ uri: source, ranges: true }],
    });
    this.ranges.set(uri.toString(), layer.ranges);
    return layer.text;
  }

  refresh(source: vscode.Uri): void {
    for (const { uri } of vscode.workspace.textDocuments) {
      if (uri.scheme === SCHEME && shown(uri).source === source.toString()) {
        this.changed.fire(uri);
      }
    }
  }

  of(uri: vscode.Uri): readonly (Place | null)[] {
    return this.ranges.get(uri.toString()) ?? [];
  }

  forget(uri: vscode.Uri): void {
    this.ranges.delete(uri.toString());
  }
}

function shown(uri: vscode.Uri): Shown {
  return JSON.parse(uri.query) as Shown;
}

async function show(command: Command): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || editor.document.languageId !== "python") {
    return;
  }
  const source = editor.document.uri;
  const name = source.path.slice(source.path.lastIndexOf("/") + 1);
  const uri = vscode.Uri.from({
    scheme: SCHEME,
    path: `${name}.${LAYERS[command]}`,
    query: JSON.stringify({ command, source: source.toString() }),
  });
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, {
    viewColumn: vscode.ViewColumn.Beside,
    preserveFocus: true,
    preview: true,
  });
}

/** Marks on one side what belongs to the cursor on the other. */
class CursorBands implements vscode.Disposable {
  private readonly band = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor("editor.wordHighlightStrongBackground"),
    overviewRulerColor: new vscode.ThemeColor("editorOverviewRuler.wordHighlightForeground"),
  });

  constructor(private readonly documents: LayerDocuments) {}

  follow(editor: vscode.TextEditor): void {
    if (editor.document.uri.scheme === SCHEME) {
      this.fromSide(editor);
    } else if (editor.document.languageId === "python") {
      this.fromSource(editor);
    }
  }

  private fromSource(editor: vscode.TextEditor): void {
    const source = editor.document.uri.toString();
    editor.setDecorations(this.band, []);
    for (const side of vscode.window.visibleTextEditors) {
      const { uri, lineCount } = side.document;
      if (uri.scheme !== SCHEME || shown(uri).source !== source) {
        continue;
      }
      const lines = linesAt(this.documents.of(uri), editor.selection.active).filter((line) => line < lineCount);
      side.setDecorations(
        this.band,
        lines.map((line) => side.document.lineAt(line).range),
      );
      if (lines[0] !== undefined) {
        const place = side.document.lineAt(lines[0]).range;
        side.revealRange(place, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
      }
    }
  }

  private fromSide(side: vscode.TextEditor): void {
    const { source } = shown(side.document.uri);
    side.setDecorations(this.band, []);
    const place = innermost(this.documents.of(side.document.uri), side.selection.active.line);
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document.uri.toString() === source) {
        const range =
          place && new vscode.Range(place.start.line, place.start.character, place.end.line, place.end.character);
        editor.setDecorations(this.band, range ? [range] : []);
        if (range) {
          editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
        }
      }
    }
  }

  dispose(): void {
    this.band.dispose();
  }
}

export function registerViews(context: vscode.ExtensionContext, client: LanguageClient): void {
  const documents = new LayerDocuments(client);
  const bands = new CursorBands(documents);
  let pending: NodeJS.Timeout | undefined;
  const followActive = (): void => {
    if (vscode.window.activeTextEditor !== undefined) {
      bands.follow(vscode.window.activeTextEditor);
    }
  };
  context.subscriptions.push(
    bands,
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, documents),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (document.languageId === "python") {
        clearTimeout(pending);
        pending = setTimeout(() => documents.refresh(document.uri), DELAY_MS);
      } else if (document.uri.scheme === SCHEME) {
        followActive();
      }
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => documents.forget(uri)),
    vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => bands.follow(textEditor)),
    vscode.window.onDidChangeVisibleTextEditors(followActive),
    { dispose: () => clearTimeout(pending) },
  );
  for (const command of Object.keys(LAYERS) as Command[]) {
    context.subscriptions.push(
      vscode.commands.registerCommand(`vitrine.${command}`, async () => {
        await show(command);
        followActive();
      }),
    );
  }
}
