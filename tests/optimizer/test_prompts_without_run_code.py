"""With run_code off, a step asks exactly what it asked before there was run_code, so that old recordings replay."""

import json

from contexts import context, rejected

from support import Events, MemoryJournal, ScriptedModel, StubSandbox, check_snapshot, says
from toolwright.optimizer.agent_optimizer import AgentOptimizer


async def test_without_run_code_the_whole_request_is_what_it_was():
    model = ScriptedModel([says(terminate={})])
    optimizer = AgentOptimizer(model, StubSandbox(), Events(), journal=MemoryJournal(), run_code=False)
    await optimizer.step(context(failures=rejected(0.5), idle=1))
    (site, request) = model.requests[0]
    text = json.dumps({"site": site.model_dump(), **request.neutral()}, indent=1, ensure_ascii=False)
    check_snapshot("optimizer_request_without_run_code", text)
