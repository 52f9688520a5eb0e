"""Jobs on a thread of their own: in order, in nobody's way, and over with the first that fails."""

import threading

import pytest

from toolwright.trackers.aside import Aside, Job


def test_jobs_are_done_in_order_on_another_thread_before_the_end() -> None:
    done: list[tuple[int, bool]] = []

    def job(number: int) -> None:
        done.append((number, threading.current_thread() is threading.main_thread()))

    with Aside("x") as aside:
        for number in range(100):
            aside.do(lambda number=number: job(number))
    assert done == [(number, False) for number in range(100)]


def test_who_gives_a_job_does_not_wait_for_it() -> None:
    given = threading.Event()
    with Aside("x") as aside:
        aside.do(lambda: assert_comes(given))
        given.set()


def assert_comes(event: threading.Event) -> None:
    assert event.wait(30)


def do(*jobs: Job, patience: float = 30.0) -> None:
    with Aside("x", patience) as aside:
        for job in jobs:
            aside.do(job)


def do_for_ever(job: Job) -> None:
    with Aside("x") as aside:
        while True:
            aside.do(job)


def test_a_job_that_fails_is_said_at_the_end_and_no_other_is_done() -> None:
    done: list[float] = []
    with pytest.raises(ZeroDivisionError):
        do(lambda: done.append(1 / 0), lambda: done.append(2))
    assert done == []


def test_a_job_that_fails_is_said_to_who_gives_the_next_one() -> None:
    failing: list[float] = []
    with pytest.raises(ZeroDivisionError):
        do_for_ever(lambda: failing.append(1 / 0))


def test_where_the_run_was_broken_off_the_end_waits_less() -> None:
    never = threading.Event()

    def broken_off() -> None:
        with Aside("x", patience=1e6, hurried=0.05) as aside:
            aside.do(lambda: assert_comes(never))
            raise KeyboardInterrupt

    with pytest.raises(TimeoutError):
        broken_off()
    never.set()


def test_the_end_waits_no_longer_than_it_may() -> None:
    never = threading.Event()
    with pytest.raises(TimeoutError, match=r"x was not done 0\.05 s after the end of the run"):
        do(lambda: assert_comes(never), patience=0.05)
    never.set()
