#!/usr/bin/env bash
# Deletes the logs that sockeye --log-level left and that are older than some
# days.
set -euo pipefail

usage() {
	cat <<'END'
usage: scripts/clear_old_logs.sh [DAYS]

Deletes sockeye's logs of this user that are older than DAYS days (default 14;
0 for all) from $XDG_STATE_HOME/sockeye/logs, and prints their names.
END
}

days=${1:-14}
case $days in
-h | --help) usage; exit 0 ;;
*[!0-9]* | '') usage >&2; exit 2 ;;
esac
[ $# -le 1 ] || { usage >&2; exit 2; }

state=${XDG_STATE_HOME:-}
case $state in /*) ;; *) state=$HOME/.local/state ;; esac # as the XDG specification has it
logs=$state/sockeye/logs
[ -d "$logs" ] && [ ! -L "$logs" ] || exit 0

age=()
[ "$days" -eq 0 ] || age=(-mmin "+$((days * 24 * 60))")
# The odd expansion is for bash 3.2 of macOS, to which an empty array is unset.
find "$logs" -maxdepth 1 -type f -name 'sockeye_*.log' ${age[@]+"${age[@]}"} -print -delete
