#!/bin/sh
# screen_check.sh hx|nvim SERVER FILE LINE COL: what a user of a terminal editor sees. The editor runs in a tmux of its own, and the screen is read.
# Expectations, skipped when empty: WANT_DIAG on the screen at once, WANT_HOVER after the editor's key for it, WANT_HINT after LSP_RUN has run at LINE.
# HX, NVIM=paths (setup.sh leaves them in stack/sid). A deadline is SCREEN_TIMEOUT (s, 60): the screen is looked at ten times a second until then.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 5 ] || { sed -n 2,4p "$0"; exit 2; }
editor=$1 server=$2 file=$(realpath "$3") line=$4 col=$5
home=$(mktemp -d); sock=screen$$; bad=0; good=0
pid=
trap 'tmux -L $sock kill-server 2>/dev/null || :; [ -z "$pid" ] || kill "$pid" 2>/dev/null || :; rm -rf "$home"' EXIT
case $editor in
  hx)
    mkdir -p "$home/helix"
    printf '[language-server.vitrine]\ncommand = "%s"\nargs = ["server"]\n[[language]]\nname = "python"\nlanguage-servers = ["vitrine"]\n' "$server" > "$home/helix/languages.toml"
    printf '[editor]\nend-of-line-diagnostics = "hint"\n[editor.inline-diagnostics]\ncursor-line = "hint"\n[editor.lsp]\ndisplay-inlay-hints = true\n' > "$home/helix/config.toml"
    command="XDG_CONFIG_HOME=$home XDG_CACHE_HOME=$home/cache '$HX' '$file:$line:$col'" ;;
  nvim)
    cat > "$home/init.lua" <<L
vim.diagnostic.config({ virtual_text = true })
vim.api.nvim_create_autocmd('LspAttach', { callback = function(e)
  vim.lsp.inlay_hint.enable(true, { bufnr = e.buf })
  vim.keymap.set('n', '<F5>', function()
    vim.lsp.get_client_by_id(e.data.client_id):request('workspace/executeCommand',
      { command = '${LSP_RUN:-vitrine.runCell}', arguments = { { uri = vim.uri_from_bufnr(e.buf), line = $line - 1 } } }, function() end, e.buf)
  end, { buffer = e.buf })
end })
vim.lsp.config('vitrine', { cmd = { '$server', 'server' }, filetypes = { 'python' }, root_markers = { '.git' } })
vim.lsp.enable('vitrine')
L
    # A server and a screen for it: the newer Neovim is started through another libc, and could not start itself.
    XDG_CONFIG_HOME=$home/c XDG_DATA_HOME=$home/d XDG_STATE_HOME=$home/s XDG_CACHE_HOME=$home/k \
      "$NVIM" --headless --listen "$home/socket" -n -i NONE -u "$home/init.lua" "+call cursor($line, $col)" "$file" </dev/null >"$home/log" 2>&1 &
    pid=$!
    for _ in $(seq 300); do [ ! -S "$home/socket" ] || break; sleep 0.1; done
    command="'$NVIM' --server '$home/socket' --remote-ui" ;;
esac
tmux -L $sock -f /dev/null new-session -d -x 160 -y 45 "$command"
screen() { tmux -L $sock capture-pane -p 2>&1; }
keys() { for k; do tmux -L $sock send-keys "$k"; done; }
check() { # NAME WANTED [KEYS...]: the keys are pressed again every five seconds, for an editor that was not ready for them
  name=$1 want=$2; shift 2; [ -n "$want" ] || return 0; i=0
  while [ $i -lt $((${SCREEN_TIMEOUT:-60} * 10)) ]; do
    [ $((i % 50)) != 0 ] || keys "$@"
    if screen | grep -qF -- "$want"; then good=$((good + 1)); echo "ok   $name"; return 0; fi
    sleep 0.1; i=$((i + 1)); done
  bad=$((bad + 1)); echo "FAIL $name: wanted '$want', the screen is"; screen | sed 's/ *$//' | grep -v '^$'; }
check 'diagnostic on the screen' "${WANT_DIAG:-}"
# Run when there is a screen, as users do: Neovim may lose a hint that comes while it is still opening the file.
check 'inlay hint on the screen' "${WANT_HINT:-}" F5
if [ $editor = hx ]; then check 'hover on the screen' "${WANT_HOVER:-}" Escape Space k; else check 'hover on the screen' "${WANT_HOVER:-}" K; fi
echo "$good passed, $bad failed"; [ $bad = 0 ]
