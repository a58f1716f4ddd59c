"""Customer satisfaction index models."""

from csi.spec import (
    Construct,
    Item,
    Model,
    Path,
    composite,
    higher_order,
    items,
    model,
    paths,
    reflective,
    single,
)

__all__ = [
    "Construct",
    "Item",
    "Model",
    "Path",
    "composite",
    "higher_order",
    "items",
    "model",
    "paths",
    "reflective",
    "single",
]
