// The VS Code client: it starts the server and shows what the server says.
// What any LSP client can do is done by the server; here are only the things
// that plain LSP has no word for (inline results, a status item, side documents).

import * as vscode from "vscode";

import { type Cells, registerCells } from "./cells";
import { createClient } from "./client";
import { OutputView } from "./output";
import { ResultDecorations } from "./results";
import { StatusItem } from "./status";
import { registerViews } from "./views";

/** What the tests, and other extensions, may see of a running Vitrine. */
export interface Api {
  readonly cells: Cells;
  readonly results: ResultDecorations;
}

let stop: (() => Promise<void>) | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<Api> {
  const output = new OutputView();
  const results = new ResultDecorations();
  const status = new StatusItem();
  context.subscriptions.push(output, results, status);

  const client = createClient(context);
  const cells = registerCells(context, client);
  registerViews(context, client);
  context.subscriptions.push(
    client.onNotification("vitrine/status", (state) => status.show(state)),
    client.onNotification("vitrine/output", (chunk) => output.append(chunk)),
    client.onNotification("vitrine/results", (message) => results.update(message)),
    vscode.commands.registerCommand("vitrine.showOutput", () => output.reveal()),
    vscode.commands.registerCommand("vitrine.restartServer", async () => {
      results.clear();
      await client.restart();
    }),
  );

  stop = () => client.stop();
  await client.start();
  return { cells, results };
}

export async function deactivate(): Promise<void> {
  await stop?.();
}
