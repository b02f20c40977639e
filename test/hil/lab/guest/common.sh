# common.sh - read by the helpers with `.`: state folder, errors, background processes.
state=/run/lab
mkdir -p $state
die() { echo "${0##*/}: $*" >&2; exit 1; }
# wait_for SECONDS COMMAND...: true as soon as the command succeeds.
wait_for() {
  tries=$(($1 * 20))
  shift
  until "$@" 2>/dev/null; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 1
    sleep 0.05
  done
}
# end_of NAME: stops the background process whose pid a helper kept, and waits until it is gone.
end_of() {
  [ -e "$state/$1.pid" ] || return 0
  kill "$(cat "$state/$1.pid")" 2>/dev/null
  wait_for 5 not_running "$(cat "$state/$1.pid")" || kill -9 "$(cat "$state/$1.pid")"
  rm -f "$state/$1.pid"
}
not_running() { ! kill -0 "$1" 2>/dev/null; }
