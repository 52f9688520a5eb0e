"""Frames come out as they went in, however the bytes between were cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolwright.sandbox.worker.frames import HEADER, frame, frames

FRAME = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 255), st.binary(max_size=50))


@given(sent=st.lists(FRAME, max_size=20), cut=st.integers(1, 40))
def test_frames_come_out_whole_and_in_order(sent: list[tuple[int, int, bytes]], cut: int) -> None:
    data = b"".join(frame(*one) for one in sent)
    buffer, came = bytearray(), list[tuple[int, int, bytes]]()
    for start in range(0, len(data), cut):
        buffer += data[start : start + cut]
        came += frames(buffer, 50)
    assert came == sent
    assert not buffer


def test_a_frame_that_is_too_long_is_refused_before_it_has_come() -> None:
    with pytest.raises(ValueError, match="51 bytes"):
        list(frames(bytearray(HEADER.pack(1, 2, 51)), 50))
