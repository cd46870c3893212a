#!/system/bin/sh
# Writes down what a phone does while a job runs. job.sh starts it in its own group, and so ends it.
#
#   sh sampler.sh SECONDS NAME=NODE...   in the job's folder; to standard output goes
#
# a line with the names of the columns, then a line a sample: a word for each, `-` where the node
# said nothing. Beside the clock stands the memory of the job's command in kB. A line on descriptor
# 3 tells that the first sample, of the time before the command, has been made.
#
# For mksh and toybox of Android 7 and newer. A sample is made of the shell's own commands: nothing
# is started but one `sleep`, and taskset once, which keeps all of it on the first CPU.
taskset -p 1 $$ >/dev/null 2>&1
period=$1 names=uptime nodes=/proc/uptime pid= told=
shift
for pair in "$@"; do
  names="$names ${pair%%=*}" nodes="$nodes ${pair#*=}"
done
echo "$names VmHWM VmRSS VmSwap"
# An hour at one a second; what runs longer has had its say.
left=4000
while [ $left -gt 0 ]; do
  left=$((left - 1)) line= peak=- held=- swapped=-
  for node in $nodes; do
    value=-
    read value rest <$node
    # A sensor that is switched off can be opened and not read.
    [ -n "$value" ] || value=-
    line="$line $value"
  done
  [ -n "$pid" ] || read pid <group
  while read key value rest; do
    case $key in
    VmHWM:) peak=$value ;;
    VmRSS:) held=$value ;;
    VmSwap:)
      swapped=$value
      break
      ;;
    esac
  done </proc/$pid/status
  echo "${line# } $peak $held $swapped"
  [ -n "$told" ] || { told=yes; echo ready >&3; exec 3>&-; }
  # Not every sleep knows parts of a second.
  sleep $period || sleep 1
done 2>/dev/null
