"""Names of the package: found when first used, and suggested where misspelt."""

import subprocess
import sys

import pytest

import csi


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("fitt", "csi has no 'fitt'. Did you mean 'fit'?"),
        ("Fitt", "csi has no 'Fitt'. Did you mean 'Fit'?"),
        ("pls", "csi has no 'pls'. Did you mean 'PLS'?"),
        ("loyality_curve", "csi has no 'loyality_curve'. Did you mean 'loyalty_curve'?"),
        ("zzzqq", "csi has no 'zzzqq'."),
    ],
)
def test_a_misspelt_name_is_answered_with_the_right_one(typed, said):
    with pytest.raises(AttributeError) as caught:
        getattr(csi, typed)
    assert str(caught.value) == said
    assert not hasattr(csi, typed)


def test_importing_the_package_is_quick():
    asked = "import sys, csi; assert callable(csi.__getattr__); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"numpy", "pandas", "csi.errors"} & set(loaded)
    assert not hasattr(csi, "__wrapped__")
