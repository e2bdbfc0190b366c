# shellcheck shell=bash
# What the scripts that build and start real parts share. Source it after `set -euo pipefail`.
#
# Progress and errors go to stderr, so that stdout stays free for a script's result. Every wait has a deadline and shows
# that it is waiting. A process started here is stopped by its pid and its start time, so a pid that was given to
# somebody else is never signalled.

pratique_cache=${XDG_CACHE_HOME:-$HOME/.cache}/pratique

# step TEXT: one line of progress.
step() { printf '==> %s\n' "$*" >&2; }

# die MESSAGE [WAY_OUT]: ends the script; WAY_OUT says what the caller can do about it.
die() {
  printf 'error: %s\n' "$1" >&2
  [[ $# -lt 2 ]] || printf '       %s\n' "$2" >&2
  exit 1
}

# script_usage SCRIPT: prints the comment that SCRIPT begins with.
script_usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$1"; }

# elapsed_ticker LABEL [LOG]: shows that LABEL is still running, with the last line of LOG, until it is killed or the
# script ends: in place on a terminal, one line every 30 s elsewhere.
elapsed_ticker() {
  local label=$1 log=${2:-/dev/null} owner=$$ began=$SECONDS spinner='|/-\' beat=0 last
  while sleep 0.25 && kill -0 "$owner" 2>/dev/null; do
    beat=$((beat + 1))
    if [[ -t 2 ]]; then
      last=$(tail -c 300 "$log" | tr '\r' '\n' | tail -n 1)
      printf '\r\e[K    %s %s, %d s  %.60s' "${spinner:beat%4:1}" "$label" $((SECONDS - began)) "$last" >&2
    elif ((beat % 120 == 0)); then
      last=$(tail -c 300 "$log" | tr '\r' '\n' | tail -n 1)
      printf '    %s, %d s  %.60s\n' "$label" $((SECONDS - began)) "$last" >&2
    fi
  done
}

# with_progress LABEL LOG COMMAND...: runs COMMAND with its output in LOG and shows that it is running. A failure shows
# the end of LOG and returns COMMAND's exit code.
with_progress() {
  local label=$1 log=$2 began=$SECONDS status=0 ticker
  shift 2
  : >"$log"
  elapsed_ticker "$label" "$log" &
  ticker=$!
  "$@" >"$log" 2>&1 </dev/null || status=$?
  kill "$ticker" 2>/dev/null && wait "$ticker" 2>/dev/null || true
  [[ ! -t 2 ]] || printf '\r\e[K' >&2
  if ((status == 0)); then
    printf '    %s: done in %d s\n' "$label" $((SECONDS - began)) >&2
  else
    printf '    %s: failed (exit %d) after %d s; the end of %s:\n' "$label" "$status" $((SECONDS - began)) "$log" >&2
    tail -n 40 "$log" | sed 's/^/    | /' >&2
  fi
  return "$status"
}

# wait_until SECONDS WHAT COMMAND...: repeats COMMAND until it succeeds; returns 1 when SECONDS are over.
wait_until() {
  local seconds=$1 what=$2 began=$SECONDS
  shift 2
  # A subshell, so that a trap in between still writes to our stderr.
  until ("$@") >/dev/null 2>&1; do
    if ((SECONDS - began >= seconds)); then
      [[ ! -t 2 ]] || printf '\r\e[K' >&2
      printf '    not within %d s: %s\n' "$seconds" "$what" >&2
      return 1
    fi
    [[ ! -t 2 ]] || printf '\r\e[K    waiting: %s, %d s' "$what" $((SECONDS - began)) >&2
    sleep 0.1
  done
  [[ ! -t 2 ]] || printf '\r\e[K' >&2
}

# free_port: prints a TCP port that nobody listens on, on any address. Ports are given out in turn to all tests of this
# user (the same turn as in tests/support/background_process.cc), so that no two servers get the same one; they lie below
# Linux's ephemeral range (from 32768), so that no outgoing connection can take one before its server does.
free_port() {
  python3 - <<'PYTHON'
import fcntl, os, random, socket, sys

FIRST, LAST = 10_000, 32_000


def next_port():
    file = os.open(f"/tmp/pratique-ports.{os.getuid()}", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX)
    last = int(os.pread(file, 16, 0) or random.randint(FIRST, LAST))
    port = last + 1 if FIRST <= last < LAST else FIRST
    os.pwrite(file, b"%d\n" % port, 0)
    os.close(file)
    return port


def can_be_listened_on(port):
    with socket.socket() as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


port = next(port for port in iter(next_port, None) if can_be_listened_on(port))
sys.stdout.write(f"{port}\n")  # one write, for several may share the pipe
PYTHON
}

# process_start_time PID: field 22 of /proc/PID/stat; fails when there is no such process, or only its zombie.
process_start_time() {
  local stat fields
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  read -ra fields <<<"${stat##*) }"
  [[ ${fields[0]} != Z ]] && printf '%s\n' "${fields[19]}"
}

# start_process DIR NAME COMMAND...: runs COMMAND in a session of its own; log in DIR/logs/NAME.log, pid file in
# DIR/pids/NAME.
start_process() {
  local dir=$1 name=$2 pid
  shift 2
  mkdir -p "$dir/logs" "$dir/pids"
  ! process_is_running "$dir" "$name" || die "$name already runs in $dir" "Stop it first."
  # Descriptors 3 to 9 stay behind: a lock that the script holds must not live as long as the process.
  setsid "$@" >"$dir/logs/$name.log" 2>&1 </dev/null 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  pid=$!
  printf '%s %s\n' "$pid" "$(process_start_time "$pid")" >"$dir/pids/$name"
}

# process_is_running DIR NAME: whether the process that start_process made is alive.
process_is_running() {
  local pid started
  read -r pid started 2>/dev/null <"$1/pids/$2" || return 1
  [[ -n $started && $(process_start_time "$pid") == "$started" ]]
}

process_is_gone() { ! process_is_running "$@"; }

# wait_for_process SECONDS DIR NAME WHAT COMMAND...: as wait_until, but fails at once when the process has ended; a
# failure shows the end of the process's log.
wait_for_process() {
  local seconds=$1 dir=$2 name=$3 what=$4
  shift 4
  if wait_until "$seconds" "$what" succeeds_or_ended "$dir" "$name" "$@" && process_is_running "$dir" "$name"; then
    return 0
  fi
  printf '    the end of %s:\n' "$dir/logs/$name.log" >&2
  tail -n 20 "$dir/logs/$name.log" | cut -c1-300 | sed 's/^/    | /' >&2
  return 1
}

succeeds_or_ended() { "${@:3}" || process_is_gone "$1" "$2"; }

# stop_process DIR NAME [SECONDS]: SIGTERM, then SIGKILL after SECONDS (10). Succeeds when the process is gone, also if
# it never was.
stop_process() {
  local dir=$1 name=$2 seconds=${3:-10} pid
  if process_is_running "$dir" "$name"; then
    read -r pid _ <"$dir/pids/$name"
    kill -TERM "$pid" 2>/dev/null || true
    wait_until "$seconds" "$name ends" process_is_gone "$dir" "$name" || kill -KILL "$pid" 2>/dev/null || true
    wait_until 5 "$name is gone" process_is_gone "$dir" "$name" || return 1
  fi
  rm -f "$dir/pids/$name"
}

# stop_processes DIR: stops everything that start_process made in DIR, the newest first.
stop_processes() {
  local dir=$1 name status=0
  # Names are chosen by scripts (letters and dashes), so ls may list them.
  for name in $(ls -t "$dir/pids" 2>/dev/null); do
    stop_process "$dir" "$name" || status=1
  done
  return "$status"
}

# as_root COMMAND...: with sudo unless we are root.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "this needs root: $*" "Run it as root, or install sudo."
  fi
}
