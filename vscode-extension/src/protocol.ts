// What Vitrine's server says beyond the Language Server Protocol (docs/lsp.md).

/** `vitrine/status`: what the evaluation kernel is doing. */
export interface KernelStatus {
  state: "starting" | "idle" | "busy" | "stopped";
  detail?: string;
}

/** `vitrine/output`: a piece of what a program printed. */
export interface OutputChunk {
  uri: string;
  stream: "stdout" | "stderr";
  text: string;
}

/** One line's result; lines count from 0. */
export interface LineResult {
  line: number;
  text: string;
  kind: "value" | "output" | "error";
  /** The text has changed since, or something it read has. */
  stale: boolean;
}

/** `vitrine/results`: all results of a document; replaces the earlier ones. */
export interface Results {
  uri: string;
  version?: number;
  results: LineResult[];
}
