"""A key among a model's settings reaches its provider, and no file of the run, no recording."""

from pathlib import Path
from typing import Any

from simulated_endpoint import SimulatedEndpoint, question, seal, simulated_endpoint
from toolwright import ModelSpec, Task, TaskSet, Trainer, TrainingResult
from toolwright.recordings import Recording
from toolwright.runs.folder import RunFolder
from toolwright.runs.recorder import recording_from
from toolwright.sandbox import ConfinedSandbox

SECRET = "hush-hush-5512"
SETTINGS: dict[str, Any] = {"max_tokens": 400, "extra_body": {"session": {"access_token": SECRET}, "top_k": 5}}
TRAIN = TaskSet(name="train", tasks=tuple(Task(id=w, question=question(w), target=seal(w)) for w in ("one", "two")))


def trained(endpoint: SimulatedEndpoint, runs: Path, settings: dict[str, Any], **options: Any) -> TrainingResult:
    models = [ModelSpec(model=role, base_url=endpoint.url, settings=settings) for role in ("agent", "optimizer")]
    resume = options.pop("resume", None)
    sandbox = ConfinedSandbox(allowed=("hashlib",))
    trainer = Trainer(models[0], optimizer_model=models[1], sandbox=sandbox, runs=runs, epochs=1, **options)
    return trainer.fit(TRAIN, resume=resume)


def holds_the_secret(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


def test_a_key_among_the_settings_is_sent_and_kept_nowhere_and_a_run_goes_on_with_another(tmp_path: Path):
    with simulated_endpoint() as endpoint:
        result = trained(endpoint, tmp_path / "runs", SETTINGS)
        assert {entry["body"]["session"]["access_token"] for entry in endpoint.log()} == {SECRET}
        with RunFolder.read(result.folder) as folder:
            recording_from(folder.store, folder.config, {}).write(tmp_path / "recording.jsonl")
        assert holds_the_secret(tmp_path) == []
        hidden = {"session": {"access_token": "***"}, "top_k": 5}
        recorded = Recording.read(tmp_path / "recording.jsonl")
        assert recorded.entries[0].request.settings == {"max_tokens": 400, "extra_body": hidden}
        (Path(result.folder) / "summary.json").unlink()  # as if it had not come to its end
        asked = endpoint.counts()["requests"]
        other = {**SETTINGS, "extra_body": {"session": {"access_token": "another-5513"}, "top_k": 5}}
        assert trained(endpoint, tmp_path / "runs", other, resume=result.folder).best == result.best
        assert endpoint.counts()["requests"] == asked
