"""OneShotOptimizer: a step that writes the whole function set anew, the paper's ablation of progressive update.

Example:
    optimizer = OneShotOptimizer(model, sandbox, events, journal=journal)
    candidate = (await optimizer.step(context)).candidate

Source: paper, section 4.3.
"""

from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager

from toolwright.optimizer.admission import Admission
from toolwright.optimizer.history import History
from toolwright.optimizer.rewriting import Rewriting
from toolwright.optimizer.step import StepContext, StepResult
from toolwright.optimizer.step_prompt import step_prompt
from toolwright.optimizer.step_prompt import system_prompt as instructions
from toolwright.optimizer.talk import PROMPT_TOKENS, Asked, Talks
from toolwright.optimizer.write_functions import WRITE_FUNCTIONS
from toolwright.protocols import EventSink, Journal, Model, Sandbox


class OneShotOptimizer:
    """Asks a model for a whole set at once, leaves out what is refused of it, and returns the candidate.

    It reads what AgentOptimizer reads, and is asked for the same functions. Beside the one reply these of its step
    differ from AgentOptimizer's, so that an ablation with it removes them, too:

    - The model cannot run code on the training tasks before it writes (`run_code`).
    - A function that is refused gets no second chance in the step: the set goes without it, and without the version
      that the incumbent has of it. So it is where a stated result differs from what the code returns, which
      AgentOptimizer admits as it is when it is sent again.
    - A function that is written anew is not run on past calls of the version it replaces; only its examples are.

    Args:
        model: The optimizer's model.
        sandbox: Where written functions are tried.
        events: Is told what happens.
        journal: Keeps what came of all that runs in the sandbox.
        prompt_tokens: The budget of a step's prompt, in tokens of 4 characters.
        show_targets: Whether the model sees the training tasks' targets.
        show_credit: Whether it is told how each function was used, and how it went with and without it.
        try_examples: Whether a function's examples are run before it is admitted.
        taken: Names no function may have: the user's tools' and the interpreter's.
        system_prompt: Instructions in the place of the built-in ones.
    """

    def __init__(
        self,
        model: Model,
        sandbox: Sandbox,
        events: EventSink,
        *,
        journal: Journal,
        prompt_tokens: int = PROMPT_TOKENS,
        show_targets: bool = True,
        show_credit: bool = True,
        try_examples: bool = True,
        taken: Collection[str] = (),
        system_prompt: str = "",
    ) -> None:
        self._sandbox, self._events, self._journal, self._taken = sandbox, events, journal, taken
        self._show_targets, self._show_credit, self._try_examples = show_targets, show_credit, try_examples
        asked = Asked(
            system=system_prompt or instructions(update="one_shot", try_examples=try_examples),
            tools=(WRITE_FUNCTIONS,),
            prompt=self._prompt,
        )
        self._talks = Talks(model, events, asked, tokens=prompt_tokens)

    async def step(self, context: StepContext) -> StepResult:
        """One request, and another where its reply holds no set: incumbent → candidate.

        Raises:
            ModelError: The model failed for good.
            SandboxError: The sandbox itself failed.
        """
        return await self._talks.step(context, self._rewriting)

    def _prompt(self, context: StepContext, tokens: int) -> tuple[str, History]:
        return step_prompt(
            context,
            self._sandbox.packages(),
            tokens=tokens,
            limits=self._sandbox.allowance(),
            show_targets=self._show_targets,
            show_credit=self._show_credit,
            try_examples=self._try_examples,
            update="one_shot",
        )

    @asynccontextmanager
    async def _rewriting(self, context: StepContext) -> AsyncGenerator[Rewriting]:
        admission = Admission(
            allowed=self._sandbox.packages(),
            taken=self._taken,
            tasks=context.shown,
            evaluation=context.evaluation,
            incumbent=context.incumbent,
            try_examples=self._try_examples,
            try_past_calls=False,
        )
        yield Rewriting(context, admission, sandbox=self._sandbox, journal=self._journal, events=self._events)
