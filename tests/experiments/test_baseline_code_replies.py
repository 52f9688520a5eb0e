"""The code in a model's reply is found however it was wrapped; words are no code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolwright.experiments.methods.code_replies import code_of, is_python


@pytest.mark.parametrize(
    "reply",
    [
        "```python\nprint(1)\n```",
        "First I think.\n\n```Python\nprint(1)\n```\nDone.",
        "```py\r\nprint(1)\r\n```",
        "```\nprint(1)\n```",
        "```python\nprint(1)",
        "  - so:\n    ```python\n    print(1)\n    ```",
        "print(1)",
        '```json\n{"a": 1}\n```\n```python\nprint(1)\n```\n```\n1 + \n```\n```text\n1\n```',
        '```python title="a"\nprint(1)\n```',
    ],
)
def test_code_is_found(reply: str):
    assert code_of(reply) == "print(1)"


def test_blocks_are_joined_in_order_and_keep_their_inner_indents():
    reply = "```python\ndef f(x):\n    return x\n```\nand\n```python\nprint(f(1))\n```"
    assert code_of(reply) == "def f(x):\n    return x\n\nprint(f(1))"


@pytest.mark.parametrize(
    "reply", ["", "No idea.", "42", "answer", "```\nThe answer is 5.\n```", "```bash\nls\n```", "x" * 200_000]
)
def test_words_are_no_code(reply: str):
    assert code_of(reply) == ""


@given(st.text())
def test_any_reply_is_read(reply: str):
    assert isinstance(code_of(reply), str)


@given(st.sampled_from(["x = 1", "print(2)", "import math", "def f():\n    return 3"]), st.text(alphabet="abc ,.\n"))
def test_fenced_code_comes_back_as_it_was(code: str, words: str):
    assert code_of(f"{words}\n```python\n{code}\n```\n{words}") == code
    assert is_python(code)
