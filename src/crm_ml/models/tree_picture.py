"""A tree for human eyes: indented text and a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from crm_ml.base.plotting import COLOURS, new_figure
from crm_ml.models.matrix import Floats
from crm_ml.models.thresholds import written
from crm_ml.models.tree_nodes import LEAF, Tree

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_tree", "tree_text"]


def tree_text(tree: Tree, names: Sequence[str], value: Floats, size: Floats, label: str) -> str:
    """Return one line a node, indented by depth.

    Parameters
    ----------
    tree : Tree
    names : sequence of str
        Feature names.
    value, size : ndarray of shape (m,)
        Share of the class (or mean amount) and customers in every node.
    label : str
        The class; empty for amounts.
    """
    if tree.feature[0] == LEAF:
        return _outcome(value[0], size[0], label)
    lines: list[str] = []
    pending = [(0, 0, "")]
    while pending:
        node, depth, question = pending.pop()
        is_leaf = tree.feature[node] == LEAF
        if question:
            outcome = f": {_outcome(value[node], size[node], label)}" if is_leaf else ""
            lines.append("  " * (depth - 1) + question + outcome)
        if not is_leaf:
            left, right = _questions(tree, node, names)
            pending.append((int(tree.right[node]), depth + 1, right))
            pending.append((int(tree.left[node]), depth + 1, left))
    return "\n".join(lines)


def draw_tree(tree: Tree, names: Sequence[str], value: Floats, size: Floats, label: str) -> Figure:
    """Draw boxes and branches; leaves stand side by side in the order of the text."""
    place = _places(tree)
    width = max(x for x, _ in place.values()) + 1.0
    depth = max(y for _, y in place.values()) + 1.0
    figure, (axes,) = new_figure(width=max(6.0, 1.7 * width), height=1.3 * depth + 0.5)
    span = float(np.ptp(value)) or 1.0
    for node, (x, y) in place.items():
        if tree.feature[node] != LEAF:
            for child, word in zip((tree.left[node], tree.right[node]), ("yes", "no"), strict=True):
                _branch(axes, (x, y), place[int(child)], word)
        text = _outcome(value[node], size[node], label).replace(" (", "\n(")
        if tree.feature[node] != LEAF:
            text = f"{_questions(tree, node, names)[0]}?\n{text}"
        shade = 0.08 + 0.5 * float(value[node] - value.min()) / span
        box = {"boxstyle": "round", "facecolor": (*_rgb(COLOURS[1]), shade), "edgecolor": "#666666"}
        axes.text(x, -y, text, ha="center", va="center", fontsize=7, bbox=box)
    axes.set_xlim(-0.6, width - 0.4)
    axes.set_ylim(-depth + 0.4, 0.6)
    axes.set_axis_off()
    return figure


def _questions(tree: Tree, node: int, names: Sequence[str]) -> tuple[str, str]:
    name, threshold = names[tree.feature[node]], written(float(tree.threshold[node]))
    missing = " or missing" if tree.missing_seen[node] else ""
    left, right = (missing, "") if tree.missing_left[node] else ("", missing)
    return f"{name} <= {threshold}{left}", f"{name} > {threshold}{right}"


def _outcome(value: float, size: float, label: str) -> str:
    shown = f"{label} {value:.1%}".replace("%", " %") if label else f"{value:,.2f}"
    return f"{shown} (n = {size:,.0f})"


def _places(tree: Tree) -> dict[int, tuple[float, float]]:
    """Return x (leaves 0, 1, 2 …; a parent above the middle of its children) and depth of every node."""
    depth = {0: 0.0}
    order = [0]
    for node in order:
        if tree.feature[node] != LEAF:
            for child in (int(tree.left[node]), int(tree.right[node])):
                depth[child] = depth[node] + 1
                order.append(child)
    x: dict[int, float] = {}
    pending, leaves = [0], 0
    while pending:
        node = pending.pop()
        if tree.feature[node] == LEAF:
            x[node], leaves = float(leaves), leaves + 1
        else:
            pending += [int(tree.right[node]), int(tree.left[node])]
    for node in reversed(order):
        if tree.feature[node] != LEAF:
            x[node] = (x[int(tree.left[node])] + x[int(tree.right[node])]) / 2
    return {node: (x[node], depth[node]) for node in order}


def _branch(axes: Axes, parent: tuple[float, float], child: tuple[float, float], word: str) -> None:
    axes.plot([parent[0], child[0]], [-parent[1], -child[1]], color="#999999", linewidth=0.8, zorder=0)
    axes.text((parent[0] + child[0]) / 2, -(parent[1] + child[1]) / 2, word, fontsize=6, color="#555555")


def _rgb(colour: str) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(colour)
    return red, green, blue
