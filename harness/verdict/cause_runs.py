"""Causes of failed runs, of doubt about answers, and of numbers that may not be used."""

from __future__ import annotations

from harness.verdict.cause_key import Cause, CauseKey

_VALIDITY = "harness/stats/validity.py"
_FAILURE = "harness/verdict/failure.py"

RUNS: tuple[Cause, ...] = (
    Cause(
        CauseKey.WRONG_OUTPUT,
        "the answers are wrong",
        "outputs of the probe beside those of the plain CPU, for the same input",
        "The same input gives another output than the CPU's, beyond what the arithmetic "
        "explains. The tool itself reports success, and a time: it is the time of a wrong "
        "answer, void however fast.",
        "Do not ship this path. On a GPU, try fp32 (`gpu-fp32`) or keep the last layers in "
        "fp32; elsewhere, try another runtime or a newer driver.",
        "harness/verdict/outputs.py",
    ),
    Cause(
        CauseKey.WRONG_OUTPUT_CPU,
        "the CPU itself gives another answer",
        "outputs of a CPU variant beside those of the plain CPU or of LiteRT on the host",
        "The same input gives another output than LiteRT on the host, or than the "
        "interpreter's own kernels on the device. No accelerator was asked for.",
        "Compare the versions of the tool and of the host's LiteRT: an operator may have "
        "changed between them. Until then, no cell beside it can be called right.",
        "harness/sweep/check_outputs.py",
    ),
    Cause(
        CauseKey.PRECISION_LOST,
        "half precision, where single was demanded",
        "outputs whose errors are those of half precision under "
        "`--gpu_precision_loss_allowed=false`",
        "Single precision was demanded, and the outputs are those of half precision.",
        "Count it as fp16, or use a driver and a tool that honour the demand.",
        "harness/verdict/tolerance.py",
    ),
    Cause(
        CauseKey.HALF_PRECISION,
        "the GPU computes in 16 bits unless told otherwise",
        "a wrong output on the GPU without `--gpu_precision_loss_allowed=false`; no line tells",
        "The GPU delegate computes in half precision by default and says so nowhere. Large "
        "sums and small differences do not survive it.",
        "Measure `gpu-fp32` beside it: if that is right, keep it or keep the last layers in fp32.",
        "tflite/tools/delegates/gpu_delegate_provider.cc",
    ),
    Cause(
        CauseKey.SUSPECT,
        "claimed, but doubtful",
        "times, outputs or counters beside those of the CPU",
        "The nodes were handed over, yet time, output or counters look like another "
        "processor at work.",
        "Do not call this accelerated. Compare with the GPU, or with a newer driver.",
        "harness/verdict",
    ),
    Cause(
        CauseKey.IMPLAUSIBLE,
        "too fast to be true",
        "a time below what the model's arithmetic needs",
        "The time is below what the device's memory and arithmetic allow: work was left out.",
        "Do not use the number. Check that the output changes with the input.",
        "harness/verdict",
    ),
    Cause(
        CauseKey.CONTRADICTED,
        "the tool's own summary is wrong",
        "a verdict line beside better evidence",
        "The tool prints one thing about delegation, the nodes that it planned say another. "
        "The nodes were believed.",
        "Nothing to change; do not rely on that line in scripts of your own.",
        "tflite/tools/benchmark/benchmark_tflite_model.cc",
    ),
    Cause(
        CauseKey.FLAG_IGNORED,
        "a flag was not taken",
        "`Unconsumed cmdline flags: …` with a flag that asks for no accelerator",
        "The tool gave a flag back and went on without it: the run is not quite the one that was "
        "asked for.",
        "Compare the flag with the tool's help text (`harness tools`).",
        "tflite/tools/benchmark/benchmark_model.cc",
    ),
    Cause(
        CauseKey.OUTLIER,
        "unlike its peers",
        "devices of one kind side by side",
        "Devices of the same kind differ here by more than their noise.",
        "Look at this device's heat, software and case before trusting either.",
        "harness/verdict",
    ),
    Cause(
        CauseKey.SOFTWARE_GPU,
        "the GPU is a program on the CPU",
        "`Selected adapter: …, adapterType=CPU / Software`: SwiftShader, llvmpipe",
        "The adapter is a program on the CPU. Where nodes are placed and what comes out is as "
        "on a GPU; its times say nothing about one.",
        "Use it for placement and outputs. For times, take a machine with a GPU and its "
        "Vulkan driver.",
        "dawn/native/PhysicalDevice.cpp",
    ),
    Cause(
        CauseKey.NO_GPU,
        "no GPU was found",
        "`Couldn't load Vulkan`, `No adapters found`",
        "LiteRT reaches the GPU through Vulkan here, and found no loader (`libvulkan.so.1`) or "
        "no adapter. It does not fall back: nothing was timed.",
        "Install the GPU's Vulkan driver and its loader, or name them in `LD_LIBRARY_PATH` and "
        "`VK_DRIVER_FILES`; else leave the variant out here.",
        "harness/verdict/failure.py",
    ),
    Cause(
        CauseKey.REBOOTS_DEVICE,
        "the run restarts the device",
        "another boot id after the run than before it",
        "The phone restarted or its driver crashed during the run, and again on a second try.",
        "Leave this variant out on this phone until its vendor ships another driver.",
        "harness/sweep/run.py",
    ),
    Cause(
        CauseKey.DEVICE_LOST,
        "the device went away",
        "the link was lost",
        "The link to the device was lost and did not come back in time.",
        "Check cable, hub and power, then run the missing cells again with `--resume`.",
        "harness/device/adb/link.py",
    ),
    Cause(
        CauseKey.LIMIT,
        "no end in time",
        "the device's own clock ended the run",
        "The device's own time limit ended the run.",
        "Raise the limit if the first compilation is slow; otherwise treat it as a hang.",
        "harness/device/adb/job.py",
    ),
    Cause(
        CauseKey.STAGING,
        "model or tool did not arrive",
        "a push that failed its check",
        "Tool or model did not arrive whole on the device.",
        "Free space on the device (`harness clean`) and try again.",
        "harness/device/adb/staging.py",
    ),
    Cause(
        CauseKey.CRASHED,
        "the tool crashed",
        "`Segmentation fault`, `Fatal signal 11`, `Aborted`",
        "The tool was ended by a signal: most often a driver or a delegate at fault.",
        "Read the end of the raw output; try a newer driver or another tool version.",
        _FAILURE,
    ),
    Cause(
        CauseKey.TOOL_BROKEN,
        "the tool does not start",
        "`CANNOT LINK EXECUTABLE`, `not executable`, `Permission denied`",
        "The binary or one of its libraries does not fit the device.",
        "Use a tool built for this device's ABI with its libraries beside it.",
        _FAILURE,
    ),
    Cause(
        CauseKey.BAD_FLAG,
        "a flag was refused",
        "`Failed to parse flag …`, `Signature not specified or incorrect`",
        "The tool does not accept a flag of this variant, or its value.",
        "Compare the variant's flags with the tool's help text (`harness tools`).",
        "tflite/tools/command_line_flags.cc",
    ),
    Cause(
        CauseKey.MODEL_NOT_LOADED,
        "the model was not loaded",
        "`Failed to load model`",
        "The tool could not read the model, or lacks an operation that it needs.",
        "Check the model on this machine first, then the tool's version.",
        "tflite/tools/benchmark/benchmark_tflite_model.cc",
    ),
    Cause(
        CauseKey.NNAPI_DEVICE_ABSENT,
        "the named NNAPI device is not there",
        "`Could not find the specified NNAPI accelerator: x. Must be one of: {…}.`",
        "The device that was named is none of those that this phone's NNAPI lists.",
        "Take a name from the list in that line, or leave the name out.",
        "tflite/delegates/nnapi/nnapi_delegate.cc",
    ),
    Cause(
        CauseKey.FULL_DELEGATION_REFUSED,
        "full delegation was required, and nodes were left",
        "`Disallowed CPU fallback detected.`, `Some ops are not accelerated.`",
        "The run was told to fail rather than to use the CPU, and it did. The check looks at one "
        "graph and accepts one kernel only, so that two kernels for everything fail too.",
        "Read the operations left behind, or drop `--require_full_delegation`.",
        "tflite/tools/benchmark/benchmark_tflite_model.cc",
    ),
    Cause(
        CauseKey.DELEGATE_FAILED,
        "the delegate failed",
        "`Failed to apply … delegate.`, `failed to prepare`, `failed to invoke`",
        "The delegate was applied and then refused, or failed while it ran. An error that is "
        "loud is the better kind: no time was printed for another processor.",
        "Read the deciding line; operations can be changed, drivers updated.",
        _FAILURE,
    ),
    Cause(
        CauseKey.FAILED,
        "the run failed",
        "`Benchmarking failed.`, an exit status, an output without figures",
        "The tool ended with an error, or without a single timed run.",
        "Read the deciding line and the raw output of the run.",
        _FAILURE,
    ),
    Cause(
        CauseKey.THROTTLED,
        "the device throttled",
        "clock ceilings or a thermal status that rose while it was measured",
        "The device limited its clocks while it was measured, so times are upper bounds.",
        "Cool the phone, or give it more rest between rounds, and measure again.",
        _VALIDITY,
    ),
    Cause(
        CauseKey.NOT_COOLED,
        "the device did not cool",
        "rounds that were not made for heat, or made in spite of it",
        "The device was too warm to begin rounds and did not cool in the time it was given.",
        "Shade it or blow at it and resume the sweep; `policy:` has the limits and the time.",
        _VALIDITY,
    ),
    Cause(
        CauseKey.BACKGROUND_LOAD,
        "the device had something else to do",
        "load of other processes during the rounds",
        "Another process used the processor during the rounds.",
        "End other work on the device, then measure again.",
        _VALIDITY,
    ),
    Cause(
        CauseKey.SETTINGS_CHANGED,
        "its settings changed between rounds",
        "rounds of one cell that differ in what came of a control of clocks",
        "Some rounds ran with a control of clocks and some without, or nobody knows: their times "
        "are of two machines.",
        "Measure again; leave out a control that the device does not keep.",
        "harness/sweep/controlled.py",
    ),
    Cause(
        CauseKey.DRIFT,
        "times drift",
        "rounds that become slower, or faster, one after the other",
        "Times change from the first rounds to the last ones: the device heats up or cools down.",
        "Let the device come to a steady temperature; the cell says what was done already.",
        _VALIDITY,
    ),
    Cause(
        CauseKey.BIMODAL,
        "times of two clocks",
        "rounds that fall into two groups",
        "Rounds are either fast or slow, and their median may be that of either.",
        "Bind the tool to cores of one class; the cell says what was done already.",
        _VALIDITY,
    ),
    Cause(
        CauseKey.NOISY,
        "times scatter",
        "rounds of one cell that differ",
        "Rounds of the same cell differ by more than this device's noise.",
        "Measure on a quiet, cool device; the cell says what was done already.",
        _VALIDITY,
    ),
    Cause(
        CauseKey.TOO_SHORT,
        "timed too briefly",
        "an invocation of a few microseconds",
        "One invocation lasts only a few ticks of the tool's clock, which counts microseconds.",
        "Take a bigger model or input; such a time says nothing about a processor.",
        _VALIDITY,
    ),
    Cause(
        CauseKey.INCOMPLETE,
        "rounds are missing",
        "fewer rounds than were planned",
        "Not every planned round ended, so the numbers rest on less than was planned.",
        "Run the missing rounds with `--resume`; give more time where `--budget` ended them.",
        _VALIDITY,
    ),
    Cause(
        CauseKey.INVALID,
        "times may not be used",
        "the cell's reasons",
        "The numbers did not pass the checks; the reason stands in each cell.",
        "Open a cell for the reason, mend it, and measure again.",
        _VALIDITY,
    ),
)
