// Side documents: the tokens, tree, symbol table and bytecode of a file, live.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

const SCHEME = "vitrine";
const DELAY_MS = 150;

/** The layers that can be looked at, by the command that shows them. */
const LAYERS = { showBytecode: "bytecode", showTokens: "tokens", showTree: "tree", showSymbols: "symbols" } as const;
type Command = keyof typeof LAYERS;

class LayerDocuments implements vscode.TextDocumentContentProvider {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;

  constructor(private readonly client: LanguageClient) {}

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { command, source } = JSON.parse(uri.query) as { command: Command; source: string };
    const text = await this.client.sendRequest<unknown>("workspace/executeCommand", {
      command: `vitrine.${command}`,
      arguments: [{ uri: source }],
    });
    return typeof text === "string" ? text : "";
  }

  refresh(source: vscode.Uri): void {
    for (const { uri } of vscode.workspace.textDocuments) {
      if (uri.scheme === SCHEME && (JSON.parse(uri.query) as { source: string }).source === source.toString()) {
        this.changed.fire(uri);
      }
    }
  }
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

export function registerViews(context: vscode.ExtensionContext, client: LanguageClient): void {
  const documents = new LayerDocuments(client);
  let pending: NodeJS.Timeout | undefined;
  context.subscriptions.push(
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, documents),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (document.languageId === "python") {
        clearTimeout(pending);
        pending = setTimeout(() => documents.refresh(document.uri), DELAY_MS);
      }
    }),
    { dispose: () => clearTimeout(pending) },
  );
  for (const command of Object.keys(LAYERS) as Command[]) {
    context.subscriptions.push(vscode.commands.registerCommand(`vitrine.${command}`, () => show(command)));
  }
}
