# proof.sh - read by a test with `.`: runs its proofs and tells what came of each, a line for each on standard output:
#   @pass NAME SECONDS | @fail NAME SECONDS MESSAGE | @measure NAME VALUE UNIT LIMIT
# A proof is a shell function that ends at its first command that fails. Everything else that is printed is a log.
. /lab/guest/common.sh
up() { cut -d' ' -f1 /proc/uptime; }
minus() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a - b }'; }
at_most() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }'; }
# prove "WHAT IS SO" FUNCTION
prove() {
  began=$(up)
  echo "--- $1 ($began s)"
  (set -eu; "$2") >$state/proof.log 2>&1 &
  if wait $!; then
    sed 's/^/    /' $state/proof.log
    echo "@pass $1|$(minus "$(up)" "$began")"
  else
    sed 's/^/    /' $state/proof.log
    echo "@fail $1|$(minus "$(up)" "$began")|$(grep -v '^@' $state/proof.log | tail -n 1)"
    journalctl -u vigil -u vigil-keeper --no-pager -o short-monotonic -n 25 | sed 's/^/    | /'
  fi
}
# measured "WHAT" VALUE UNIT LIMIT: fails above the limit.
measured() {
  echo "@measure $1|$2|$3|$4" >>$state/measured
  at_most "$2" "$4" || { echo "$1: $2 $3, at most $4"; return 1; }
}
# eventually SECONDS "WHAT" COMMAND...: looks four times a second.
eventually() {
  eventually_until=$(awk -v a="$(up)" -v b="$1" 'BEGIN { print a + b }')
  eventually_what=$2
  eventually_limit=$1
  shift 2
  until "$@" >/dev/null 2>&1; do
    at_most "$(up)" "$eventually_until" || { echo "not within $eventually_limit s: $eventually_what"; return 1; }
    sleep 0.25
  done
}
