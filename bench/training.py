"""A whole training beside its critical path and beside AutoGen 0.2's AgentOptimizer, on the same endpoint and tasks.

    python -m bench.training [--quick] [--no-peer] [--latency SECONDS ...] [--profile FILE]

Every training is a program of its own. Its wall time runs from its first request to the end of its process; what comes
before the first request is its start-up, printed apart. The critical path is computed from what the endpoint saw, see
chains.py. AutoGen must have been installed with scripts/bench_peer.sh.
"""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.bare import bare_turn
from bench.chains import Path as CriticalPath
from bench.sides import PEER, Ours, Plan, Theirs, ours, theirs
from bench.work import Ran, endpoint

MANY: Final = 200
TARGETS: Final = {0.2: (1.5, 6.0), 1.0: (1.15, 8.0)}
"""By latency: wall / critical path at the most, times faster than the reference at the least."""

MANY_TARGET: Final = 1.3

NOTES: Final = """\
Equal on both sides: endpoint, latency, tasks, targets, the agent's and the optimizer's replies by one rule, epochs,
  actions a step (one a request), turns a task, the sealed test before and after, sets evaluated, requests in all.
Not equal, in the reference's favour: its functions run in its own process, ours in the sandbox, where every proposed
  one is first tried; it journals nothing and cannot go on after a crash. Its notebook never evaluates the set of its
  last step; that evaluation is in "as much work", and left out in "as its notebook".
Not equal, in ours: tasks run at once, which is what is measured; the reference's API runs one after another. "In
  threads" is not in its notebook: each conversation has agents and a thread of its own.
Ours has as many requests under way as there are tasks (models.agent.concurrency; the default is 64)."""


@dataclass(frozen=True)
class Round:
    """What was run at one latency; the reference's may be missing."""

    plan: Plan
    ours: Ours
    sequential: Theirs | None
    threaded: Theirs | None


def verdict(value: float, sign: str, bound: float | None) -> str:
    """A figure beside its target."""
    if bound is None:
        return f"{value:>8.2f}"
    kept = value <= bound if sign == "<=" else value >= bound
    return f"{value:>8.2f}   target {sign} {bound:g}: {'meets' if kept else 'misses'}"


def trained(plan: Plan, folder: Path, *, peer: bool, profile: str = "") -> Round:
    """Both sides' trainings, one after another."""
    with endpoint(**plan.endpoint()) as served:
        mine = ours(plan, served, _made(folder / f"ours-{plan.tasks}-{plan.latency}"), profile)
    if not peer:
        return Round(plan, mine, None, None)
    found: list[Theirs] = []
    for threads in (False, True):
        with endpoint(**plan.endpoint()) as served:
            where = _made(folder / f"theirs-{plan.latency}-{threads}")
            found.append(theirs(plan, served, where, threads=threads))
    return Round(plan, mine, *found)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


HEAD: Final = f"{'':<44}{'wall s':>9}{'start-up s':>12}{'CPU s':>8}{'peak MB':>9}{'requests':>10}"


def _row(name: str, ran: Ran) -> str:
    return f"{name:<44}{ran.wall:>9.2f}{ran.started:>12.2f}{ran.cpu:>8.2f}{ran.peak:>9.0f}{len(ran.log):>10}"


def _parts(path: CriticalPath) -> str:
    return f"evaluations {sum(path.evaluations):.2f} + steps {sum(path.steps):.2f} + test {path.test:.2f}"


def told(found: Round) -> str:
    """A latency's table, and its ratios beside their targets."""
    plan, path = found.plan, found.ours.path
    of_path, faster = TARGETS.get(plan.latency, (None, None))
    mine = found.ours.ran.wall
    lines = [
        f"{plan.tasks} tasks x {plan.epochs} epochs at {plan.latency * 1000:g} ms, {plan.test} test tasks",
        HEAD,
        _row("Toolwright", found.ours.ran),
        f"{'critical path':<44}{path.seconds:>9.2f}   = {_parts(path)}",
    ]
    for name, side in (("AutoGen, one after another", found.sequential), ("AutoGen, in threads", found.threaded)):
        lines += [_row(f"{name} ({side.version})", side.ran)] if side else []
    lines.append(f"{'wall / critical path':<44}" + verdict(mine / path.seconds, "<=", of_path))
    if found.sequential:
        whole, notebook = found.sequential.ran.wall, found.sequential.ran.wall - found.sequential.last
        lines.append(f"{'times faster than AutoGen, as much work':<44}" + verdict(whole / mine, ">=", faster))
        lines.append(f"{'times faster than AutoGen, as its notebook':<44}" + verdict(notebook / mine, ">=", faster))
    if found.threaded:
        lines.append(
            f"{'times faster than AutoGen in threads':<44}" + verdict(found.threaded.ran.wall / mine, ">=", None)
        )
    return "\n".join(lines)


def told_many(found: Round, turn: float, *, judged: bool) -> str:
    """The same for many tasks, beside the larger of the critical path and the bare library's CPU time."""
    ran, path = found.ours.ran, found.ours.path
    library = len(ran.log) * turn
    bound = max(path.seconds, library)
    return "\n".join(
        [
            f"{found.plan.tasks} tasks x {found.plan.epochs} epochs at {found.plan.latency * 1000:g} ms",
            HEAD,
            _row("Toolwright", ran),
            f"{'critical path':<44}{path.seconds:>9.2f}",
            f"{'turns x the bare library CPU a turn':<44}{library:>9.2f}   = {len(ran.log)} x {turn * 1000:.2f} ms",
            f"{'wall / the larger of the two':<44}" + verdict(ran.wall / bound, "<=", MANY_TARGET if judged else None),
        ]
    )


def main() -> None:
    """Measures and prints; a target that is missed changes no exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.training", description="A training beside its peers.")
    parser.add_argument("--latency", type=float, nargs="+", default=[0.2, 1.0], help="seconds a reply takes")
    parser.add_argument("--quick", action="store_true", help="few tasks, 50 ms: shows that the bench works")
    parser.add_argument("--no-peer", action="store_true", help="without AutoGen")
    parser.add_argument("--profile", default="", help="keep ours' profile (cProfile) of the last training in this file")
    chosen = parser.parse_args()
    peer = not chosen.no_peer and (PEER / ".made").exists()
    plan, many = (Plan(tasks=4, test=2, epochs=2), 12) if chosen.quick else (Plan(), MANY)
    with TemporaryDirectory() as folder:
        for latency in [0.05] if chosen.quick else chosen.latency:
            here = replace(plan, latency=latency)
            print(told(trained(here, Path(folder), peer=peer, profile=chosen.profile)), end="\n\n", flush=True)
            large = trained(replace(here, tasks=many), Path(folder), peer=False, profile=chosen.profile)
            with endpoint(turns=plan.turns) as served:
                turn = bare_turn(large.ours.database, served.url)
            print(told_many(large, turn, judged=not chosen.quick), end="\n\n", flush=True)
    print(NOTES if peer else "AutoGen was not measured: --no-peer, or scripts/bench_peer.sh was not run.")


if __name__ == "__main__":
    main()
