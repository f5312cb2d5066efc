"""Errors whose message is written for the person, not for the programmer."""

__all__ = ["ClusterError", "ConfigError", "DataError", "DeviceError", "ElmanError", "ModelFileError", "StudyError"]


class ElmanError(Exception):
    """One clear sentence: what happened, where, what was expected. Shown as it stands."""


class ConfigError(ElmanError, ValueError):
    """A setting is outside its limits, or two settings do not go together."""


class DataError(ElmanError, ValueError):
    """A series or table cannot be read or learned from."""


class ModelFileError(ElmanError, ValueError):
    """A model file cannot be read, trusted or written."""


class StudyError(ElmanError, ValueError):
    """The folder of a study cannot be read, trusted or written."""


class DeviceError(ElmanError, RuntimeError):
    """A device that was asked for is not there, or is there no longer."""


class ClusterError(ElmanError, RuntimeError):
    """A cluster is not there, is there no longer, or has other versions."""
