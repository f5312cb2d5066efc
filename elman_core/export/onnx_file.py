"""A network as an ONNX model: one time step, with the context units' state going in and coming out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import elman_core
from elman_core.config import Activation, Output
from elman_core.errors import ConfigError
from elman_core.export.inputs import input_names, output_names, transforms_told
from elman_core.storage.model_file import SavedModel
from elman_core.support.files import replace_file
from elman_core.support.text_format import printable

__all__ = ["OPSET", "onnx_model", "write_onnx"]

OPSET = 17
_IR_VERSION = 9
_FUNCTIONS = {Activation.TANH: "Tanh", Activation.LOGISTIC: "Sigmoid", Activation.RELU: "Relu"}
_OUTPUTS = {Output.LINEAR: "Identity", Output.LOGISTIC: "Sigmoid", Output.SOFTMAX: "Softmax"}


def write_onnx(path: Path, saved: SavedModel) -> None:
    """Write the network of a model, or one part of a forecaster.

    Raises
    ------
    ConfigError
        When the library that writes ONNX is not there.
    ModelFileError
        When the file cannot be written.
    """
    replace_file(path, onnx_model(saved).SerializeToString())


def onnx_model(saved: SavedModel) -> Any:
    """Return the model: for one time step, with f and g as in the network::

        next_context = f(input W_input + context W_context [+ b])       (B, H)
        output       = g(next_context V_context [+ input V_input] [+ c])   (B, O)

    Of N networks, input, context and results have a leading dimension of N. Everything is in the network's units;
    the metadata tell what each input and output is, and the transforms around them.

    Raises
    ------
    ConfigError
        When the library that writes ONNX is not there.
    """
    try:
        import onnx
        from onnx import helper, numpy_helper
    except ImportError:
        raise ConfigError("ONNX needs two more libraries; install them with: pip install 'elman[onnx]'") from None

    network, weights = saved.network, saved.weights
    networks, inputs, hidden = len(weights.w1), network.inputs, network.hidden
    w1, w2 = (array if networks > 1 else array[0] for array in (weights.w1, weights.w2))
    pieces = {
        "W_input": w1[..., :inputs, :],
        "W_context": w1[..., inputs : inputs + hidden, :],
        "V_context": w2[..., :hidden, :],
    }
    nodes = [helper.make_node("MatMul", ["input", "W_input"], ["driven"])]
    nodes.append(helper.make_node("MatMul", ["context", "W_context"], ["remembered"]))
    nodes.append(helper.make_node("Add", ["driven", "remembered"], ["hidden_sum"]))
    last = "hidden_sum"
    if network.biases:
        pieces |= {"b": w1[..., -1:, :], "c": w2[..., -1:, :]}
        nodes.append(helper.make_node("Add", [last, "b"], ["hidden_biased"]))
        last = "hidden_biased"
    nodes.append(helper.make_node(_FUNCTIONS[network.activation], [last], ["next_context"]))
    nodes.append(helper.make_node("MatMul", ["next_context", "V_context"], ["read"]))
    last = "read"
    if network.direct:
        pieces["V_input"] = w2[..., hidden : hidden + inputs, :]
        nodes.append(helper.make_node("MatMul", ["input", "V_input"], ["direct"]))
        nodes.append(helper.make_node("Add", [last, "direct"], ["read_and_direct"]))
        last = "read_and_direct"
    if network.biases:
        nodes.append(helper.make_node("Add", [last, "c"], ["output_biased"]))
        last = "output_biased"
    nodes.append(helper.make_node(_OUTPUTS[network.output], [last], ["output"]))

    kind = helper.np_dtype_to_tensor_dtype(np.dtype(w1.dtype))
    leading = [networks] if networks > 1 else []

    def told(name: str, size: int) -> Any:
        return helper.make_tensor_value_info(name, kind, [*leading, "sequences", size])

    graph = helper.make_graph(
        nodes,
        "elman",
        [told("input", inputs), told("context", hidden)],
        [told("output", network.outputs), told("next_context", hidden)],
        [numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in pieces.items()],
        doc_string="One time step of an Elman network; feed next_context in as context at the next step.",
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=_IR_VERSION)
    model.producer_name, model.producer_version = "elman", elman_core.__version__
    model.doc_string = f"An Elman network that was trained on {printable(saved.source.name)}."
    helper.set_model_props(model, _metadata(saved))
    onnx.checker.check_model(model)
    return model


def _metadata(saved: SavedModel) -> dict[str, str]:
    """Return what a program needs to know to make inputs of data, and data of outputs."""
    data = saved.data
    told: dict[str, Any] = {
        "initial_context": saved.network.initial_context,
        "lags": data.lags,
        "relative_to_last": data.relative_to_last,
    }
    if saved.symbols is None:
        told |= {
            "inputs": input_names(data),
            "outputs": output_names(data),
            "transforms": transforms_told(data, saved.fitted),
            "sequences": list(saved.fitted.names),
        }
    else:
        vocabulary = saved.symbols.vocabulary
        told |= {"symbols": list(vocabulary.names), "vectors": vocabulary.vectors.tolist()}
    return {f"elman.{name}": json.dumps(value) for name, value in told.items()}
