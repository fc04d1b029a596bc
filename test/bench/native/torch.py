"""PyTorch on the same GPU and sizes: python3 torch.py WORKLOADS, the workloads of demo/measure/workloads.ts as JSON.

Prints one line of JSON: {"device": …, "torch": …, "seconds": {name: least time of a run}, "product": FLOP/s}, or {"none":
why}. Forward passes and training run in float32 without TF32, nn.LSTM and its kin being cuDNN's. Times are of the GPU.
"""

import json
import sys


def main(workloads):
    try:
        import torch
    except ImportError:
        return {"none": "PyTorch is not installed"}
    if not torch.cuda.is_available():
        return {"none": "PyTorch finds no CUDA device"}
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    seconds = {w["name"]: least(torch, run) for w in workloads if (run := runner(torch, w))}
    return {
        "device": torch.cuda.get_device_name(),
        "torch": torch.__version__,
        "seconds": seconds,
        "product": product(torch),
    }


def runner(torch, w):
    """A run of a workload; None for those of single steps, where calls are what is measured."""
    if w["kind"] not in ("forward", "train"):
        return None
    nn = torch.nn
    make = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[w["cell"]]
    net = make(w["I"], w["H"], w["layers"], bidirectional=w["directions"] == 2).cuda()
    x = torch.rand(w["T"], w["B"], w["I"], device="cuda") * 2 - 1
    if w["kind"] == "forward":

        def forward():
            with torch.inference_mode():
                net(x)

        return forward
    head = nn.Linear(w["H"], w["classes"]).cuda()
    target = torch.randint(w["classes"], (w["T"] * w["B"],), device="cuda")
    optimizer = torch.optim.Adam([*net.parameters(), *head.parameters()], lr=1e-3, fused=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        y, _ = net(x)
        nn.functional.cross_entropy(head(y.flatten(0, 1)), target).backward()
        optimizer.step()

    return step


def least(torch, run, times=50):
    for _ in range(5):
        run()
    found = []
    for _ in range(times):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        run()
        end.record()
        torch.cuda.synchronize()
        found.append(begin.elapsed_time(end) / 1e3)
    return min(found)


def product(torch, n=4096):
    a, b = (torch.rand(n, n, device="cuda") for _ in range(2))
    return 2 * n**3 / least(torch, lambda: a @ b, 10)


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
