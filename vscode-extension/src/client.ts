// Starting the server and filling in what its commands need.

import { existsSync } from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions, type ServerOptions } from "vscode-languageclient/node";

import { commandArguments } from "./commandArguments";
import { askToTrust } from "./trust";

/** Commands of the server that evaluate, which a restricted workspace does not. */
const EVALUATING = new Set(["vitrine.runCell", "vitrine.runSelection", "vitrine.runFile", "vitrine.runAbove", "vitrine.runToCursor"]);

/** The program to start: the configured one, else the one in this extension. */
export function serverPath(context: vscode.ExtensionContext): string {
  const configured = vscode.workspace.getConfiguration("vitrine").get<string>("server.path", "").trim();
  if (configured !== "") {
    return configured;
  }
  const bundled = context.asAbsolutePath(path.join("server", process.platform === "win32" ? "vitrine.exe" : "vitrine"));
  return existsSync(bundled) ? bundled : "vitrine";
}

export function createClient(context: vscode.ExtensionContext): LanguageClient {
  const command = serverPath(context);
  const serverOptions: ServerOptions = { command, args: ["server", "--stdio"] };
  const clientOptions: LanguageClientOptions = {
    documentSelector: [
      { language: "python", scheme: "file" },
      { language: "python", scheme: "untitled" },
    ],
    synchronize: { configurationSection: "vitrine" },
    initializationOptions: {
      results: "notification",
      output: "notification",
      settings: vscode.workspace.getConfiguration("vitrine"),
    },
    middleware: {
      // Lenses pass their arguments; keys and the palette pass none.
      executeCommand: async (id, args, next) => {
        if (EVALUATING.has(id) && !vscode.workspace.isTrusted) {
          return askToTrust();
        }
        const filled = args.length > 0 ? args : commandArguments(id, vscode.window.activeTextEditor);
        return next(id, filled) as unknown;
      },
    },
  };
  return new LanguageClient("vitrine", "Vitrine", serverOptions, clientOptions);
}
