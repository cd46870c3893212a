"""What happens to a log on its way to whoever reads it; no change here may change what it says."""

import json
import random
import textwrap

LEVELS = {"INFO": "I", "WARN": "W", "WARNING": "W", "ERROR": "E", "FATAL": "F", "VERBOSE": "I"}


def logcat(style):
    """Return a function that makes a line logcat's: the severity word becomes a level."""

    def dress(_, line):
        word, colon, rest = line.partition(": ")
        level, text = (LEVELS[word], rest) if colon and word in LEVELS else ("I", line)
        return style.format(level=level, text=text)

    return dress


def stamp(before):
    return lambda number, line: before.format(number=number, second=number % 60) + line


PREFIXES = {
    "logcat threadtime": logcat("07-14 13:16:26.182 23002 23004 {level} tflite  : {text}"),
    "logcat threadtime, year, zone": logcat(
        "2025-07-14 13:16:26.182345 +0200 23002 23004 {level} tflite  : {text}"
    ),
    "logcat threadtime, uid": logcat("07-14 13:16:26.182  2000 23002 23004 {level} tflite: {text}"),
    "logcat epoch": logcat("         1594732586.182 23002 23004 {level} tflite  : {text}"),
    "logcat time": logcat("07-14 13:16:26.182 {level}/tflite  ( 5395): {text}"),
    "logcat brief": logcat("{level}/tflite  ( 5395): {text}"),
    "logcat tag": logcat("{level}/tflite  : {text}"),
    "logcat process": logcat("{level}( 5395) {text}  (tflite)"),
    "logcat thread": logcat("{level}( 5395: 5397) {text}"),
    "logcat long": logcat("[ 07-14 13:16:26.182  5395: 5397 {level}/tflite   ]\n{text}\n"),
    "Android Studio": logcat(
        "2023-08-01 12:00:00.123 12345-12345 tflite      org.example.app      {level}  {text}"
    ),
    "Android Studio, elder": logcat(
        "2021-08-01 12:00:00.123 12345-12345/org.example.app {level}/tflite: {text}"
    ),
    "absl": stamp("I0000 00:00:1795402871.9069{second:02d}   17004 benchmark_model.cc:{number}] "),
    "LiteRT": stamp("INFO: [litert/tools/benchmark_model.cc:{number}] "),
    "GitHub": stamp("2024-05-01T12:00:{second:02d}.1234567Z "),
    "Jenkins": stamp("[2024-05-01T12:00:{second:02d}.123Z] "),
    "Jenkins, clock": stamp("12:00:{second:02d}  "),
    "a farm": stamp("[2024-01-01 12:00:{second:02d}][farm-7] [device 3] "),
    "ts": stamp("May 01 12:00:{second:02d} farm7 benchmark[123]: "),
    "docker compose": stamp("phone-1  | "),
    "cat -n": stamp("{number:6d}\t"),
    "mail": stamp("> "),
    "colours": stamp("\x1b[0;32m\x1b[K"),
    "kernel clock": stamp("[  123.4567{second:02d}] "),
}

NOISE = (
    "",
    "$ ",
    "root@board:~# ls /data/local/tmp",
    "shell@phone:/data/local/tmp $ uptime",
    "[  312.221431] usb 1-1: new high-speed USB device number 4 using xhci_hcd",
    "07-14 13:16:26.182  1234  1234 D WifiHAL : scan: 12 results",
    "I/ActivityManager( 1000): Start proc 4711:com.example.app/u0a12",
    "* daemon started successfully",
    "Progress: 43% [=====>      ] 12.3 MB/s",
    "/data/local/tmp/model.tflite: 1 file pushed, 0 skipped. 35.2 MB/s (4276352 bytes in 0.116s)",
)


def lines_of(text):
    return text.removesuffix("\n").split("\n")


def with_prefix(text, dress):
    return "".join(dress(n, line) + "\n" for n, line in enumerate(lines_of(text), start=1))


def wrapped(text, width, *, words):
    """Break lines as a terminal does (anywhere), or as an editor does (between words)."""

    def pieces(line):
        if len(line) <= width:
            return [line]
        if words:
            return textwrap.wrap(line, width, break_on_hyphens=False, break_long_words=True)
        return [line[at : at + width] for at in range(0, len(line), width)]

    return "".join(piece + "\n" for line in lines_of(text) for piece in pieces(line))


def each_line_twice(text):
    return "".join(f"{line}\n{line}\n" for line in lines_of(text))


def interleaved(out, err, chance):
    """Merge two streams' lines, each in its own order."""
    first, second = lines_of(out) if out else [], lines_of(err) if err else []
    merged = []
    while first or second:
        source = first if first and (not second or chance.random() < 0.5) else second
        merged.append(source.pop(0))
    return "".join(line + "\n" for line in merged)


def with_noise(text, chance):
    noisy = []
    for line in lines_of(text):
        noisy += [chance.choice(NOISE) for _ in range(chance.choice((0, 0, 1, 2)))]
        noisy.append(line)
    return "".join(line + "\n" for line in noisy)


ENCODED = {
    "JSON string": json.dumps,
    "JSON object": lambda text: json.dumps({"exit": 0, "log": text, "host": "farm-7"}),
    "JSON indented": lambda text: json.dumps({"runs": [{"output": text}]}, indent=2),
    "JSON array of lines": lambda text: json.dumps(lines_of(text), indent=1),
    "JSON, slashes escaped": lambda text: json.dumps(text).replace("/", "\\/"),
    "JSON, coloured": lambda text: json.dumps(with_prefix(text, stamp("\x1b[32m"))),
    "JSON lines": lambda text: "".join(
        json.dumps({"log": line + "\n", "stream": "stdout", "time": "2024-05-01T12:00:00Z"}) + "\n"
        for line in lines_of(text)
    ),
    "Python literal": lambda text: repr(text.encode(errors="replace")),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "CR CR LF": lambda text: text.replace("\n", "\r\r\n"),
    "UTF-16 read as UTF-8": lambda text: text.encode("utf-16-le").decode(errors="replace"),
    "a progress bar before": lambda text: "\r 10 %\r 50 %\r100 %\r" + text,
}


def rng(seed):
    return random.Random(seed)


def said(explanations):
    """Return what explanations say, but for where: the part that no change here may touch."""
    kept = (
        "verdict",
        "placement",
        "requested",
        "nodes_on_accelerator",
        "nodes_total",
        "kernels",
        "latency_us",
    )
    return [{key: one.document[key] for key in kept} for one in explanations]


CLAIM = {"full": 3, "downgraded": 2, "partial": 2, "none": 1}
"""What a verdict claims; `failed`, `unknown` and `baseline` say nothing of an accelerator."""


def claim(explanations):
    """Return the most that any of these explanations claims."""
    return max(CLAIM.get(str(one.document["verdict"]), 0) for one in explanations)
