"""The network: eight convolutions and one layer on top, trained by TensorFlow, written as ONNX."""

from pathlib import Path

import numpy as np
import onnx
import tensorflow as tf
from onnx import TensorProto, helper, numpy_helper
from scipy.optimize import minimize_scalar

CLASSES = 11
WARMING = 200  # steps
# Channels and stride of each 3 × 3 convolution, and whether the output of the one two before is added to its own.
LAYERS = [(16, 1, False), (32, 2, False), (32, 1, False), (64, 2, False), (64, 1, False), (64, 1, True), (64, 1, False), (64, 1, True)]


def build():
    layers = tf.keras.layers
    values = [tf.keras.Input((28, 28, 1))]
    for channels, stride, added in LAYERS:
        value = layers.ZeroPadding2D(1)(values[-1])
        value = layers.Conv2D(channels, 3, stride, use_bias=False)(value)
        value = layers.BatchNormalization(momentum=0.95)(value)
        value = layers.Add()([value, values[-2]]) if added else value
        values.append(layers.ReLU()(value))
    flat = layers.Dropout(0.4)(layers.Flatten()(layers.Permute((3, 1, 2))(values[-1])))
    return tf.keras.Model(values[0], layers.Dense(CLASSES)(flat))


def train(rounds, scratch, batch, averaging):
    """Folded weights [(kernel, bias), ...] after all rounds (pictures, beliefs, steps, rate); a finished round is kept in scratch."""
    tf.keras.utils.set_random_seed(7)
    model = build()
    for number, round_ in enumerate(rounds, 1):
        kept = Path(scratch, f"round{number}.weights.h5")
        if not kept.exists():
            learn(model, *round_, batch, averaging)
            model.save_weights(kept)
        model.load_weights(kept)
    return fold(model)


def learn(model, pictures, beliefs, steps, rate, batch, averaging):
    """The weights become their average over the last steps."""
    schedule = tf.keras.optimizers.schedules.CosineDecay(0.0, steps - WARMING, warmup_target=rate, warmup_steps=WARMING)
    optimizer = tf.keras.optimizers.AdamW(schedule, weight_decay=1e-3, use_ema=True, ema_momentum=averaging)
    optimizer.build(model.trainable_variables)
    data = batches(pictures, beliefs, batch)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(y, model(jitter(x), training=True)))
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        return loss

    for number, (x, y) in zip(range(1, steps + 1), data):
        loss = step(x, y)
        if number % 250 == 0:
            print(f"step {number}: loss {float(loss):.4f}", flush=True)
    optimizer.finalize_variable_values(model.trainable_variables)
    for _, (x, _) in zip(range(100), data):  # the statistics of the averaged weights
        model(jitter(x), training=True)


def batches(pictures, beliefs, size):
    """Endless batches, every picture once a round."""
    rng = np.random.default_rng(7)
    while True:
        order = rng.permutation(len(pictures))
        for start in range(0, len(order) - size + 1, size):
            chosen = np.sort(order[start : start + size])
            yield tf.constant(pictures[chosen, ..., None], tf.float32) / 255, tf.constant(beliefs[chosen])


def jitter(x):
    """Each picture a little turned, sheared, scaled, shifted."""
    n = tf.shape(x)[0]
    u = lambda reach: tf.random.uniform((n,), -reach, reach)
    a, b, c, d = 1 + u(0.08), u(0.1), u(0.14), 1 + u(0.08)
    shift = lambda p, q, by: 13.5 * (1 - p - q) + by
    rows = tf.stack([a, c, shift(a, c, u(1.3)), b, d, shift(b, d, u(1.3)), u(0.0), u(0.0)], 1)
    return tf.raw_ops.ImageProjectiveTransformV3(images=x, transforms=rows, output_shape=[28, 28], interpolation="BILINEAR", fill_mode="CONSTANT", fill_value=0.0)


def fold(model):
    """Batch normalisation folded into the convolutions."""
    folded, kernel = [], None
    for layer in model.layers:
        if isinstance(layer, tf.keras.layers.Conv2D):
            kernel = layer.kernel.numpy()
        elif isinstance(layer, tf.keras.layers.BatchNormalization):
            scale = layer.gamma.numpy() / np.sqrt(layer.moving_variance.numpy() + layer.epsilon)
            folded.append((kernel * scale, layer.beta.numpy() - layer.moving_mean.numpy() * scale))
        elif isinstance(layer, tf.keras.layers.Dense):
            folded.append((layer.kernel.numpy(), layer.bias.numpy()))
    return folded


def logits(weights, pictures):
    out = []
    for part in np.array_split(pictures.astype(np.float32)[..., None], max(1, len(pictures) // 1000)):
        values = [part]
        for (kernel, bias), (_, stride, added) in zip(weights, LAYERS):
            value = tf.nn.conv2d(values[-1], kernel, stride, [[0, 0], [1, 1], [1, 1], [0, 0]]) + bias
            values.append(tf.nn.relu(value + values[-2] if added else value))
        flat = tf.reshape(tf.transpose(values[-1], (0, 3, 1, 2)), (len(part), -1))
        out.append(tf.matmul(flat, weights[-1][0]) + weights[-1][1])
    return np.concatenate(out)


def probabilities(weights, pictures, temperature):
    return tf.nn.softmax(logits(weights, pictures) / temperature).numpy()


def temperature(weights, pictures, beliefs):
    """The divisor of the logits under which the calibration split is likeliest."""
    found = logits(weights, pictures)
    loss = lambda t: float(tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(beliefs, found / t)))
    return float(minimize_scalar(loss, bounds=(0.3, 5), method="bounded").x)


def write(weights, temperature, path):
    nodes, constants, values = [], [], ["cells"]
    keep = lambda name, array: constants.append(numpy_helper.from_array(np.ascontiguousarray(array, np.float32), name))
    for i, ((kernel, bias), (_, stride, added)) in enumerate(zip(weights, LAYERS)):
        keep(f"kernel{i}", kernel.transpose(3, 2, 0, 1))
        keep(f"bias{i}", bias)
        value = f"conv{i}"
        nodes.append(helper.make_node("Conv", [values[-1], f"kernel{i}", f"bias{i}"], [value], kernel_shape=[3, 3], strides=[stride] * 2, pads=[1] * 4))
        if added:
            nodes.append(helper.make_node("Add", [value, values[-2]], [f"sum{i}"]))
            value = f"sum{i}"
        nodes.append(helper.make_node("Relu", [value], [f"relu{i}"]))
        values.append(f"relu{i}")
    keep("top", weights[-1][0] / temperature)
    keep("top_bias", weights[-1][1] / temperature)
    nodes.append(helper.make_node("Flatten", [values[-1]], ["flat"], axis=1))
    nodes.append(helper.make_node("Gemm", ["flat", "top", "top_bias"], ["scores"]))
    nodes.append(helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1))
    shaped = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, "digits", [shaped("cells", ["n", 1, 28, 28])], [shaped("probabilities", ["n", CLASSES])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
