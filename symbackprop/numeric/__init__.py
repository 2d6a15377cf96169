"""Derivations in numbers: functions, their source code, and the evaluation of a network."""

from .evaluation import Evaluation, evaluate

__all__ = ["Evaluation", "evaluate"]
