#!/system/bin/sh
# Runs one program for the harness, detached from adb.
#
#   setsid sh job.sh LIMIT HEAD TAIL MASK SAMPLE COMMAND [ARGUMENT...]   in a fresh folder, that gets:
#
#   runner   process id of this script        group    process group of the command
#   output   the first HEAD bytes of stdout and stderr, in one stream
#   tail     the last TAIL bytes of what came after them
#   telemetry.txt  what sampler.sh saw, if SAMPLE has words for it
#   allowed  the CPUs that the command may use as the kernel writes them, before it starts and, if it
#            runs that long, a second later; MASK binds it, in taskset's hexadecimal, `-` does not
#   unbound  why it could not be bound to MASK; the command was not started then
#   limited  exists if LIMIT seconds of the phone's clock ended the command
#   times    CPU time as the shell's own `times` writes it: the second line is the command's
#   result   status, start, end (seconds of /proc/uptime), the command's process id and its CPU
#            time; appears when all else is whole
#
# For mksh and toybox of Android 7 and newer: no timeout, no stdbuf, no long options.
limit=$1 head=$2 tail=$3 mask=$4 sample=$5
shift 5
echo $$ >runner
read start rest </proc/uptime
# The first sample is of the phone before the command: its sampler says when it has been made.
[ -z "$sample" ] ||
  (sh "${0%/*}/sampler.sh" $sample 3>&1 >telemetry.txt 2>/dev/null </dev/null &) | read ready

# The inner shell leads a group of its own, so that TERM and KILL reach all that it starts.
{
  setsid sh -c 'echo $$ >group
    [ $0 = - ] || taskset -p $0 $$ 2>unbound >/dev/null || exit 1
    rm -f unbound
    while read key value; do
      [ $key != Cpus_allowed_list: ] || echo $value >allowed
    done </proc/self/status
    exec "$@"' $mask "$@" </dev/null 2>&1
  echo $? >status
  read end rest </proc/uptime
  echo $end >end
  # What the kernel counted for the children that this shell waited for: the command, and what it
  # waited for itself, cut to hundredths of a second. It has no cost while the command runs.
  times >times
  read group <group
  kill -KILL -$group
} 2>errors | {
  head -c $head >output
  tail -c $tail >tail
} >/dev/null 2>&1 &
job=$!

# Naps are short enough to notice that the phone was suspended, and long enough to disturb nothing.
(
  sleep 1
  # Builtins alone: nothing is started beside a program that is being timed.
  read group <group
  while read key value; do
    [ $key != Cpus_allowed_list: ] || echo $value >>allowed
  done </proc/$group/status
  while :; do
    read now rest </proc/uptime
    left=$((${start%.*} + limit - ${now%.*}))
    [ $left -gt 0 ] || break
    [ $left -lt 30 ] || left=30
    sleep $left
  done
  echo limit >limited
  kill -TERM -$(cat group)
  sleep 3
  kill -KILL -$(cat group)
) >/dev/null 2>&1 &

wait $job
# Read by the shell itself: each program that is started here keeps the next launch waiting.
read status <status
read end <end
read group <group
{ read own; read children; } <times
echo "status=$status start=$start end=$end pid=$group cpu=$own $children" >result.part
mv result.part result
# All that is left of this group, this script and the sleeping watch included.
kill -KILL 0
