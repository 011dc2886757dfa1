"""The page: one HTML file without scripts, which loads nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from emotion.cropping import MIRRORED
from emotion.explanation import explain
from emotion.explanation_strip import overlay
from emotion.inspection.diagram import anchor, diagram
from emotion.inspection.images import as_grid, img, signed_image, signed_mosaic
from emotion.inspection.sentences import by, long_name, sentence
from emotion.inspection.style import STYLE
from emotion.inspection.tracing import Step, trace
from emotion.pages.document import PAGE_END, escape_text, page_start
from emotion.preprocessing import prepare_faces, resize_face
from emotion.recognizer import CLEAR, EmotionRecognizer
from npcnn import Conv2D, Dense, Dropout, MaxPool2D, parameter_count, predict, reference, use_backend

MAX_FILTER_WEIGHTS = 40_000
"""The weights of larger convolutions are not shown: there are too many to be seen."""

MAX_OUTPUTS = 16
"""The weights of dense layers with more outputs are not shown."""

_FACE_WIDTH = 192  # of an image of the face on the page, in pixels


def inspection_page(recognizer: EmotionRecognizer, crop: NDArray[np.uint8], title: str) -> str:
    """Return a page (HTML) about what the network does with one face, layer by layer.

    crop: a gray uint8 crop (H, W), as for `EmotionRecognizer.classify`.
    title: where the face comes from, such as the name of the picture; any text.
    """
    network, size = recognizer.network, recognizer.metadata.input_size
    x = prepare_faces([crop], size)
    steps = trace(network, x)
    sections = [_face(crop, x), *(_layer(step) for step in steps), _answer(recognizer, crop, x)]
    name = recognizer.metadata.network
    figures = f"{len(steps)} steps and {parameter_count(network):,} parameters"
    heading = f"Inside the network: {title}"
    return f"""{page_start(heading, STYLE)}<header>
<h1>{escape_text(heading)}</h1>
<p>From the pixels of a face to the probabilities of eight emotions: the network <code>{escape(name)}</code>, in
{figures}. Choose a layer, or read on from top to bottom.</p>
<p class="key">In all images of layers, orange is positive, blue is negative, and 0 has the colour of the page. Shapes
are channels x height x width. The number before each layer is its name in the weight file.</p>
</header>
<div class="columns">
<nav id="contents" aria-label="Layers">
{diagram(network, x.shape[1:])}
</nav>
<main>
{"".join(sections)}
</main>
</div>
{PAGE_END}"""


@dataclass(frozen=True)
class _Figure:
    """An image, as <img>, and its caption, as text."""

    image: str
    caption: str

    def __str__(self) -> str:
        return f"<figure>{self.image}<figcaption>{escape(self.caption)}</figcaption></figure>\n"


def _section(anchor: str, heading: str, *parts: object) -> str:
    up = '<a class="up" href="#contents">layers</a>'
    return f'<section id="{anchor}">{up}\n<h2>{heading}</h2>\n{"".join(map(str, parts))}</section>\n'


def _row(figures: Iterable[_Figure], style: str = "row") -> str:
    return f'<div class="{style}">{"".join(map(str, figures))}</div>\n'


def _face(crop: NDArray[np.uint8], x: NDArray[np.float32]) -> str:
    pixels = resize_face(crop, x.shape[2]).astype(np.float32)
    text = (
        f"<p>The face is cut out, made gray, and resized to {by(x.shape[2:])} pixels. Their mean, {pixels.mean():.0f}, "
        f"is subtracted, and the result is divided by their standard deviation, {pixels.std():.0f}, so that bright and "
        "dark photographs look alike to the network. It also sees the mirror image; this page follows the face as it "
        "is.</p>\n"
    )
    limit = np.abs(x).max()
    figures = (
        _Figure(img(crop, "The face in gray", _FACE_WIDTH), f"cut out, {by(crop.shape)}"),
        _Figure(img(resize_face(crop, x.shape[2]), "The face with fewer pixels", _FACE_WIDTH), by(x.shape[2:])),
        _Figure(
            img(signed_image(x[0, 0], limit), "The standardised face", _FACE_WIDTH),
            f"what the network sees: {x.min():.1f} to {x.max():.1f}",
        ),
    )
    return _section("face", "The face", text, _row(figures, "row faces"))


def _layer(step: Step) -> str:
    shapes = " + ".join(by(x.shape[1:]) for x in step.inputs)
    count = f"{step.parameters:,} parameters" if step.parameters else "no parameters"
    heading = f"<small>{escape(step.name)}</small> {escape(long_name(step.layer))}"
    facts = f'<p class="facts">{shapes} &rarr; {by(step.output.shape[1:])}; {count}</p>\n'
    return _section(
        anchor(step.name), heading, facts, f"<p>{escape(sentence(step))}</p>\n", *_weights(step), *_work(step)
    )


def _weights(step: Step) -> list[_Figure]:
    """The weights of a layer, where they can be seen."""
    layer = step.layer
    if isinstance(layer, Conv2D) and layer.params["w"].size <= MAX_FILTER_WEIGHTS:
        w = layer.params["w"]
        limit = float(np.abs(w).max())
        columns = None if w.shape[1] == 1 else w.shape[1]
        order = "" if columns is None else "; a row for each filter, a column for each channel that it reads"
        image = signed_mosaic(w.reshape(-1, *w.shape[2:]), limit, columns)
        return [_Figure(img(image, f"Weights of the {len(w)} filters"), f"filters, up to {limit:.2g}{order}")]
    if isinstance(layer, Dense) and layer.outputs <= MAX_OUTPUTS:
        w = layer.params["w"]
        limit = float(np.abs(w).max())
        image = signed_mosaic(np.concatenate([as_grid(column) for column in w.T]), limit)
        caption = f"weights, up to {limit:.2g}; an image of {layer.inputs:,} weights for each output, in order"
        return [_Figure(img(image, f"Weights of the {layer.outputs} outputs"), caption)]
    return []


def _work(step: Step) -> list[object]:
    """What the layer made of its input."""
    layer, output = step.layer, step.output[0]
    if isinstance(layer, MaxPool2D):
        return [_pooled(step), _activations(output, "output")]
    if isinstance(layer, Dropout):
        return [_dropped(step)]
    return [_activations(output, "output")]


def _activations(x: NDArray, what: str, limit: float | None = None) -> _Figure:
    """An array (C, H, W) as one image a channel, or (K,) as one image."""
    limit = _limit(x) if limit is None else limit
    images = as_grid(x) if x.ndim == 1 else x
    count = f"{len(x)} numbers" if x.ndim == 1 else f"{len(x)} channel{'s' * (len(x) > 1)}"
    caption = f"{what}: {count}, {x.min():.2g} to {x.max():.2g}; the strongest colour is {limit:.2g}"
    return _Figure(img(signed_mosaic(images, limit), f"{what.capitalize()}: {count}"), caption)


def _limit(x: NDArray) -> float:
    """The absolute value that is shown in the strongest colour: only 1 in 200 is larger."""
    return float(np.quantile(np.abs(x), 0.995)) or float(np.abs(x).max()) or 1.0


def _pooled(step: Step) -> str:
    """The channel that varies most before the pooling, which of its values were the largest, and the result."""
    layer, (x,) = step.layer, step.inputs
    channel = int(x[0].std(axis=(1, 2)).argmax())
    one = np.ascontiguousarray(x[:, channel : channel + 1])
    y, argmax = reference.maxpool2d_forward(one, layer.window, layer.stride)
    kept = reference.maxpool2d_backward(np.ones_like(y), argmax, x.shape[2:], layer.window, layer.stride) > 0
    limit = _limit(one)
    panels = {"before": one, "the largest of each window": np.where(kept, one, 0), "after": y}
    figures = [
        _Figure(
            img(signed_image(image[0, 0], limit), f"Channel {channel}: {what}", _FACE_WIDTH),
            f"channel {channel}, {what}",
        )
        for what, image in panels.items()
    ]
    return _row(figures, "row faces")


def _dropped(step: Step) -> str:
    """What passes in an answer, and what would pass in a step of training."""
    (x,) = step.inputs
    with use_backend("reference"):
        y = Dropout(step.layer.rate, 0).forward(x, training=True)
    limit, zeros = _limit(y), np.mean((y == 0) & (x != 0))
    figures = (
        _activations(x[0], "in an answer", limit),
        _activations(y[0], f"in training, for example, with {zeros:.0%} set to 0", limit),
    )
    return _row(figures)


def _answer(recognizer: EmotionRecognizer, crop: NDArray[np.uint8], x: NDArray[np.float32]) -> str:
    metadata, labels = recognizer.metadata, recognizer.metadata.labels
    with use_backend("reference"):
        face, mirrored = predict(recognizer.network, np.concatenate([x, x[..., ::-1]]))
        corrected = ((face + mirrored) / 2 - metadata.log_prior()) / metadata.temperature
    probabilities = recognizer.classify([crop])[0]
    best = int(probabilities.argmax())
    text = (
        "<p>The last layer gives a number for each emotion, the logit. Those of the face and of its mirror image "
        f"are averaged, {metadata.prior_share:.0%} of the logarithm of each emotion's share in the training faces is "
        f"subtracted, and the result is divided by the temperature, {metadata.temperature:g}. The softmax makes them "
        "probabilities: the exponential of each number, divided by the sum of all exponentials.</p>\n"
        "<p>This page, with the heat map below, is about one crop and its mirror image. For a face that it finds in a "
        f"picture, <code>predict.py</code> gives the same answer if its probability is at least {CLEAR:.0%}. Otherwise "
        f"it averages the logits of {len(MIRRORED)} other crops around the face, {sum(MIRRORED)} of them mirrored.</p>"
        "\n"
    )
    rows = []
    for i, label in enumerate(labels):
        numbers = "".join(f"<td>{value:.2f}</td>" for value in (face[i], mirrored[i], corrected[i]))
        bar = f'<td class="bar"><span style="width:{probabilities[i]:.1%}"></span></td>'
        answer = ' class="answer"' if i == best else ""
        rows.append(f"<tr{answer}><th>{escape(label)}</th><td>{probabilities[i]:.1%}</td>{bar}{numbers}</tr>\n")
    heads = ("emotion", "probability", "", "logit", "of the mirror image", "corrected mean")
    table = (
        f'<div class="scroll"><table><thead><tr>{"".join(f"<th>{head}</th>" for head in heads)}</tr></thead>\n'
        f"<tbody>{''.join(rows)}</tbody></table></div>\n"
    )
    return _section("answer", "Probabilities", text, table, _explanation(recognizer, crop, labels[best]))


def _explanation(recognizer: EmotionRecognizer, crop: NDArray[np.uint8], emotion: str) -> _Figure:
    heat = explain(recognizer, crop, emotion)
    image = overlay(crop, heat, _FACE_WIDTH)
    return _Figure(img(image, f"Heat map over the face for {emotion}", _FACE_WIDTH), f"bright: supports {emotion}")
