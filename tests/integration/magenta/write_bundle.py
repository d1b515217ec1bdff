"""Writes `basic_rnn.mag` with TensorFlow itself, in the way Magenta's `create_bundle_file` does.

    python tests/integration/magenta/write_bundle.py tests/data/basic_rnn.mag

It takes `tensorflow-cpu`, which the tests do not: they read the file that this left, and know its numbers by
their seed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

UNITS, EVENTS, SEED = 12, 38, 5
SHAPES = {
    "rnn/multi_rnn_cell/cell_0/basic_lstm_cell/kernel": (EVENTS + UNITS, 4 * UNITS),
    "rnn/multi_rnn_cell/cell_0/basic_lstm_cell/bias": (4 * UNITS,),
    "rnn/multi_rnn_cell/cell_1/basic_lstm_cell/kernel": (2 * UNITS, 4 * UNITS),
    "rnn/multi_rnn_cell/cell_1/basic_lstm_cell/bias": (4 * UNITS,),
    "fully_connected/weights": (UNITS, EVENTS),
    "fully_connected/biases": (EVENTS,),
}


def arrays() -> dict[str, np.ndarray]:
    dice = np.random.default_rng(SEED)
    return {name: dice.normal(0, 0.3, shape).astype("<f4") for name, shape in SHAPES.items()}


def field(number: int, value: bytes) -> bytes:
    """A protocol buffer's field of bytes."""
    size, length = b"", len(value)
    while length > 127:
        size, length = size + bytes([length & 127 | 128]), length >> 7
    return bytes([number << 3 | 2]) + size + bytes([length]) + value


def bundle(name: str, checkpoint: bytes) -> bytes:
    return (
        field(1, field(1, name.encode()) + field(2, b"A small one."))
        + field(3, checkpoint)
        + field(4, b"graph")
    )


def main(path: Path) -> None:
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()
    for name, array in arrays().items():
        tf.get_variable(name, initializer=array)
    tf.train.get_or_create_global_step()
    saver = tf.train.Saver(sharded=False, write_version=tf.train.SaverDef.V1)
    with tf.Session() as session, tempfile.TemporaryDirectory() as folder:
        session.run(tf.global_variables_initializer())
        saver.save(session, f"{folder}/model.ckpt", write_meta_graph=False, write_state=False)
        path.write_bytes(bundle("basic_rnn", Path(folder, "model.ckpt").read_bytes()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
