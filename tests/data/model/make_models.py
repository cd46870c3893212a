"""Make the little models beside this file; needs tensorflow, which the tests do not.

python tests/data/model/make_models.py tests/data/model
"""

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

FLOATS = tf.TensorSpec([1, 8, 8, 3], tf.float32, name="x")


class Conv(tf.Module):
    def __init__(self):
        super().__init__()
        chance = np.random.default_rng(1)
        self.kernel = tf.constant(chance.normal(size=(3, 3, 3, 16)), tf.float32)
        self.deep = tf.constant(chance.normal(size=(3, 3, 16, 1)), tf.float32)
        self.dense = tf.constant(chance.normal(size=(16, 100)), tf.float32)

    @tf.function(input_signature=[FLOATS])
    def run(self, x):
        y = tf.nn.relu6(tf.nn.conv2d(x, self.kernel, 1, "SAME"))
        y = tf.nn.depthwise_conv2d(y, self.deep, [1, 1, 1, 1], "SAME")
        return tf.matmul(tf.reduce_mean(y, [1, 2]), self.dense)


class Embedding(tf.Module):
    def __init__(self):
        super().__init__()
        self.table = tf.constant(np.arange(50 * 4).reshape(50, 4), tf.float32)

    @tf.function(input_signature=[tf.TensorSpec([1, 6], tf.int32, name="ids")])
    def run(self, ids):
        return tf.reduce_sum(tf.gather(self.table, ids), axis=1)


class Several(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([1, 4], tf.float32, name="x")])
    def encode(self, x):
        return {"code": x * 2.0}

    @tf.function(input_signature=[tf.TensorSpec([1, 2], tf.float32, name="y")])
    def decode(self, y):
        return {"text": y + 1.0}


class Loop(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([1, 4], tf.float32, name="x")])
    def run(self, x):
        return tf.while_loop(lambda v: tf.reduce_sum(v) < 100.0, lambda v: (v * 1.5 + 1.0,), [x])


class Plain(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None, None, 3], tf.float32, name="x")])
    def resize(self, x):
        return tf.nn.relu(x) * 2.0

    @tf.function(input_signature=[tf.TensorSpec([1, 4], tf.int32, name="count")])
    def count(self, count):
        return count * 2

    @tf.function(input_signature=[tf.TensorSpec([2, 2], tf.float32, name="x")])
    def flex(self, x):
        return tf.linalg.det(x)

    @tf.function(input_signature=[tf.TensorSpec([1, 8], tf.float32, name="x"),
                                  tf.TensorSpec([1, 8], tf.float32, name="y")])  # fmt: skip
    def angle(self, x, y):
        return tf.math.atan2(tf.nn.relu(x), y + 2.0) * 3.0 + x


def converter(module, *functions):
    concrete = [getattr(module, name).get_concrete_function() for name in functions]
    return tf.lite.TFLiteConverter.from_concrete_functions(concrete, module)


def signatures(module, *functions):
    folder = Path(sys.argv[1]) / ".saved"
    tf.saved_model.save(module, str(folder), {n: getattr(module, n) for n in functions})
    return tf.lite.TFLiteConverter.from_saved_model(str(folder), signature_keys=list(functions))


def images():
    for seed in range(4):
        yield [np.random.default_rng(seed).normal(size=(1, 8, 8, 3)).astype(np.float32)]


def main():
    made = {
        "embedding": converter(Embedding(), "run"),
        "loop": converter(Loop(), "run"),
        "dynamic_size": converter(Plain(), "resize"),
        "counts": converter(Plain(), "count"),
        "angle": converter(Plain(), "angle"),
        "two_signatures": signatures(Several(), "encode", "decode"),
    }
    flex = made["flex"] = converter(Plain(), "flex")
    flex.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    custom = made["custom"] = converter(Plain(), "flex")
    custom.allow_custom_ops = True
    for kind in ("float32", "float16", "dynamic", "int8", "int16x8"):
        conv = made[kind] = converter(Conv(), "run")
        if kind != "float32":
            conv.optimizations = [tf.lite.Optimize.DEFAULT]
        if kind == "float16":
            conv.target_spec.supported_types = [tf.float16]
        if kind in ("int8", "int16x8"):
            conv.representative_dataset = images
            conv.target_spec.supported_ops = [
                tf.lite.OpsSet.TFLITE_BUILTINS_INT8
                if kind == "int8"
                else tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
            ]
            io = tf.int8 if kind == "int8" else tf.int16
            conv.inference_input_type = conv.inference_output_type = io
    for name, conv in made.items():
        Path(sys.argv[1], f"{name}.tflite").write_bytes(conv.convert())


if __name__ == "__main__":
    main()
