// Restricted workspaces get everything but evaluation.

import * as vscode from "vscode";

export async function askToTrust(): Promise<void> {
  const manage = "Manage Workspace Trust";
  const chosen = await vscode.window.showWarningMessage(
    "Vitrine does not run code in a restricted workspace.",
    manage,
  );
  if (chosen === manage) {
    await vscode.commands.executeCommand("workbench.trust.manage");
  }
}
