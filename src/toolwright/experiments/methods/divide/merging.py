r"""Two function sets made one, and which of several sets stays; pure.

Example:
    >>> def one(name: str, source: str) -> FunctionSet:
    ...     return FunctionSet(functions=(Function(name=name, source=source),))
    >>> here = one("double", "def double(n: int) -> int:\n    return 2 * n\n")
    >>> there = one("twice", "def twice(n: int) -> int:\n    return 2 * n\n")
    >>> [pair.other.name for pair in duplicates(here, there)], united(here, there).names
    (['twice'], ('double',))
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from toolwright.functions import Function, FunctionSet


class Duplicates(NamedTuple):
    """Two variants of one function, one of each set; only one of them is to stay."""

    one: Function
    other: Function


class Reading(NamedTuple):
    """A function set and its mean score on the tasks it is judged by."""

    functions: FunctionSet
    mean: float


def duplicates(first: FunctionSet, second: FunctionSet) -> tuple[Duplicates, ...]:
    """Functions of one name that differ, and of two names with equal source, in the order of the second set.

    A function whose name is in both sets can only be a duplicate by that name: what both sets started from, and what is
    frozen in both, is never set against another.
    """
    return tuple(_duplicates(first, second))


def _duplicates(first: FunctionSet, second: FunctionSet) -> Iterator[Duplicates]:
    own = {_nameless(one): one for one in reversed(first.functions) if one.name not in second}
    for other in second.functions:
        if other.name in first:
            one = first.get(other.name)
            if one != other:
                yield Duplicates(one, other)
        elif (one := own.pop(_nameless(other), None)) is not None:
            yield Duplicates(one, other)


def _nameless(function: Function) -> str:
    """The source with another name in the place of the function's."""
    return re.sub(rf"\b{function.name}\b", "_", function.source).strip()


def united(first: FunctionSet, second: FunctionSet) -> FunctionSet:
    """All functions of both, the first set's before; of duplicates the first set's variant."""
    second_variants = {pair.other.name for pair in duplicates(first, second)}
    new = (one for one in second.functions if one.name not in first and one.name not in second_variants)
    return FunctionSet(functions=(*first.functions, *new))


def exchanged(functions: FunctionSet, pair: Duplicates) -> FunctionSet:
    """The set with the other variant in the place of the one."""
    return FunctionSet(functions=tuple(pair.other if one.name == pair.one.name else one for one in functions.functions))


def better(one: Reading, other: Reading) -> Reading:
    """The one with the higher mean; of equally good ones that with less source, else the first."""
    return max(one, other, key=lambda reading: (reading.mean, -_length(reading.functions)))


def kept(merged: Reading, first: Reading, second: Reading) -> Reading:
    """The merged set where it is at least as good as either it was made of, else the better of these."""
    parent = better(first, second)
    return merged if merged.mean >= parent.mean else parent


def _length(functions: FunctionSet) -> int:
    return sum(len(one.source) for one in functions.functions)
