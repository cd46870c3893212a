#!/system/bin/sh
# Runs one program under the system's tracer, and leaves the phone as it was. Called by job.sh:
#
#   sh traced.sh MARK LIMIT TOOL COMMAND [ARGUMENT...]   in a job's folder, where there will be:
#
#   traced    a link to TOOL, by which COMMAND starts it: programs are chosen by the name that they
#             were started by, and it must fit into a property
#   trace.bin the trace
#   untraced  why there is none; COMMAND was not started then
#
# MARK holds, as long as it is there, what the property below was before: whoever finds it restores
# that and removes the tracer's file. For mksh and toybox of Android 7 and newer.
mark=$1 limit=$2
ln -s "$3" traced
shift 3
property=debug.tflite.trace
file=/data/misc/perfetto-traces/harness.pftrace

restore() {
  setprop $property "$(cat $mark)"
}

begin() {
  # Through pipes alone: the tracers run in domains of their own, which may not read our files.
  if command -v perfetto >/dev/null; then
    rm -f $file
    said=$(echo "buffers: { size_kb: 65536 fill_policy: DISCARD }
      data_sources: { config { name: \"linux.ftrace\" ftrace_config {
        ftrace_events: \"ftrace/print\" atrace_apps: \"./traced\" buffer_size_kb: 8192 } } }
      duration_ms: ${limit}000" | perfetto --txt -c - -o $file --background 2>&1) &&
      tracer=$(echo "$said" | grep -E '^[0-9]+$' | head -n 1) && [ -n "$tracer" ] && return
  fi
  tracer=
  said="$said $(atrace --async_start -b 16384 -a ./traced 2>&1)"
}

end() {
  restore
  if [ -n "$tracer" ]; then
    kill -TERM $tracer
    for second in 1 2 3 4 5 6 7 8 9 10; do
      kill -0 $tracer || break
      sleep 1
    done
    cat $file
    rm -f $file
  else
    atrace --async_stop
  fi 2>/dev/null | cat >trace.bin
  rm -f $mark
}

getprop $property >$mark
trap 'end; exit 143' TERM HUP INT
setprop $property 1 && begin || {
  restore
  rm -f $mark
  echo "$said" >untraced
  exit 1
}
sleep 2
"$@" &
wait $!
status=$?
end
exit $status
