// Values beside their lines.

import * as vscode from "vscode";

import type { LineResult, Results } from "./protocol";
import { inlineText } from "./resultText";

type Kind = LineResult["kind"] | "stale";

const COLOURS: Record<Kind, string> = {
  value: "editorInlayHint.foreground",
  output: "descriptionForeground",
  error: "errorForeground",
  stale: "disabledForeground",
};

export class ResultDecorations implements vscode.Disposable {
  private readonly types = new Map<Kind, vscode.TextEditorDecorationType>();
  private readonly byUri = new Map<string, LineResult[]>();
  private readonly subscriptions: vscode.Disposable[] = [];

  constructor() {
    for (const kind of Object.keys(COLOURS) as Kind[]) {
      this.types.set(
        kind,
        vscode.window.createTextEditorDecorationType({
          after: {
            color: new vscode.ThemeColor(COLOURS[kind]),
            fontStyle: kind === "stale" ? "italic" : "normal",
            margin: "0 0 0 2em",
          },
          rangeBehavior: vscode.DecorationRangeBehavior.ClosedOpen,
        }),
      );
    }
    this.subscriptions.push(
      vscode.window.onDidChangeVisibleTextEditors(() => this.redraw()),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.byUri.delete(uri.toString())),
    );
  }

  /** Replaces a document's results. */
  update({ uri, results }: Results): void {
    this.byUri.set(vscode.Uri.parse(uri).toString(), results);
    this.redraw();
  }

  /** The results of a document, for tests. */
  of(uri: vscode.Uri): readonly LineResult[] {
    return this.byUri.get(uri.toString()) ?? [];
  }

  clear(): void {
    this.byUri.clear();
    this.redraw();
  }

  dispose(): void {
    for (const item of [...this.subscriptions, ...this.types.values()]) {
      item.dispose();
    }
  }

  private redraw(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const results = this.byUri.get(editor.document.uri.toString()) ?? [];
      for (const [kind, type] of this.types) {
        const shown = results.filter((result) => (result.stale ? "stale" : result.kind) === kind);
        editor.setDecorations(
          type,
          shown
            .filter(({ line }) => line < editor.document.lineCount)
            .map((result) => ({
              range: editor.document.lineAt(result.line).range,
              hoverMessage: new vscode.MarkdownString().appendCodeblock(result.text, "python"),
              renderOptions: { after: { contentText: inlineText(result.text) } },
            })),
        );
      }
    }
  }
}
