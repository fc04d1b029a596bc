#!/usr/bin/env python3
"""Shows that PyTorch reads what webrnn trained, and computes the same from it.

    python3 scripts/pytorch_check.py WEIGHTS.safetensors RESULTS.safetensors

WEIGHTS is what writeSafetensors(await trainer.weights()) gives: tensors by PyTorch's names, as "embed.weight",
"rnn.weight_hh_l0", "head.bias". RESULTS, also a safetensors file, is one run of webrnn with these weights:

    in/x            what went in: token ids [B, T] (I32) or features [B, T, I] (F32)
    in/h0  in/c0    initial states [L*D, B, H], if any were given; of the only recurrent layer
    out/y           what came out, and
    out/hn  out/cn  the final states [L*D, B, H], if the model gives them
    metadata "layers"     JSON, the layers in order, each with its name in WEIGHTS ("" for a bare layer), PyTorch's
                          class and its arguments:
                          [{"name": "embed", "type": "Embedding", "args": {"num_embeddings": 81, "embedding_dim": 64}},
                           {"name": "rnn", "type": "LSTM", "args": {"input_size": 64, "hidden_size": 128}},
                           {"name": "head", "type": "Linear", "args": {"in_features": 128, "out_features": 81}}]
    metadata "tolerance"  optional: the largest |difference| allowed, of max(1, largest |want|); 1e-5 if not given

Needs torch and safetensors (pip install torch safetensors). The weights are loaded strictly: a name too many, a name
too few or another shape is an error. PyTorch computes in float64. Ends with status 1 where they differ.
"""

import json
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn

RECURRENT = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
LAYERS = {"Embedding": nn.Embedding, "Linear": nn.Linear, **RECURRENT}


def build(layers, weights):
    """The layers as PyTorch has them, holding the weights."""
    modules = {}
    for layer in layers:
        args = dict(layer["args"])
        if layer["type"] in RECURRENT:
            args["batch_first"] = True
        modules[layer["name"]] = LAYERS[layer["type"]](**args)
    if list(modules) == [""]:
        modules[""].load_state_dict(weights, strict=True)
    else:
        nn.ModuleDict(modules).load_state_dict(weights, strict=True)
    for module in modules.values():
        module.double().eval()
    return modules


def run(modules, inputs):
    """y and, where there is a recurrent layer, its final states, by webrnn's names."""
    results = {}
    value = inputs["x"].long() if inputs["x"].dtype == torch.int32 else inputs["x"].double()
    for module in modules.values():
        if not isinstance(module, tuple(RECURRENT.values())):
            value = module(value)
            continue
        given = [inputs[name].double() for name in ("h0", "c0") if name in inputs]
        states = None
        if given:
            states = tuple(given) if isinstance(module, nn.LSTM) else given[0]
        value, final = module(value, states)
        final = final if isinstance(final, tuple) else (final,)
        results.update(zip(("hn", "cn"), final))
    results["y"] = value
    return results


def under(tensors, prefix):
    return {name[len(prefix) :]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    weights_path, results_path = sys.argv[1:]
    with safe_open(results_path, "pt") as file:
        metadata = file.metadata() or {}
    if "layers" not in metadata:
        sys.exit(f'{results_path}: its metadata has no "layers"; see the head of this script.')
    tensors = load_file(results_path)
    tolerance = float(metadata.get("tolerance", "1e-5"))

    modules = build(json.loads(metadata["layers"]), load_file(weights_path))
    with torch.no_grad():
        wanted = run(modules, under(tensors, "in/"))
    found = under(tensors, "out/")
    if not found:
        sys.exit(f"{results_path}: it holds no out/ tensor to compare.")
    agree = True
    for name, have in sorted(found.items()):
        want = wanted[name].reshape(have.shape)
        difference = (have.double() - want).abs().max().item()
        allowed = tolerance * max(1.0, want.abs().max().item())
        # Not "difference > allowed": a NaN must not pass.
        agree = agree and difference <= allowed
        print(f"{name} {list(have.shape)}: largest difference {difference:.2e}, allowed {allowed:.2e}")
    print("PyTorch", torch.__version__, "agrees." if agree else "DIFFERS.")
    sys.exit(0 if agree else 1)


if __name__ == "__main__":
    main()
