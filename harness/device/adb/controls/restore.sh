#!/system/bin/sh
# Puts back the settings of this phone that a benchmark run changed. By hand, at any time:
#
#   sh /data/local/tmp/harness/undo/restore.sh
#
# steps.sh beside it has one line a setting, the last change first. A setting that is as it was is
# left alone; so is one that somebody else has changed meanwhile. Twice is as good as once. One line
# of answer each: NAME as_before | restored | foreign VALUE | gone | failed VALUE
#
# For mksh and toybox of Android 7 and newer.
cd "${0%/*}" || exit 1
[ -f log.json ] && [ -f steps.sh ] || exit 0
failed=0

# undo NAME BEFORE OURS READ PUT; OURS may be several values; without READ nobody can ask
undo() {
  if [ -z "$4" ]; then
    # What cannot be read does not outlive a reboot.
    if [ "$(cat boot)" != "$(cat /proc/sys/kernel/random/boot_id)" ]; then
      echo "$1 gone"
    elif said=$( (eval "$5") </dev/null 2>&1); then
      echo "$1 restored"
    else
      case $said in
      *"not implemented"* | *"Unknown command"*) echo "$1 gone" ;; # what it lacks, it cannot hold
      *)
        echo "$1 failed"
        failed=1
        ;;
      esac
    fi
    return
  fi
  now=$( (eval "$4") </dev/null 2>/dev/null)
  if [ "${now%.0}" = "${2%.0}" ]; then
    echo "$1 as_before"
    return
  fi
  mine=0
  for value in $3; do
    [ "${now%.0}" = "${value%.0}" ] && mine=1
  done
  if [ -n "$now" ] && [ $mine = 0 ]; then
    echo "$1 foreign $now"
    return
  fi
  (eval "$5") </dev/null >/dev/null 2>&1
  now=$( (eval "$4") </dev/null 2>/dev/null)
  if [ "${now%.0}" = "${2%.0}" ]; then
    echo "$1 restored"
  else
    echo "$1 failed $now"
    failed=1
  fi
}

. ./steps.sh
[ $failed = 0 ] && mv log.json done.json
exit $failed
