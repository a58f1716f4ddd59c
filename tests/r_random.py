"""The random draws of R in Python, so that resamples drawn there can be drawn again here.

R's default since 3.6.0: Mersenne twister, and whole numbers by rejection of random bits.

References
----------
Matsumoto, M. and Nishimura, T. (1998). Mersenne twister. ACM Transactions on Modeling and
Computer Simulation 8(1), 3-30. doi:10.1145/272991.272995
R Core Team. ?Random, sections "Details" and "sample.kind".
"""

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]


SCRAMBLED, WORDS = 52, 624  # steps of the congruential generator before, and for, the state


class Stream:
    """Draws of R after ``set.seed(seed)``."""

    def __init__(self, seed: int) -> None:
        key = (_CONGRUENTIAL @ np.array([seed, 1], dtype=np.uint64)).astype(np.uint32)
        self._bits = np.random.MT19937()
        self._bits.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": 624}}

    def with_replacement(self, n: int, size: int) -> Rows:
        """``sample.int(n, size, replace = TRUE) - 1``."""
        drawn = np.empty(0, dtype=np.intp)
        while len(drawn) < size:
            drawn = np.append(drawn, self._below(n, size - len(drawn)))
        return drawn

    def shuffled(self, n: int) -> Rows:
        """``sample.int(n) - 1``."""
        left, order = list(range(n)), []
        for size in range(n, 0, -1):
            (at,) = self.with_replacement(size, 1)
            order.append(left[at])
            left[at] = left[size - 1]
        return np.array(order)

    def _below(self, n: int, tries: int) -> Rows:
        """Try to draw numbers below n, which is at most 65536."""
        chunks = self._bits.random_raw(tries).astype(np.intp) >> 16
        candidates = chunks & ((1 << (n - 1).bit_length()) - 1)
        return candidates[candidates < n]


def _steps(n: int) -> NDArray[np.uint64]:
    """Rows (a, c): after that many steps of x = 69069 x + 1 the number x is a x + c."""
    rows = [(1, 0)]
    for _ in range(n):
        a, c = rows[-1]
        rows.append((69069 * a % 2**32, (69069 * c + 1) % 2**32))
    return np.array(rows, dtype=np.uint64)


_CONGRUENTIAL = _steps(SCRAMBLED + WORDS - 1)[SCRAMBLED:]
