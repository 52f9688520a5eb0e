"""AutoGen 0.2's AgentOptimizer, trained as its notebook does; a program of its own, in an environment with AutoGen.

Its training loop: every task a conversation of a MathUserProxyAgent with an assistant, AgentOptimizer.step, the new
functions registered, and again. It gets the best it can do without a container: replies are not cached (they would be
read, not asked for), learned functions run in this process instead of a docker container with pip, nothing is printed;
and a proxy makes a function call before it says "Continue" (in 0.2.40 it says that first, and no call is ever made).
With `threads` every conversation has a pair of agents and a thread of its own, which the notebook has not.

The plan is a JSON file, the one argument: {"url", "train", "test", "epochs", "actions", "threads"}, tasks as task files
have them.
"""

import contextlib
import importlib
import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any


def in_process(name: str, packages: str, code: str, **arguments: object) -> str:
    """A learned function's result, in the place of AutoGen's `execute_func`."""
    del packages
    scope: dict[str, Any] = {}
    exec(code, scope)  # as the reference does, with no wall at all
    return str(scope[name](**arguments))


class Training:
    """The functions learned so far, and the agents that have them."""

    def __init__(self, plan: dict[str, Any], folder: str) -> None:
        self.plan, self.folder = plan, folder
        self.autogen: Any = importlib.import_module("autogen")
        self.math: Any = importlib.import_module("autogen.agentchat.contrib.math_user_proxy_agent")
        contrib: Any = importlib.import_module("autogen.agentchat.contrib.agent_optimizer")
        contrib.execute_func = in_process
        self.optimizer = contrib.AgentOptimizer(
            max_actions_per_step=plan["actions"], llm_config=self.model("optimizer"), optimizer_model="optimizer"
        )
        self.signatures: list[dict[str, Any]] = []
        self.executors: dict[str, Callable[..., str] | None] = {}
        self.pair = self.agents()

    def model(self, name: str) -> dict[str, Any]:
        """A model's configuration; `cache_seed` None asks for every reply."""
        found = {"model": name, "base_url": self.plan["url"], "api_key": "none-needed", "price": [0, 0]}
        return {"config_list": [found], "cache_seed": None, "timeout": 600}

    def agents(self) -> tuple[Any, Any]:
        """An assistant and the proxy that asks it."""
        assistant = self.autogen.AssistantAgent(
            "assistant", system_message="You are a helpful assistant.", llm_config=self.model("agent")
        )
        proxy = self.math.MathUserProxyAgent(
            name="mathproxyagent",
            human_input_mode="NEVER",
            code_execution_config={"work_dir": self.folder, "use_docker": False},
        )
        calling = self.autogen.ConversableAgent.generate_function_call_reply
        proxy.register_reply([self.autogen.Agent, None], calling, position=2)
        return self.register((assistant, proxy))

    def register(self, pair: tuple[Any, Any]) -> tuple[Any, Any]:
        """Gives a pair of agents what the optimizer has learned."""
        assistant, proxy = pair
        for signature in self.signatures:
            assistant.update_function_signature(**signature)
        if self.executors:
            proxy.register_function(function_map=self.executors)
        return pair

    def solve(self, task: dict[str, str]) -> tuple[list[Any], bool]:
        """One conversation: what was said, and whether its answer is right."""
        assistant, proxy = self.agents() if self.plan["threads"] else self.pair
        proxy.initiate_chat(recipient=assistant, message=proxy.message_generator, problem=task["question"])
        said = assistant.chat_messages[proxy]
        answer = self.math.get_answer(said[-1].get("content") or "")
        return said, answer == task["target"]

    def evaluate(self, tasks: list[dict[str, str]], *, record: bool = False) -> float:
        """The share of tasks that are solved; `record` shows the conversations to the optimizer."""
        if self.plan["threads"]:
            with ThreadPoolExecutor(self.plan["threads"]) as threads:
                solved = list(threads.map(self.solve, tasks))
        else:
            solved = [self.solve(task) for task in tasks]
        if record:
            for said, right in solved:
                self.optimizer.record_one_conversation(said, is_satisfied=right)
        return sum(right for _, right in solved) / len(solved)

    def step(self) -> None:
        """A step of the optimizer; the agents get its functions."""
        self.signatures, self.executors = self.optimizer.step()
        self.register(self.pair)


def train(plan: dict[str, Any], folder: str) -> dict[str, Any]:
    """The whole training; `last` is the seconds the last set's evaluation took, which the notebook does not make."""
    training = Training(plan, folder)
    before = training.evaluate(plan["test"])
    scores: list[float] = []
    for _ in range(plan["epochs"]):
        scores.append(training.evaluate(plan["train"], record=True))
        training.step()
    began = time.monotonic()
    scores.append(training.evaluate(plan["train"]))
    last = time.monotonic() - began
    after = training.evaluate(plan["test"])
    version = importlib.metadata.version("autogen-agentchat")
    return {"scores": scores, "test": [before, after], "last": last, "version": version}


def main() -> None:
    """Trains; what AutoGen prints goes nowhere."""
    plan = json.loads(Path(sys.argv[1]).read_text())
    with (
        TemporaryDirectory() as folder,
        Path(os.devnull).open("w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        found = train(plan, folder)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
