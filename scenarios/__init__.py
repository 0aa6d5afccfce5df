"""The whole decision, composed: the main path of a round, its stages, what-if studies, synthetic cities."""

from scenarios.comparison import Comparison, compare
from scenarios.decision import Decision
from scenarios.round import Round, decide, run_round
from scenarios.study import Study, load_study
from scenarios.what_if import StudyResult, WhatIf, run_study, what_if

__all__ = [
    "Comparison",
    "Decision",
    "Round",
    "Study",
    "StudyResult",
    "WhatIf",
    "compare",
    "decide",
    "load_study",
    "run_round",
    "run_study",
    "what_if",
]
