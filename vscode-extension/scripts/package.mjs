// Makes vitrine-PLATFORM-VERSION.vsix from what is built.
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = join(dirname(fileURLToPath(import.meta.url)), "..");
const { version } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
const target = `${process.platform}-${process.arch}`;
const file = `vitrine-${target}-${version}.vsix`;
copyFileSync(join(here, "..", "LICENSE-MIT"), join(here, "LICENSE.txt"));
execFileSync(
  process.execPath,
  [
    join(here, "node_modules", "@vscode", "vsce", "vsce"),
    ...["package", "--no-dependencies", "--allow-missing-repository", "--target", target, "--out", file],
  ],
  { cwd: here, stdio: "inherit" },
);
