// The output channel: what programs print.

import * as vscode from "vscode";

import type { OutputChunk } from "./protocol";

export class OutputView implements vscode.Disposable {
  private readonly channel = vscode.window.createOutputChannel("Vitrine Output");

  append({ text }: OutputChunk): void {
    this.channel.append(text);
  }

  reveal(): void {
    this.channel.show(true);
  }

  dispose(): void {
    this.channel.dispose();
  }
}
