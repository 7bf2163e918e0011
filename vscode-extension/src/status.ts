// The status item: what the kernel is doing, and a way to stop it.

import * as vscode from "vscode";

import type { KernelStatus } from "./protocol";

const LOOK: Record<KernelStatus["state"], { text: string; tooltip: string; command: string }> = {
  starting: { text: "$(loading~spin) Vitrine", tooltip: "The kernel is starting", command: "vitrine.showOutput" },
  idle: { text: "$(beaker) Vitrine", tooltip: "The kernel is idle. Click for its output", command: "vitrine.showOutput" },
  busy: { text: "$(sync~spin) Vitrine: running", tooltip: "Code is running. Click to interrupt it", command: "vitrine.interrupt" },
  stopped: { text: "$(circle-slash) Vitrine", tooltip: "No kernel is running; the next run starts one", command: "vitrine.restart" },
};

export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("vitrine.status", vscode.StatusBarAlignment.Right, 90);

  constructor() {
    this.item.name = "Vitrine";
    this.show({ state: "stopped" });
    this.item.show();
  }

  show({ state, detail }: KernelStatus): void {
    const { text, tooltip, command } = LOOK[state];
    this.item.text = text;
    this.item.tooltip = detail === undefined ? tooltip : `${tooltip} (${detail})`;
    this.item.command = command;
    void vscode.commands.executeCommand("setContext", "vitrine.busy", state === "busy");
  }

  dispose(): void {
    this.item.dispose();
  }
}
