"""Causes within a model: what a delegate did not take, or took and gave back."""

from __future__ import annotations

from harness.verdict.cause_key import Cause, CauseKey

_GPU = "tflite/delegates/gpu/common/model_builder.cc"
_NNAPI = "tflite/delegates/nnapi/nnapi_delegate.cc"

NODES: tuple[Cause, ...] = (
    Cause(
        CauseKey.PLAN_RESTORED,
        "the delegate failed and its nodes were given back",
        "`Restored original execution plan after delegate application failure.` in a run that "
        "goes on",
        "A delegate could not be prepared, and the runtime put the whole plan back, also what "
        "another delegate had taken before.",
        "Read the error before the line. Apply one delegate only; for a missing library or a "
        "driver's error, mend that.",
        "tflite/core/subgraph.cc",
    ),
    Cause(
        CauseKey.RESET_AFTER_ALLOCATION,
        "the delegate's nodes were given back after a positive verdict",
        "`Cannot allow dynamic tensors due to previous delegation, resetting to original execution "
        "plan.`",
        "The tool prints its verdict before tensors are allocated. Default XNNPACK then met "
        "dynamic tensors and reset the plan: the accelerator is gone, the verdict stands.",
        "Fix the shapes of the model, or pass `--use_xnnpack=false` so that nothing resets it.",
        "tflite/core/subgraph.cc",
    ),
    Cause(
        CauseKey.DYNAMIC_TENSORS,
        "the model has dynamic tensors",
        "`Attempting to use a delegate that only supports static-sized tensors …`",
        "This delegate takes tensors of fixed size only, and the model's change while it runs: "
        "the graph is refused as a whole.",
        "Fix the shapes of the model's inputs (`--input-shape`), or convert it without dynamic "
        "tensors.",
        "tflite/core/subgraph.cc",
    ),
    Cause(
        CauseKey.SIGNATURE_ORDER,
        "XNNPACK came first, and the tool's verdict counted its kernel",
        "`Using signature: …` before a verdict `completely executed`; "
        "`DELEGATE TfLiteXNNPackDelegate` among the refused operations",
        "With a signature the tool applies default XNNPACK before the delegate, which then finds "
        "nothing left. The verdict line counts XNNPACK's kernel and says that all is well; "
        "`--require_full_delegation` passes.",
        "Pass `--use_xnnpack=false`. Some releases take this path without any flag.",
        "tflite/tools/benchmark/benchmark_tflite_model.cc",
    ),
    Cause(
        CauseKey.NNAPI_REFERENCE_ONLY,
        "NNAPI has no device but its CPU reference",
        "`NNAPI accelerators available: [nnapi-reference]`",
        "NNAPI offered no device besides its own CPU reference, which this request rules out; it "
        "then claims nothing, silently. NNAPI is deprecated since Android 15.",
        "Drop NNAPI on these phones; use the GPU, or the NPU through the vendor's runtime.",
        _NNAPI,
    ),
    Cause(
        CauseKey.FLOAT16_MODEL_ON_NNAPI,
        "NNAPI takes a float16 model whole or not at all",
        "a model with float16 weights, and `Though NNAPI delegate is explicitly applied, …`",
        "For models whose weights are float16 behind DEQUANTIZE, the NNAPI delegate allows only "
        "full delegation: one refused operation, and it takes none.",
        "Convert the model with float32 or int8 weights for NNAPI.",
        _NNAPI,
    ),
    Cause(
        CauseKey.FLOAT_ON_INTEGER_NPU,
        "a float model on an accelerator for integers",
        "a float model on Hexagon, an Edge TPU or a DSP, of which nothing is taken",
        "This accelerator computes in integers only, so a float model has nothing for it.",
        "Quantize the model to int8 with its activations, or use the GPU.",
        "tflite/delegates/hexagon/utils.cc; the driver's supported operations",
    ),
    Cause(
        CauseKey.INTEGER_ON_FLOAT_NPU,
        "a quantized model on an accelerator for floats",
        "an int8 model on an accelerator that computes in float, of which little or nothing is "
        "taken",
        "This device computes in floating point only and refuses quantized operations.",
        "Give it the float model, or name a device that computes in integers.",
        "the driver's supported operations",
    ),
    Cause(
        CauseKey.CONTROL_FLOW,
        "control flow stays on the CPU",
        "`IF`, `WHILE` or `CALL_ONCE` in the model or among the refused operations",
        "Delegates do not take control flow. Its bodies are graphs of their own, which may be "
        "delegated in full without the tool's verdict looking at them.",
        "Unroll the loop or split the model; judge such a run by its runtime info only.",
        "tflite/core/interpreter.cc, tflite/tools/benchmark/benchmark_tflite_model.cc",
    ),
    Cause(
        CauseKey.FLEX_OP,
        "operations that only TensorFlow's own kernels know",
        "`CUSTOM Flex…`, a kernel `TfLiteFlexDelegate`, `Select TensorFlow op(s) …`",
        "Flex operations run TensorFlow's CPU kernels. They look delegated in every counter, and "
        "they are the CPU.",
        "Convert without `SELECT_TF_OPS`, or replace these operations.",
        "tflite/delegates/flex",
    ),
    Cause(
        CauseKey.CUSTOM_OP,
        "custom operations",
        "`CUSTOM <name>` among the refused operations, `Encountered unresolved custom op`",
        "A custom operation has a kernel on the CPU at best; a delegate knows it only by name.",
        "Build it from standard operations, or move it out of the model (as with detection "
        "post-processing).",
        _GPU,
    ),
    Cause(
        CauseKey.OP_UNSUPPORTED,
        "operations that the delegate does not know",
        "`<OP>: Operation is not supported.`",
        "The delegate has no implementation of these operations; they cut the graph.",
        "Replace them by operations that it knows, or move them to the model's ends.",
        _GPU,
    ),
    Cause(
        CauseKey.OP_TYPE_OR_SHAPE,
        "known operations with a type or shape that does not fit",
        "`<OP>: OP is supported, but tensor type/shape isn't compatible.`",
        "The operation is known, and its tensors are not: integers where floats are needed, more "
        "than four dimensions, or a batch that is not the first one.",
        "Keep tensors at four dimensions and in float; cast or reshape outside the hot part.",
        _GPU,
    ),
    Cause(
        CauseKey.OP_VERSION,
        "operations of a version that is too new for this tool",
        "`<OP>: Max version supported: n. Requested version m.`",
        "The converter is newer than the delegate in this tool, which knows the operation in an "
        "older version only.",
        "Use a newer tool, or convert with an older converter.",
        _GPU,
    ),
    Cause(
        CauseKey.OP_RUNTIME_INPUTS,
        "operations whose constant input is computed in this model",
        "`<OP>: Expected 1 runtime input tensor(s), but node has 2 runtime input(s).`",
        "The delegate wants weights or sizes to be constants, and here they are computed.",
        "Fold these inputs into constants before conversion.",
        _GPU,
    ),
    Cause(
        CauseKey.OP_REFUSED,
        "operations refused for a reason of their own",
        "`<OP>: ` and another reason",
        "The delegate read the operation's options and does not implement them so.",
        "Read the reason beside the operation; most name the option to change.",
        _GPU,
    ),
    Cause(
        CauseKey.FLOAT16_WEIGHTS,
        "float16 weights that are widened on the CPU",
        "`DEQUANTIZE: ` without a reason",
        "In a partial delegation the DEQUANTIZE nodes of float16 weights stay on the CPU where a "
        "node there needs their values. They are followers, not the cause of the split.",
        "Mend the other refused operations first; these go with them.",
        "tflite/delegates/utils.cc",
    ),
    Cause(
        CauseKey.QUANTIZED_WEIGHTS_ON_GPU,
        "weights or activations quantized in a way that the GPU does not take",
        "a dynamic-range or int16x8 model, and operations refused by type or inputs",
        "The GPU delegate computes int8 models in float, but takes neither hybrid kernels (float "
        "activations, int8 weights) nor 16-bit activations everywhere.",
        "Convert for the GPU with float16 or float32 weights, or quantize in full to int8.",
        _GPU,
    ),
    Cause(
        CauseKey.PARTITION_LIMIT,
        "supported operations left behind: too many pieces",
        "more nodes on the CPU than were refused; operations of kinds that the list does not name",
        "The GPU delegate takes one connected piece of the graph, the largest; in apps NNAPI takes "
        "three. What is supported and lies beyond a refused operation stays on the CPU.",
        "Remove the operation that cuts the graph, or raise `--max_delegated_partitions`. Measure: "
        "every piece costs two copies.",
        "tflite/delegates/gpu/delegate.cc, tflite/delegates/utils.cc",
    ),
    Cause(
        CauseKey.CLAIMED_NOTHING,
        "the delegate was created and took no node",
        "`Though … delegate is explicitly applied, …`, `Created 0 GPU delegate kernels.`, or a "
        "partition line of another delegate only",
        "The delegate looked at the graph, took nothing and gave no reason; the run went on "
        "without it and without an error.",
        "Try one operation less at a time, or another delegate. A driver that supports nothing of "
        "a model gives no reasons.",
        "tflite/core/subgraph.cc",
    ),
    Cause(
        CauseKey.LEFT_BEHIND,
        "a part of the model stayed on the CPU",
        "`partially executed`, n of m nodes, and no list of refused operations",
        "The delegate gave no reasons. Every crossing between the two processors costs time.",
        "Look at the operations left behind and at the time, not at the share of nodes.",
        "tflite/core/subgraph.cc",
    ),
    Cause(
        CauseKey.NNAPI_DEVICE_OPEN,
        "NNAPI was free to choose its CPU",
        "`Disable NNAPI cpu: [0]` and no device's name",
        "NNAPI may split the work over all devices, its CPU reference among them, and no line of "
        "the runtime tells.",
        "Name a device (`--nnapi_accelerator_name`), or rule the CPU out.",
        _NNAPI,
    ),
    Cause(
        CauseKey.LITERT_LINES_ONLY,
        "the tool's lines cannot show it",
        "`Fully accelerated: True`, or LiteRT 2.x lines without runtime info",
        "LiteRT's tool counts XNNPACK as an accelerator and prints no node counts, so that its "
        "lines never suffice for a whole delegation.",
        "Ask for runtime info (`--model_runtime_info_output_file`), or rule the CPU out "
        "(`--use_cpu=false --require_full_delegation=true`).",
        "litert/runtime/compiled_model.cc",
    ),
    Cause(
        CauseKey.UNDECIDED,
        "nothing decides",
        "lines that speak of other things, or are cut short",
        "Nothing in the output decides where the nodes ran.",
        "Use a tool that exports its runtime info, or read the raw output.",
        "harness/verdict/judge.py",
    ),
)
