"""Configuration: a TOML file or keyword arguments become one value, and its string shortcuts become objects."""

from toolwright.config.load import load_config
from toolwright.config.schema import Config

__all__ = ["Config", "load_config"]
