"""The closed set of causes: what a finding is called, what it means, and what to do about it.

Titles have slots for names of variants and devices only, so that no line of a log can write one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """One cause. `icon` is a verdict or validity word; `title` takes {variants} and {devices}."""

    key: str
    icon: str
    title: str
    why: str
    advice: str


def _cause(key: str, icon: str, title: str, why: str, advice: str) -> tuple[str, Cause]:
    return key, Cause(key, icon, title, why, advice)


_CPU_TITLE = "{variants} ran on the CPU on {devices}"

CAUSES: dict[str, Cause] = dict(
    (
        # wrong answers
        _cause(
            "wrong-output",
            "wrong",
            "{variants}: wrong answers on {devices}",
            "The same input gives another output than the CPU's, beyond what the arithmetic "
            "explains. The tool itself reports success, and a time: it is the time of a wrong "
            "answer, void however fast.",
            "Do not ship this path. On a GPU, try fp32 (`gpu-fp32`) or keep the last layers in "
            "fp32; elsewhere, try another runtime or a newer driver.",
        ),
        _cause(
            "wrong-output-cpu",
            "wrong",
            "{variants}: the CPU itself gives another answer on {devices}",
            "The same input gives another output than LiteRT on the host, or than the "
            "interpreter's own kernels on the device. No accelerator was asked for.",
            "Compare the versions of the tool and of the host's LiteRT: an operator may have "
            "changed between them. Until then, no cell beside it can be called right.",
        ),
        # nothing ran where it was asked to
        _cause(
            "flag-ignored",
            "none",
            _CPU_TITLE,
            "The flag was sent and came back unconsumed: this build of the tool has no such "
            "delegate, and goes on without it.",
            "Use a tool that has the delegate: `harness tools` lists what each one knows.",
        ),
        _cause(
            "none-library",
            "none",
            _CPU_TITLE,
            "The runtime did not find the accelerator's library beside the tool. That is the "
            "tool's fault, not the phone's.",
            "Add the accelerator's library to the tool, then measure again (`harness tools`).",
        ),
        _cause(
            "none-plugin",
            "none",
            _CPU_TITLE,
            "No compiler plug-in could be loaded or applied, so nothing was compiled for the NPU.",
            "Give the tool the vendor's plug-in and dispatch library for this SoC.",
        ),
        _cause(
            "none-not-created",
            "none",
            _CPU_TITLE,
            "The delegate was known to the tool but could not be created on the device.",
            "Read the deciding line: a library, a driver or an option that is missing there.",
        ),
        _cause(
            "none-restored",
            "none",
            _CPU_TITLE,
            "The delegate had taken nodes, and the runtime then put the plan back: the model's "
            "tensors change their shapes while it runs.",
            "Fix the shapes of the model's inputs, or convert it without dynamic tensors.",
        ),
        _cause(
            "none-gpu",
            "none",
            _CPU_TITLE,
            "The GPU delegate took no node, and the run went on without it and without an error.",
            "Read the deciding line: a missing driver or library, or operations that the GPU "
            "does not know. For operations, change the model; for a library, fix the tool.",
        ),
        _cause(
            "none-nnapi",
            "none",
            _CPU_TITLE,
            "NNAPI offered no device for this model besides its own CPU reference, which this "
            "request rules out. NNAPI is deprecated since Android 15.",
            "Drop NNAPI on these phones; use the GPU, or the NPU through the vendor's runtime.",
        ),
        _cause(
            "none-npu",
            "none",
            _CPU_TITLE,
            "No NPU accelerator or compiler plug-in took a node, and the runtime fell back to "
            "the CPU that is always in its set.",
            "Give the tool the vendor's dispatch library and compiler plug-in for this SoC, "
            "or leave the variant out here.",
        ),
        _cause(
            "none-xnnpack",
            "none",
            "{variants} ran on plain CPU kernels on {devices}",
            "XNNPACK was asked for and took no node; the interpreter's own kernels did the work.",
            "Check that the tool was built with XNNPACK and that the model's types are supported.",
        ),
        _cause(
            "none-other",
            "none",
            _CPU_TITLE,
            "The delegate took no node, and the run went on without it and without an error.",
            "Read the deciding line; check that the delegate's library fits this phone and tool.",
        ),
        # claimed, but doubtful
        _cause(
            "suspect",
            "suspect",
            "{variants}: claimed, but doubtful on {devices}",
            "The nodes were handed over, yet time, output or counters look like another "
            "processor at work.",
            "Do not call this accelerated. Compare with the GPU, or with a newer driver.",
        ),
        _cause(
            "implausible",
            "suspect",
            "{variants}: too fast to be true on {devices}",
            "The time is below what the device's memory and arithmetic allow: work was left out.",
            "Do not use the number. Check that the output changes with the input.",
        ),
        _cause(
            "contradicted",
            "suspect",
            "{variants}: the tool's own summary is wrong on {devices}",
            "The tool prints one thing about delegation, the nodes that it planned say another. "
            "The nodes were believed.",
            "Nothing to change; do not rely on that line in scripts of your own.",
        ),
        # failed
        _cause(
            "reboots-device",
            "failed",
            "{variants}: restarts {devices}",
            "The phone restarted or its driver crashed during the run, and again on a second try.",
            "Leave this variant out on this phone until its vendor ships another driver.",
        ),
        _cause(
            "device-lost",
            "failed",
            "{variants}: {devices} went away",
            "The link to the device was lost and did not come back in time.",
            "Check cable, hub and power, then run the missing cells again with `--resume`.",
        ),
        _cause(
            "limit",
            "failed",
            "{variants}: no end in time on {devices}",
            "The device's own time limit ended the run.",
            "Raise the limit if the first compilation is slow; otherwise treat it as a hang.",
        ),
        _cause(
            "staging",
            "failed",
            "{variants}: could not be put on {devices}",
            "Tool or model did not arrive whole on the device.",
            "Free space on the device (`harness clean`) and try again.",
        ),
        _cause(
            "crashed",
            "failed",
            "{variants}: crashed on {devices}",
            "The tool was ended by a signal: most often a driver or a delegate at fault.",
            "Read the end of the raw output; try a newer driver or another tool version.",
        ),
        _cause(
            "tool-broken",
            "failed",
            "{variants}: the tool does not start on {devices}",
            "The binary or one of its libraries does not fit the device.",
            "Use a tool built for this device's ABI with its libraries beside it.",
        ),
        _cause(
            "bad-flag",
            "failed",
            "{variants}: a flag was refused on {devices}",
            "The tool does not accept a flag of this variant, or its value.",
            "Compare the variant's flags with the tool's help text (`harness tools`).",
        ),
        _cause(
            "model-not-loaded",
            "failed",
            "{variants}: the model was not loaded on {devices}",
            "The tool could not read the model, or lacks an operation that it needs.",
            "Check the model on this machine first, then the tool's version.",
        ),
        _cause(
            "delegate-failed",
            "failed",
            "{variants}: the delegate failed on {devices}",
            "The delegate was applied and then refused, or failed while it ran. An error that is "
            "loud is the better kind: no time was printed for another processor.",
            "Read the deciding line; operations can be changed, drivers updated.",
        ),
        _cause(
            "failed",
            "failed",
            "{variants}: failed on {devices}",
            "The tool ended with an error, or without a single timed run.",
            "Read the deciding line and the raw output of the run.",
        ),
        # a lesser path
        _cause(
            "downgraded-opengl",
            "downgraded",
            "{variants} ran on OpenGL on {devices}",
            "The GPU delegate could not use OpenCL and took OpenGL, which is usually slower.",
            "On a phone that has OpenCL, check that apps may load it; else count it as OpenGL.",
        ),
        _cause(
            "downgraded-reference",
            "downgraded",
            "{variants} ran on NNAPI's CPU reference on {devices}",
            "`nnapi-reference` is a slow CPU implementation inside NNAPI, not an accelerator.",
            "Name a vendor's device, or exclude the CPU device.",
        ),
        _cause(
            "downgraded",
            "downgraded",
            "{variants} ran by a lesser path on {devices}",
            "An accelerator did the work, but not the one, or not the way, that was asked for.",
            "Read the deciding line, and name the path that you ship.",
        ),
        _cause(
            "downgraded-precision",
            "downgraded",
            "{variants} computed in half precision on {devices}",
            "Single precision was demanded, and the outputs are those of half precision.",
            "Count it as fp16, or use a driver and a tool that honour the demand.",
        ),
        # numbers that may not be used
        _cause(
            "throttled",
            "throttled",
            "{devices} throttled",
            "The device limited its clocks while it was measured, so times are upper bounds.",
            "Cool the phone, or give it more rest between rounds, and measure again.",
        ),
        _cause(
            "background_load",
            "background_load",
            "{devices} had something else to do",
            "Another process used the processor during the rounds.",
            "End other work on the device, then measure again.",
        ),
        _cause(
            "drift",
            "drift",
            "Times drift on {devices}",
            "The last rounds are slower than the first ones: the device heats up.",
            "Let the device come to a steady temperature, and measure more rounds.",
        ),
        # partly accelerated
        _cause(
            "partial",
            "partial",
            "{variants} took part of the model on {devices}",
            "The rest of the nodes ran on the CPU, and every crossing between the two costs time.",
            "Replace the operations left behind, or accept the split: look at the time, not "
            "the share of nodes.",
        ),
        # not known
        _cause(
            "unknown",
            "unknown",
            "{variants}: not known where it ran on {devices}",
            "Nothing in the output decides where the nodes ran.",
            "Use a tool that exports its runtime info, or read the raw output.",
        ),
        # lesser doubts about numbers
        _cause(
            "outlier",
            "noisy",
            "{variants}: unlike its peers on {devices}",
            "Devices of the same kind differ here by more than their noise.",
            "Look at this device's heat, software and case before trusting either.",
        ),
        _cause(
            "noisy",
            "noisy",
            "Times scatter on {devices}",
            "Rounds of the same cell differ by more than this device's noise.",
            "Measure more rounds on a quiet, cool device.",
        ),
        _cause(
            "too_short",
            "too_short",
            "Timed too briefly on {devices}",
            "One invocation lasts only a few ticks of the tool's clock, which counts microseconds.",
            "Take a bigger model or input; such a time says nothing about a processor.",
        ),
        _cause(
            "incomplete",
            "incomplete",
            "Rounds are missing on {devices}",
            "Not every planned round ended, so the numbers rest on less than was planned.",
            "Run the missing rounds with `--resume`.",
        ),
        _cause(
            "invalid",
            "invalid",
            "Times may not be used on {devices}",
            "The numbers did not pass the checks; the reason stands in each cell.",
            "Open a cell for the reason, mend it, and measure again.",
        ),
    )
)
"""Every cause, worst first: the order of the findings."""

RANK = {key: rank for rank, key in enumerate(CAUSES)}

FAILURE_CAUSES = {
    "reboots-device": "reboots-device",
    "device-rebooted": "reboots-device",
    "device-lost": "device-lost",
    "device-unavailable": "device-lost",
    "device-timeout": "device-lost",
    "limit": "limit",
    "timeout": "limit",
    "staging": "staging",
    "storage-full": "staging",
    "crashed": "crashed",
    "link-error": "tool-broken",
    "not-runnable": "tool-broken",
    "bad-flag": "bad-flag",
    "model-not-loaded": "model-not-loaded",
    "delegate-failed": "delegate-failed",
    "full-delegation-refused": "delegate-failed",
    "allocation-failed": "delegate-failed",
    "invoke-failed": "delegate-failed",
}
"""Reasons of a failed cell that have a cause of their own; the others are plain `failed`."""

NONE_CAUSES = {
    "gpu-accelerator-missing": "none-library",
    "npu-accelerator-missing": "none-library",
    "compiler-plugins-failed": "none-plugin",
    "delegate-not-created": "none-not-created",
    "plan-restored": "none-restored",
    "dynamic-reset": "none-restored",
    "dynamic-tensors": "none-restored",
}
"""Kinds of deciding evidence that say why nothing ran where it was asked to."""
