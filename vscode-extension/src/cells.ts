// Shift+Enter: run the selection if there is one, else the cell, and move on.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { commandArguments } from "./commandArguments";
import { nextCellLine } from "./cellMarks";
import { askToTrust } from "./trust";

export interface Cells {
  runCellOrSelection(): Promise<void>;
}

export function registerCells(context: vscode.ExtensionContext, client: LanguageClient): Cells {
  const runCellOrSelection = async (): Promise<void> => {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined) {
      return;
    }
    if (!vscode.workspace.isTrusted) {
      return askToTrust();
    }
    const command = editor.selection.isEmpty ? "vitrine.runCell" : "vitrine.runSelection";
    const request = client.sendRequest("workspace/executeCommand", {
      command,
      arguments: commandArguments(command, editor),
    });
    if (editor.selection.isEmpty) {
      const next = nextCellLine(editor.document.getText().split(/\r\n|\r|\n/), editor.selection.active.line);
      if (next !== undefined) {
        const place = new vscode.Position(next, 0);
        editor.selection = new vscode.Selection(place, place);
        editor.revealRange(new vscode.Range(place, place), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
      }
    }
    await request;
  };
  context.subscriptions.push(vscode.commands.registerCommand("vitrine.runCellOrSelection", runCellOrSelection));
  return { runCellOrSelection };
}
