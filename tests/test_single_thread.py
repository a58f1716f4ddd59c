"""Small matrix products on one thread, whoever asks for it at the same time."""

import threading

import pytest
from threadpoolctl import ThreadpoolController

import csi
from csi.single_thread import MANY_ROWS, one_thread


@pytest.fixture
def threads():
    """Two threads, as on a machine of any size; and a look at how many there are."""
    libraries = ThreadpoolController().select(user_api="blas")
    with libraries.limit(limits=2):
        yield lambda: {each["num_threads"] for each in libraries.info()}


def test_products_over_few_rows_run_on_one_thread(threads):
    before = threads()
    with one_thread(MANY_ROWS - 1):
        assert threads() == {1}
    assert threads() == before
    with one_thread(MANY_ROWS):
        assert threads() == before


def test_who_leaves_first_does_not_set_the_others_free(threads):
    before, inside, go = threads(), threading.Event(), threading.Event()

    def other():
        with one_thread():
            inside.set()
            go.wait(5)

    thread = threading.Thread(target=other)
    with one_thread():
        thread.start()
        assert inside.wait(5)
    assert threads() == {1}
    go.set()
    thread.join()
    assert threads() == before


def test_an_error_puts_the_threads_back(threads):
    before = threads()
    with pytest.raises(csi.CsiError), one_thread():
        raise csi.CsiError("no matter what")
    assert threads() == before


def test_fits_and_what_is_asked_of_them_run_on_one_thread(threads, monkeypatch):
    seen = []

    def watched(solution, *given):
        seen.append(threads())
        return original(solution, *given)

    original = csi.covariance_fit.tests.wald_table
    monkeypatch.setattr(csi.covariance_fit.tests, "wald_table", watched)
    model = csi.parse("Quality =~ OVERALLQ + a*CUSTOMQ + b*WRONGQ; Value =~ PQ + QP")
    fit = csi.fit(model, csi.demo_survey(), csi.CBSEM())
    fit.wald("a == b")
    assert seen == [{1}]
