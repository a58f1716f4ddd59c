"""Printed matrices in files."""

import numpy as np
import pytest

import csi

CORRELATIONS = "item,A,B,C\nA,1,,\nB,.5,1,\nC,.25,-.1,1\n"


def written(tmp_path, text):
    path = tmp_path / "printed.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_triangle_is_filled_up(tmp_path):
    moments = csi.read_moments(written(tmp_path, CORRELATIONS), n=100)
    assert moments.units == "standard"
    np.testing.assert_allclose(moments.corr, [[1, 0.5, 0.25], [0.5, 1, -0.1], [0.25, -0.1, 1]])


def test_rows_below_the_matrix_say_more(tmp_path):
    text = CORRELATIONS + "mean,7,8,6.5\nsd,1.5,2,1\nn,250,,\n"
    moments = csi.read_moments(written(tmp_path, text))
    assert (moments.n, moments.units) == (250, "raw")
    np.testing.assert_allclose(moments.mean, [7, 8, 6.5])
    np.testing.assert_allclose(moments.sd, [1.5, 2, 1])


def test_chinese_rows_are_understood(tmp_path):
    text = "题项,质量,满意\n质量,1,\n满意,.6,1\n均值,7,8\n标准差,2,1\n样本量,300,\n"
    moments = csi.read_moments(written(tmp_path, text))
    assert (moments.n, moments.columns) == (300, ("质量", "满意"))


def test_variances_make_it_a_covariance_matrix(tmp_path):
    text = "item,A,B\nA,4,1\nB,1,9\n"
    moments = csi.read_moments(written(tmp_path, text), n=50)
    np.testing.assert_allclose(moments.sd, [2, 3])


@pytest.mark.parametrize("cell", ["-.5", "−.5", "–.5**", " -0.5 ", "-.5†", "－．５"], ids=ascii)
def test_numbers_are_read_as_they_are_printed(tmp_path, cell):
    text = f"item,A,B\nA,1,—\nB,{cell},1\nM,7,8\nSD,2,1\nN,300,\n"
    moments = csi.read_moments(written(tmp_path, text))
    assert (moments.corr[0, 1], moments.mean.tolist(), moments.n) == (-0.5, [7, 8], 300)


def test_rows_that_mean_nothing_are_told_of(tmp_path):
    path = written(tmp_path, CORRELATIONS + "alpha,.8,.9,.7\nsd,1,2,3\n")
    with pytest.warns(csi.DataQualityWarning, match="Rows left out.*: alpha"):
        assert csi.read_moments(path, n=100).sd.tolist() == [1, 2, 3]


def test_standard_deviations_may_go_with_their_variances(tmp_path):
    path = written(tmp_path, "item,A,B\nA,4,1\nB,1,9.01\nsd,2,3\n")
    assert csi.read_moments(path, n=50).units == "raw"


@pytest.mark.parametrize(
    ("text", "n", "error", "message"),
    [
        (CORRELATIONS, None, csi.OptionError, "number of respondents"),
        ("item,A,B\nA,1,\nB,,1\n", 9, csi.DataError, "no number for A and B"),
        ("item,A,B\nA,1,.5\n", 9, csi.FileFormatError, "no row is named B"),
        ("a\n1\n", 9, csi.FileFormatError, "no square table"),
        ("item,A,B\nA,1,.9\nB,x,1\n", 9, csi.DataError, r"no number: B, A: 'x'"),
        ("item,A,B\nA,1,\nB,=1/2,1\n", 9, csi.DataError, r"no number: B, A: '=1/2'"),
        ("item,A,B\nA,,\nB,.5,\n", 9, csi.DataError, "diagonal of the matrix is empty"),
        ("item,A,B\nA,1,\nB,.5,1\nB,.4,1\n", 9, csi.DataError, "several rows for B"),
        ("item,A,A\nA,1,\nB,.5,1\n", 9, csi.DataError, "several columns for A"),
        (CORRELATIONS + "mean,7,8,9\nM,1,2,3\n", 9, csi.DataError, "several rows for means"),
        (CORRELATIONS + "n,250,300,250\n", None, csi.DataError, "n holds 250 to 300"),
        ("item,A,B\nA,.8,\nB,.5,.7\nsd,2,3\n", 9, csi.DataError, "no squares of the row sd"),
        ("item,A,B\nA,1,1.5\nB,1.5,1\n", 9, csi.DataError, "no correlations"),
    ],
)
def test_what_is_no_matrix_is_refused(tmp_path, text, n, error, message):
    with pytest.raises(error, match=message):
        csi.read_moments(written(tmp_path, text), n=n)


def test_there_must_be_a_file():
    with pytest.raises(csi.FileFormatError, match=r"nowhere\.csv"):
        csi.read_moments("nowhere.csv")


def test_roots_of_the_ave_on_the_diagonal_are_pointed_out(tmp_path):
    path = written(tmp_path, "item,A,B\nA,.81,.5\nB,.5,.77\n")
    with pytest.warns(csi.DataQualityWarning, match="roots of the AVE"):
        csi.read_moments(path, n=100)
