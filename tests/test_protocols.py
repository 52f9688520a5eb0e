from hypothesis import given
from hypothesis import strategies as st

from toolwright.protocols import epoch_of, step_purpose


@given(st.integers(0), st.none() | st.integers(1))
def test_the_epoch_of_a_step_is_read_from_its_purpose(epoch: int, within: int | None):
    assert epoch_of(step_purpose(epoch, within)) == epoch


def test_other_purposes_have_no_epoch():
    assert [epoch_of(purpose) for purpose in ("", "train", "step", "step one", "step 3 and more")] == [None] * 5
