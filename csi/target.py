"""Which construct a study is about."""

from __future__ import annotations

from csi.spec import Model

_NAMES = ("satisfaction", "满意")


def target_of(model: Model) -> str:
    """Return the construct whose index and drivers a report shows first.

    It is the first construct called satisfaction, by its name or else by its
    label. Where none is, it is the construct with the most paths into it among
    those that have paths out of them too, or else among all; of several, the
    last one in the order of the model.

    Parameters
    ----------
    model : Model
        The model.

    Returns
    -------
    str

    Examples
    --------
    >>> import csi.models
    >>> from csi.target import target_of
    >>> target_of(csi.models.acsi())
    'Satisfaction'
    """
    exact = [name for name in model.names if name.casefold() in _NAMES]
    alike = [name for name in model.names if _called_satisfaction(model, name)]
    if exact or alike:
        return (exact or alike)[0]
    incoming, outgoing = model.design.sum(axis=0), model.design.sum(axis=1)
    between = [j for j in range(len(model.names)) if incoming[j] and outgoing[j]]
    candidates = between or range(len(model.names))
    return model.names[max(candidates, key=lambda j: (incoming[j], j))]


def _called_satisfaction(model: Model, name: str) -> bool:
    labels = (name, *model.construct(name).label.values())
    return any(word in label.casefold() for word in _NAMES for label in labels)
