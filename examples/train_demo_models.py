"""Train the two demo models of the harness and write them, with their accuracy, to a folder.

    python -m venv tf && tf/bin/pip install tensorflow scikit-learn
    tf/bin/python examples/train_demo_models.py harness/demo_models

Both classify scikit-learn's handwritten digits, enlarged from 8x8. `digits_mobile` has nothing that
a GPU delegate refuses; `digits_polar` takes the angle of learned gradients with ATAN2, which GPU
delegates leave to the CPU, in the middle of its graph.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SEED = 20260
EPOCHS = 30


def digits(side: int) -> tuple[Any, Any, Any, Any]:
    """Return train images, test images, train labels, test labels; pixels in 0..1, side x side."""
    data = load_digits()
    images = tf.image.resize(data.images[..., np.newaxis] / 16.0, (side, side)).numpy()
    split = train_test_split(
        images, data.target, test_size=0.25, random_state=SEED, stratify=data.target
    )
    return tuple(split)  # type: ignore[return-value]


def _normal() -> Any:
    """Normalize by batch; averages must settle within a few hundred steps."""
    return layers.BatchNormalization(momentum=0.9)


def _bottleneck(x: Any, filters: int, stride: int, expansion: int = 4) -> Any:
    """Return an inverted residual: expand, filter by depth, project, and add where shapes agree."""
    y = layers.Conv2D(x.shape[-1] * expansion, 1, use_bias=False)(x)
    y = layers.ReLU(6.0)(_normal()(y))
    y = layers.DepthwiseConv2D(3, stride, padding="same", use_bias=False)(y)
    y = layers.ReLU(6.0)(_normal()(y))
    y = _normal()(layers.Conv2D(filters, 1, use_bias=False)(y))
    return layers.Add()([x, y]) if stride == 1 and x.shape[-1] == filters else y


def _stem(x: Any, filters: int) -> Any:
    y = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    return layers.ReLU(6.0)(_normal()(y))


def _head(x: Any) -> Any:
    y = layers.GlobalAveragePooling2D()(x)
    return layers.Softmax()(layers.Dense(10)(layers.Dense(64, activation="relu")(y)))


def mobile(batch: int | None = None) -> keras.Model:
    """Return a small MobileNetV2 for 32x32 images."""
    image = keras.Input((32, 32, 1), batch_size=batch, name="image")
    x = _stem(image, 16)
    for filters, stride in ((16, 1), (24, 2), (24, 1), (32, 2), (32, 1), (48, 2), (48, 1), (48, 1)):
        x = _bottleneck(x, filters, stride)
    return keras.Model(image, _head(x), name="digits_mobile")


@keras.saving.register_keras_serializable("harness")
class Orientation(layers.Layer):  # type: ignore[misc]
    """Turn pairs of channels, taken as gradients, into strength and strength-weighted angle."""

    def call(self, gradients: Any) -> Any:
        """Gradient flows through the strength alone: that of ATAN2 is undefined at the origin."""
        x, y = tf.split(gradients, 2, axis=-1)
        angle = tf.stop_gradient(tf.math.atan2(y, x))
        strength = tf.sqrt(x * x + y * y + 1e-6)
        return tf.concat([strength, strength * tf.cos(angle), strength * angle], axis=-1)


def polar(batch: int | None = None) -> keras.Model:
    """Return a network for 32x32 images with ATAN2 between its convolutions."""
    image = keras.Input((32, 32, 1), batch_size=batch, name="image")
    x = _bottleneck(_bottleneck(_stem(image, 16), 16, 1), 24, 2)
    x = Orientation(name="orientation")(layers.Conv2D(32, 3, padding="same")(x))
    x = _stem(x, 32)
    for filters, stride in ((32, 1), (48, 2), (48, 1), (48, 1)):
        x = _bottleneck(x, filters, stride)
    return keras.Model(image, _head(x), name="digits_polar")


def tflite_accuracy(model: bytes, images: Any, labels: Any) -> float:
    """Return the share of images that the converted model itself gets right."""
    interpreter = tf.lite.Interpreter(model_content=model)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    target = interpreter.get_output_details()[0]["index"]
    right = 0
    for image, label in zip(images, labels, strict=True):
        interpreter.set_tensor(source, image[np.newaxis].astype(np.float32))
        interpreter.invoke()
        right += int(interpreter.get_tensor(target)[0].argmax() == label)
    return right / len(labels)


def train(build: Any, folder: Path) -> str:
    """Train one model, write its .tflite, and return its row of the README's table."""
    train_x, test_x, train_y, test_y = digits(32)
    model = build()
    model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy")
    model.fit(train_x, train_y, batch_size=64, epochs=EPOCHS, verbose=0)
    fixed = build(1)
    fixed.set_weights(model.get_weights())
    converted = tf.lite.TFLiteConverter.from_keras_model(fixed).convert()
    (folder / f"{model.name}.tflite").write_bytes(converted)
    accuracy = tflite_accuracy(converted, test_x, test_y)
    print(f"{model.name}: {len(converted)} bytes, {accuracy:.4f} of {len(test_y)} digits")
    return f"| `{model.name}.tflite` | {len(converted)} | {accuracy:.1%} of {len(test_y)} |"


README = """# Demo models

Two float32 models, 1x32x32x1 in and ten probabilities out, trained from scratch by
`examples/train_demo_models.py` (tensorflow {version}, seed {seed}, {epochs} epochs) on
scikit-learn's copy of the UCI handwritten digits; accuracy is that of the converted file, run by
the interpreter on a quarter of the images that training never saw.

| file | bytes | digits read rightly |
|---|---|---|
{rows}

`digits_mobile` is a small MobileNetV2: convolutions, depthwise convolutions, additions, a mean,
fully connected layers and a softmax, all of which GPU delegates take. `digits_polar` has ATAN2 in
the middle of its graph, which they leave to the CPU: it shows what partial delegation looks like.

The models are the harness's own work and under its licence, Apache-2.0 (see `LICENSE` beside this
file). The images are from E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits,
UCI Machine Learning Repository (CC BY 4.0); none of them is in this folder.
"""


def main() -> None:
    """Train both models into the folder named on the command line."""
    folder = Path(sys.argv[1])
    rows = []
    for build in (mobile, polar):
        keras.utils.set_random_seed(SEED)
        rows.append(train(build, folder))
    text = README.format(version=tf.__version__, seed=SEED, epochs=EPOCHS, rows="\n".join(rows))
    (folder / "README.md").write_text(text)


if __name__ == "__main__":
    main()
