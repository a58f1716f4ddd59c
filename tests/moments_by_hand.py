"""Implied moments of a fitted model and their derivatives, straight from its list of parameters.

Slow and independent of csi: covariances by inverting I - A, first derivatives by complex steps,
the Hessian of the likelihood by differences of its gradient.
"""

import numpy as np

STEP = 1e-30


class ByHand:
    """One group of a fitted model.

    Parameters are numbered from 1 in the column ``free``; those with the same label are one.
    """

    def __init__(self, table, items, *, group=1, means=False):
        table = table.to_dict("list") if hasattr(table, "to_dict") else table
        rows = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
        self.free_of = [row for row in rows if row["free"]]
        own = [row for row in rows if row.get("group", 1) == group]
        self.rows = [row for row in own if row["op"] in ("=~", "~", "~~", "~1")]
        self.items, self.means = list(items), means
        ends = {row[side]: None for row in self.rows for side in ("lhs", "rhs") if row[side]}
        names = [*self.items, *(name for name in ends if name not in self.items)]
        self.place = {name: place for place, name in enumerate(names)}
        self.theta = np.zeros(max(row["free"] for row in self.free_of))
        for row in self.free_of:
            self.theta[row["free"] - 1] = row["est"]

    @property
    def K(self):
        """Derivatives of the numbered parameters by those that differ."""
        label = {row["free"]: row.get("label") or f"#{row['free']}" for row in self.free_of}
        label = [label[number] for number in sorted(label)]
        return np.array([[one == other for other in dict.fromkeys(label)] for one in label]) * 1.0

    def implied(self, theta):
        """Means (..., p) and covariances (..., p, p) for parameters (..., q)."""
        v, batch = len(self.place), theta.shape[:-1]
        A, S = np.zeros((2, *batch, v, v), complex)
        m = np.zeros((*batch, v), complex)
        for row in self.rows:
            value = theta[..., row["free"] - 1] if row["free"] else row["est"]
            left, right = self.place[row["lhs"]], self.place.get(row["rhs"])
            if row["op"] == "=~":
                A[..., right, left] = value
            elif row["op"] == "~":
                A[..., left, right] = value
            elif row["op"] == "~~":
                S[..., left, right] = S[..., right, left] = value
            else:
                m[..., left] = value
        total = np.linalg.inv(np.eye(v) - A)[..., : len(self.items), :]
        return (total @ m[..., None])[..., 0], total @ S @ total.swapaxes(-1, -2)

    def moments(self):
        mu, Sigma = self.implied(self.theta)
        return mu.real, Sigma.real

    def derivatives(self, theta=None):
        theta = self.theta if theta is None else theta
        mu, Sigma = self.implied(theta + 1j * STEP * np.eye(len(theta)))
        i, j = np.triu_indices(len(self.items))
        moved = Sigma[:, i, j]
        moved = np.concatenate([mu, moved], axis=1) if self.means else moved
        return moved.imag.T / STEP

    def half_hessian(self, S, mean):
        """Observed information of one respondent under normal theory."""
        columns = []
        for k, value in enumerate(self.theta):
            step = np.zeros(len(self.theta))
            step[k] = 1e-5 * max(1.0, abs(value))
            slopes = [
                self._half_gradient(self.theta + times * step, S, mean) for times in (1, -1, 2, -2)
            ]
            columns.append((8 * (slopes[0] - slopes[1]) - slopes[2] + slopes[3]) / (12 * step[k]))
        H = np.array(columns)
        return (H + H.T) / 2

    def _half_gradient(self, theta, S, mean):
        mu, Sigma = (moment.real for moment in self.implied(theta))
        W = np.linalg.inv(Sigma)
        away = mean - mu if self.means else np.zeros(len(S))
        pull = W @ (Sigma - S - np.outer(away, away)) @ W
        i, j = np.triu_indices(len(S))
        along = pull[i, j] * np.where(i == j, 0.5, 1.0)
        return (np.concatenate([-W @ away, along]) if self.means else along) @ self.derivatives(
            theta
        )
