"""Traces: against the official schema of perfetto, and the text that a kernel prints.

The lines of the kernel's text are those that Linux 6.18 printed here for marks of our own (see
tests/conformance/test_adb_traced.py, which makes such a trace anew), with other numbers.
"""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as schema

from harness.errors import EvidenceError
from harness.parse.trace import INVOKE, invocations, read_trace
from harness.virtual.phones.tracing import perfetto_trace

KERNEL = """\
capturing trace... done
TRACE:
# tracer: nop
#
# entries-in-buffer/entries-written: 4/{written}   #P:2
#
#                                _-----=> irqs-off/BH-disabled
#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
#              | |         |   |||||     |         |
           <...>-77      [000] ...1. 12704.196012: tracing_mark_write: B|77|Invoke@0/0
 a b-c-77      (     77) [001] ...1 12704.196512: tracing_mark_write: B|77|CONV_2D@3/0
          traced-77      (-----) [001] d..1 12704.196912: tracing_mark_write: E|77
          traced-77      [001] ...1. 12704.197012: tracing_mark_write: E
"""


def trace(*marks, cpus=1):
    """Write marks, (ns, thread, text) each, with the official schema, spread over some CPUs."""
    made = schema.Trace()
    made.packet.add().process_tree.processes.add(pid=7, cmdline=["./traced"])
    bundles = []
    for cpu in range(cpus):
        bundles.append(made.packet.add().ftrace_events)
        bundles[-1].cpu = cpu
    for number, (at, thread, text) in enumerate(marks):
        event = bundles[number % cpus].event.add(timestamp=at, pid=thread)
        event.print.ip = 0xFFFFFFC010123456
        event.print.buf = text
    return made


def durations(found, pid=7):
    return [one.duration_ns for one in invocations(found).get(pid, ())]


def calls(*spans, thread=7, pid=7, name=INVOKE):
    for start, end in spans:
        yield (start, thread, f"B|{pid}|{name}\n")
        yield (end, thread, f"E|{pid}\n")


@pytest.mark.parametrize("cpus", [1, 3])
def test_a_trace_of_the_official_schema_reads_right(cpus):
    made = trace(*calls((10, 110), (200, 320), (400, 505)), cpus=cpus)
    made.packet[1].ftrace_events.event.add(timestamp=1, pid=7).sched_switch.prev_pid = 7
    found = read_trace(made.SerializeToString())
    assert durations(found) == [100, 120, 105]
    assert found.losses == ()


def test_operators_stand_inside_of_their_invocation():
    marks = [(1, 7, "B|7|Invoke@0/0"), (2, 7, "B|7|CONV_2D@3/0"), (5, 7, "E|7"), (9, 7, "E|7")]
    found = read_trace(trace(*marks).SerializeToString())
    assert [(one.name, one.depth, one.duration_ns) for one in found.sections] == [
        ("Invoke@0/0", 0, 8),
        ("CONV_2D@3/0", 1, 3),
    ]


def test_threads_and_processes_are_kept_apart():
    marks = [
        *calls((10, 60), thread=7),
        *calls((20, 90), thread=8, name="pool"),
        *calls((30, 40), thread=9, pid=9),
    ]
    found = read_trace(trace(*marks).SerializeToString())
    assert durations(found) == [50]
    assert durations(found, 9) == [10]


def test_an_invocation_inside_of_another_is_control_flow():
    marks = [(1, 7, "B|7|Invoke@0/0"), *calls((2, 5), (6, 8)), (9, 7, "E|7")]
    assert durations(read_trace(trace(*marks).SerializeToString())) == [8]


def test_what_has_no_beginning_or_no_end_is_left_out():
    marks = [(1, 7, "E|7"), *calls((2, 5)), (6, 7, "B|7|Invoke@0/0")]
    assert durations(read_trace(trace(*marks).SerializeToString())) == [3]


def lost_in_kernel(made):
    made.packet[1].ftrace_events.lost_events = True


def overrun(made):
    for phase, count in ((schema.FtraceStats.START_OF_TRACE, 5), (2, 9)):
        stats = made.packet.add().ftrace_stats
        stats.phase = phase
        stats.cpu_stats.add(cpu=1, overrun=count)


def dropped(made):
    stats = made.packet.add().ftrace_stats
    stats.phase = schema.FtraceStats.END_OF_TRACE
    stats.cpu_stats.add(cpu=0, dropped_events=3)


def buffer(field):
    def lose(made):
        setattr(made.packet.add().trace_stats.buffer_stats.add(), field, 1)

    return lose


@pytest.mark.parametrize(
    ("lose", "said"),
    [
        (lost_in_kernel, "lost events"),
        (overrun, "overran"),
        (dropped, "dropped events"),
        (buffer("chunks_overwritten"), "overwritten"),
        (buffer("chunks_discarded"), "full"),
        (buffer("trace_writer_packet_loss"), "lost packets"),
    ],
)
def test_a_trace_that_lost_events_says_so(lose, said):
    made = trace(*calls((1, 5)))
    lose(made)
    (loss,) = read_trace(made.SerializeToString()).losses
    assert said in loss


def test_losses_from_before_the_trace_are_none_of_it():
    made = trace(*calls((1, 5)))
    for phase in (1, 2):
        stats = made.packet.add().ftrace_stats
        stats.phase = phase
        stats.cpu_stats.add(cpu=1, overrun=5, dropped_events=2)
    assert read_trace(made.SerializeToString()).losses == ()


def test_compressed_packets_are_refused():
    made = schema.Trace()
    made.packet.add().compressed_packets = b"x"
    with pytest.raises(EvidenceError, match="compressed"):
        read_trace(made.SerializeToString())


def test_a_cut_file_is_refused():
    with pytest.raises(EvidenceError, match="no trace"):
        read_trace(trace(*calls((1, 5))).SerializeToString()[:-1])


def test_the_kernels_own_text_reads_right():
    found = read_trace(KERNEL.format(written=4).encode())
    assert [(one.name, one.duration_ns) for one in found.sections] == [
        ("Invoke@0/0", 1_000_000),
        ("CONV_2D@3/0", 400_000),
    ]
    assert found.losses == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (KERNEL.format(written=9), "overwritten"),
        (KERNEL.format(written=4) + "CPU:1 [LOST 12 EVENTS]\n", "lost events"),
    ],
)
def test_text_that_lost_events_says_so(text, said):
    (loss,) = read_trace(text.encode()).losses
    assert said in loss


def test_a_program_cannot_forge_a_line_inside_of_its_mark():
    line = " t-77 [001] ...1 {}: tracing_mark_write: {}\n"
    begun = line.format("1.000001", "B|77|Invoke@0/0")
    forged = line.format("1.000002", f"C|77|x{line.format('1.000003', 'E|77').rstrip()}")
    assert read_trace(f"# tracer: nop\n{begun}{forged}".encode()).sections == ()


MARKS = st.lists(
    st.tuples(st.integers(0, 2**62), st.integers(1, 2**31 - 1), st.sampled_from("BE")), max_size=20
)


@given(MARKS)
def test_what_the_virtual_phones_write_decodes_with_the_official_schema(marks):
    written = [(at, thread, f"{kind}|{thread}|n") for at, thread, kind in marks]
    made = schema.Trace.FromString(perfetto_trace(written))
    events = [event for packet in made.packet for event in packet.ftrace_events.event]
    assert [(one.timestamp, one.pid, one.print.buf) for one in events] == [
        (at, thread, f"{text}\n") for at, thread, text in written
    ]


@given(st.binary(max_size=200) | st.text().map(lambda text: f"# tracer: nop\n{text}".encode()))
def test_any_bytes_are_read_or_refused(data):
    with contextlib.suppress(EvidenceError):
        read_trace(data)
