"""Trackers: a run's events told to MLflow or as OpenTelemetry spans, so that trainings are seen where all else is.

Nothing of theirs is imported before a run is followed; each has an extra of its own.

Example:
    from toolwright.trackers.mlflow import MlflowTracker

    Trainer("openai:gpt-5-mini", events=[MlflowTracker(experiment="seals")])
"""

from toolwright.trackers.tracker import Tracker

__all__ = ["Tracker"]
