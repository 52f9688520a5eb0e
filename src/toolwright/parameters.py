"""Parameters: everything learnable about an agent, as one value with one digest. Today, a function set."""

from functools import cached_property

from pydantic import Field

from toolwright.base import SCHEMA_VERSION, Frozen, digest_of_model
from toolwright.functions import FunctionSet


class Parameters(Frozen):
    """What training changes. Memory and prompts come as further fields, each with its own actions.

    Attributes:
        functions: The functions the agent is offered.
        schema_version: The version of this value's form on disk.
    """

    functions: FunctionSet = Field(default_factory=FunctionSet)
    schema_version: int = SCHEMA_VERSION

    @cached_property
    def digest(self) -> str:
        """32 hexadecimal digits; equal for equal parameters."""
        return digest_of_model(self)
