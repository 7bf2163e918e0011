// The arguments that a command of the server takes from the active editor.

import type * as vscode from "vscode";

/** Arguments as docs/lsp.md lists them; none where there is no editor. */
export function commandArguments(id: string, editor: vscode.TextEditor | undefined): object[] {
  if (editor === undefined) {
    return [];
  }
  const uri = editor.document.uri.toString();
  const { start, end, active } = editor.selection;
  const place = ({ line, character }: vscode.Position) => ({ line, character });
  switch (id) {
    case "vitrine.runCell":
    case "vitrine.runAbove":
    case "vitrine.runToCursor":
      return [{ uri, line: active.line }];
    case "vitrine.runSelection":
      return [{ uri, range: { start: place(start), end: place(end) } }];
    case "vitrine.runFile":
      return [{ uri }];
    case "vitrine.showBytecode":
    case "vitrine.showTokens":
    case "vitrine.showTree":
    case "vitrine.showSymbols":
      return [{ uri, position: place(active) }];
    default:
      return [];
  }
}
