"""The `container` kind: an engine starts a container, and frames carry calls to the base inside and back."""

from toolwright.sandbox.container.sandbox import ContainerSandbox

__all__ = ["ContainerSandbox"]
