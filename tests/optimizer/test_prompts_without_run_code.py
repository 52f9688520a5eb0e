"""With run_code off, nothing of what a step asks speaks of it."""

import json

from contexts import context, rejected

from support import Events, MemoryJournal, ScriptedModel, StubSandbox, check_snapshot, says
from toolwright.optimizer.agent_optimizer import AgentOptimizer


async def test_without_run_code_nothing_of_the_whole_request_speaks_of_it():
    model = ScriptedModel([says(terminate={})])
    optimizer = AgentOptimizer(model, StubSandbox(), Events(), journal=MemoryJournal(), run_code=False)
    await optimizer.step(context(failures=rejected(0.5), idle=1))
    (site, request) = model.requests[0]
    text = json.dumps({"site": site.model_dump(), **request.neutral()}, indent=1, ensure_ascii=False)
    assert "run_code" not in text
    check_snapshot("optimizer_request_without_run_code", text)
