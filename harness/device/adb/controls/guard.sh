#!/system/bin/sh
# Restores the settings of this phone if whoever changed them is not heard of in time. Started by
# the harness in a session of its own, so that it outlives the link:
#
#   setsid sh guard.sh     beside log.json, which says that there is something to undo
#
#   until   seconds of /proc/uptime; the host moves it on with every launch
#   guard   process id of this script
#   told    what restore.sh answered, if this script had to run it
#
# It sleeps nearly always: one short process a minute, since a suspended phone stops the clock of
# `sleep`. For mksh and toybox of Android 7 and newer.
cd "${0%/*}" || exit 1
echo $$ >guard
tries=6
while [ -f log.json ]; do
  end=0
  read end <until
  read now rest </proc/uptime
  left=$((end - ${now%.*}))
  if [ $left -gt 0 ]; then
    [ $left -le 60 ] || left=60
    sleep $left
    continue
  fi
  sh "$PWD/restore.sh" >told.part 2>/dev/null
  mv told.part told
  tries=$((tries - 1))
  [ -f log.json ] && [ $tries -gt 0 ] || break
  sleep 600
done
rm -f guard
