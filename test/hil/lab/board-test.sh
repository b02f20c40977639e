#!/bin/sh
# What the packaged firmware does on a board: installed by dpkg, run by systemd, with kernel drivers before it. /share
# holds the .deb and pictures, and gets what is worth keeping.
. /lab/guest/proof.sh
green=50
max_on=5.0
active() { systemctl is-active --quiet vigil; }
line_is() { [ "$(gpio level $green)" = "$1" ]; }
said() { journalctl -u vigil --no-pager -o cat --since "@$since" | grep -q -- "$1"; }
mark() { since=$(date +%s); }
person() { camera feed "/share/$1.jpg"; }
nobody() { person nobody; }
dark_again() { eventually 8 'the green line is low' line_is 0; }
# The last track is lost, and whoever comes next is somebody new.
absent() {
  nobody
  sleep 4
}
world() {
  [ -e /share/nobody.jpg ] || ffmpeg -v error -f lavfi -i testsrc2=size=320x240 -frames:v 1 /share/nobody.jpg
  gpio up && gpio record && microphone up && camera up && nobody
}

installs() {
  began=$(up)
  dpkg -i /share/vigil.deb
  measured 'dpkg -i' "$(minus "$(up)" "$began")" s 120
  active
  exited=$(systemctl show vigil --property=ExecMainStartTimestampMonotonic --value)
  ready=$(systemctl show vigil --property=ActiveEnterTimestampMonotonic --value)
  measured 'service ready' "$(awk -v a="$exited" -v b="$ready" 'BEGIN { printf "%.3f", (b - a) / 1e6 }')" s 10
  systemctl is-active --quiet vigil-keeper
  [ "$(gpio holder $green | cut -d' ' -f1)" != free ]
  vigil service status
}
doctor_is_right() {
  vigil doctor --json >/share/doctor.jsonl || [ $? = 1 ]
  cat /share/doctor.jsonl
  grep -q 'tegra-gpio' /share/doctor.jsonl
  grep -q 'Lab Camera\|Lab_Camera' /share/doctor.jsonl
}
imports() {
  mark
  install -o vigil -m 600 /share/Ana.jpg /var/lib/vigil/dataset/Ana.jpg
  eventually 60 'the picture is imported' said '1 new pictures'
}
known_face() {
  began=$(up)
  person ana-another-day
  eventually 30 'the green line is high' line_is 1
  measured 'known face shown to green' "$(minus "$(up)" "$began")" s 30
  dark_again
}
stranger() {
  absent
  gpio record
  mark
  person stranger
  eventually 30 'the stranger is refused' said 'refused.*nobody known'
  sleep 2
  gpio edges $green >$state/edges
  # Never with `!` before a command: the shell takes what it gives for no failure.
  if grep 'set 1' $state/edges; then return 1; fi
  absent
}
never_too_long() {
  # From each set 1 to the next set 0, since the trace began.
  gpio edges $green >$state/edges
  cat $state/edges
  grep -q 'set 1' $state/edges
  longest=$(awk '$2 == "set" && $3 == 1 && !on { on = 1; at = $1 }
    $2 == "set" && $3 == 0 && on { on = 0; if ($1 - at > most) most = $1 - at }
    END { printf "%.3f", most; exit on }' $state/edges)
  measured 'longest green, by the kernel' "$longest" s $max_on
}

since=0
: >$state/measured
world >/dev/null
mkdir -p /etc/vigil
cp /share/vigil.toml /etc/vigil/vigil.toml
prove 'the package installs, and the service is ready' installs
prove 'doctor is right about the board' doctor_is_right
prove 'a picture in the folder of people is imported' imports
prove 'a known face lights line 50' known_face
prove 'never green longer than the bound' never_too_long
prove 'a stranger does not' stranger
cat $state/measured
