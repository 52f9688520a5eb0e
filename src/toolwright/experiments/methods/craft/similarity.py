"""Likeness of texts by BM25 over their words, in the place of the sentence embeddings that CRAFT takes (SimCSE).

Example:
    texts = Similarity(["percent of a number", "days between dates"])
    texts.nearest("What is 20 percent of 35?", 1)      # [0]
"""

import re
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

from toolwright.errors import ConfigError

_WORD: Final = re.compile(r"[^\W\d_]{2,}")


class Similarity:
    """Some texts, to compare others with; numbers, single letters and frequent English words do not count.

    Args:
        texts: The texts.

    Raises:
        ConfigError: The library is not installed.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        library = _library()
        self._frequent = frozenset[str](library.stopwords.STOPWORDS_EN_PLUS)
        self._count = len(texts)
        words = [self._words(text) for text in texts]
        self._index: Any = None
        if any(words):
            self._index = library.BM25()
            self._index.index(words, show_progress=False)

    def to(self, query: str) -> list[float]:
        """How like each text is to a query, 0 for no word in common and without an upper bound."""
        words = self._words(query)
        if self._index is None or not words:
            return [0.0] * self._count
        return [float(score) for score in self._index.get_scores(words)]

    def nearest(self, query: str, most: int) -> list[int]:
        """The places of the texts most like a query, best first; those without a word in common are none of them."""
        scores = self.to(query)
        places = sorted(range(self._count), key=lambda place: -scores[place])
        return [place for place in places[:most] if scores[place] > 0]

    def _words(self, text: str) -> list[str]:
        found = _WORD.findall(text.replace("_", " ").lower())
        return [word for word in found if word not in self._frequent]


def _library() -> Any:  # noqa: ANN401 - the library is untyped
    try:
        import_module("bm25s.stopwords")
        return import_module("bm25s")
    except ImportError:
        raise ConfigError("method 'craft' needs bm25s: pip install 'toolwright[experiments]'") from None
