// Builds the server for this platform and puts it into the extension.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
// The release profile is what everything else builds too; `dist` is for publishing.
const profile = process.env.VITRINE_PROFILE ?? "release";
const name = process.platform === "win32" ? "vitrine.exe" : "vitrine";

execFileSync("cargo", ["build", "--profile", profile, "--workspace", "--bin", "vitrine"], { cwd: root, stdio: "inherit" });
const { target_directory: target } = JSON.parse(
  execFileSync("cargo", ["metadata", "--format-version=1", "--no-deps"], { cwd: root, encoding: "utf8" }),
);
mkdirSync(join(root, "vscode-extension", "server"), { recursive: true });
const copy = join(root, "vscode-extension", "server", name);
copyFileSync(join(target, profile, name), copy);
chmodSync(copy, 0o755);
