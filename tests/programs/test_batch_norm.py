"""An MLP with batch normalisation by hand, and the gradients of all 26 values in it (Karpathy's backprop ninja)."""

from __future__ import annotations

import numpy as np

import minigrad as mg
from tests.programs.tools import near, parameters, same, tensors

TOKENS, CONTEXT, SIZE, HIDDEN, BATCH, RATE, UPDATES = 9, 3, 4, 16, 12, 0.2, 25


def initial_values():
    rng = np.random.default_rng(0)
    return {
        "C": rng.standard_normal((TOKENS, SIZE)),
        "W1": rng.standard_normal((CONTEXT * SIZE, HIDDEN)) * 0.5,
        "b1": rng.standard_normal(HIDDEN) * 0.1,
        "W2": rng.standard_normal((HIDDEN, TOKENS)) * 0.1,
        "b2": rng.standard_normal(TOKENS) * 0.1,
        "bngain": rng.standard_normal((1, HIDDEN)) * 0.1 + 1.0,
        "bnbias": rng.standard_normal((1, HIDDEN)) * 0.1,
    }


def batches():
    """Contexts of three tokens, and the token that follows: the largest of them."""
    rng = np.random.default_rng(1)
    for _ in range(UPDATES):
        contexts = rng.integers(0, TOKENS, (BATCH, CONTEXT))
        yield contexts, contexts.max(axis=1)


def with_minigrad(start):
    w, losses, history = parameters(start), [], []
    for x, y in batches():
        with mg.Tape() as tape:
            emb = w.C[x]
            embcat = emb.reshape(BATCH, -1)
            hprebn = embcat @ w.W1 + w.b1
            bnmeani = 1 / BATCH * hprebn.sum(axis=0, keepdims=True)
            bndiff = hprebn - bnmeani
            bndiff2 = bndiff**2
            bnvar = 1 / (BATCH - 1) * bndiff2.sum(axis=0, keepdims=True)
            bnvar_inv = (bnvar + 1e-5) ** -0.5
            bnraw = bndiff * bnvar_inv
            hpreact = w.bngain * bnraw + w.bnbias
            h = mg.tanh(hpreact)
            logits = h @ w.W2 + w.b2
            logit_maxes = logits.max(axis=1, keepdims=True)
            norm_logits = logits - logit_maxes
            counts = mg.exp(norm_logits)
            counts_sum = counts.sum(axis=1, keepdims=True)
            counts_sum_inv = counts_sum**-1
            probs = counts * counts_sum_inv
            logprobs = mg.log(probs)
            loss = -logprobs[np.arange(BATCH), y].mean()
        inside = {
            "logprobs": logprobs, "probs": probs, "counts_sum_inv": counts_sum_inv, "counts_sum": counts_sum,
            "counts": counts, "norm_logits": norm_logits, "logit_maxes": logit_maxes, "logits": logits, "h": h,
            "hpreact": hpreact, "bnraw": bnraw, "bnvar_inv": bnvar_inv, "bnvar": bnvar, "bndiff2": bndiff2,
            "bndiff": bndiff, "bnmeani": bnmeani, "hprebn": hprebn, "embcat": embcat, "emb": emb, **w,
        }  # fmt: skip
        gradients = dict(zip(inside, tape.gradient(loss, list(inside.values()))))
        for name, parameter in w.items():
            parameter.value = parameter.value - RATE * gradients[name].value
        losses.append(loss.item())
        history.append({name: gradient.numpy() for name, gradient in gradients.items()})
    return losses, w, history


def with_pytorch(torch, start):
    w, losses, history = tensors(torch, start), [], []
    for x, y in batches():
        emb = w.C[torch.tensor(x)]
        embcat = emb.view(BATCH, -1)
        hprebn = embcat @ w.W1 + w.b1
        bnmeani = 1 / BATCH * hprebn.sum(0, keepdim=True)
        bndiff = hprebn - bnmeani
        bndiff2 = bndiff**2
        bnvar = 1 / (BATCH - 1) * bndiff2.sum(0, keepdim=True)
        bnvar_inv = (bnvar + 1e-5) ** -0.5
        bnraw = bndiff * bnvar_inv
        hpreact = w.bngain * bnraw + w.bnbias
        h = torch.tanh(hpreact)
        logits = h @ w.W2 + w.b2
        logit_maxes = logits.max(1, keepdim=True).values
        norm_logits = logits - logit_maxes
        counts = norm_logits.exp()
        counts_sum = counts.sum(1, keepdim=True)
        counts_sum_inv = counts_sum**-1
        probs = counts * counts_sum_inv
        logprobs = probs.log()
        loss = -logprobs[range(BATCH), torch.tensor(y)].mean()
        inside = {
            "logprobs": logprobs, "probs": probs, "counts_sum_inv": counts_sum_inv, "counts_sum": counts_sum,
            "counts": counts, "norm_logits": norm_logits, "logit_maxes": logit_maxes, "logits": logits, "h": h,
            "hpreact": hpreact, "bnraw": bnraw, "bnvar_inv": bnvar_inv, "bnvar": bnvar, "bndiff2": bndiff2,
            "bndiff": bndiff, "bnmeani": bnmeani, "hprebn": hprebn, "embcat": embcat, "emb": emb, **w,
        }  # fmt: skip
        for value in inside.values():
            value.retain_grad()
            value.grad = None
        loss.backward()
        history.append({name: value.grad.numpy().copy() for name, value in inside.items()})
        with torch.no_grad():
            for weight in w.values():
                weight -= RATE * weight.grad
        losses.append(loss.item())
    return losses, w, history


def test_the_same_as_pytorch_in_every_value(torch):
    start = initial_values()
    *ours, history = with_minigrad(start)
    *theirs, expected = with_pytorch(torch, start)
    for update, (gradients, wanted) in enumerate(zip(history, expected, strict=True), start=1):
        assert len(gradients) == len(wanted) == 26
        for name, gradient in gradients.items():
            near(f"in update {update} the gradient of {name}", gradient, wanted[name])
    same(ours, theirs, start, idle={"b1"})  # normalisation takes away what is added to all rows
