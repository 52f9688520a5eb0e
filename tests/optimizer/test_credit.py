from support import rolled, sums
from toolwright.evaluations import Evaluation
from toolwright.optimizer.credit import credit
from toolwright.trajectories import Call, Outcome


def called(name: str, ok: bool = True) -> Call:
    outcome = Outcome(status="ok", result=1) if ok else Outcome(status="error", error="x")
    return Call(turn=0, index=0, kind="function", name=name, arguments={}, outcome=outcome)


def test_credit_counts_calls_errors_and_compares_conversations_that_called_a_function_with_those_that_could_have():
    tasks = sums(4)
    rows: list[tuple[float, tuple[str, ...], list[Call]]] = [
        (1.0, ("add", "sub"), [called("add"), called("add", ok=False)]),
        (0.5, ("add", "neg"), [called("add"), called("neg")]),
        (0.0, ("add",), []),
        (1.0, ("sub",), []),
    ]
    results = [
        rolled(task, score, offered=offered, calls=tuple(calls))
        for task, (score, offered, calls) in zip(tasks.tasks, rows, strict=True)
    ]
    made = credit(Evaluation(parameters="p", tasks=tasks.digest, split="train", results=tuple(results)))
    assert [str(one) for one in made] == [
        ("add: 3 calls, 1 failed; mean score 0.75 in the 2 conversations that called it, 0.00 in the 1 other"),
        "sub: never called; mean score 1.00 in 2 conversations",
        "neg: 1 call, none failed; mean score 0.50 in the 1 conversation that called it, which are all",
    ]
