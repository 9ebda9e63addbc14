"""What the exit code of a command tells a scheduler."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ExitCode", "as_markdown"]


class ExitCode(IntEnum):
    """Exit codes of ``crm-ml``; each has a meaning and what a scheduler can do about it."""

    meaning: str
    advice: str

    def __new__(cls, code: int, meaning: str, advice: str) -> ExitCode:
        """Attach the texts to the number."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        member.advice = advice
        return member

    DONE = 0, "The job is done; warnings, if any, are on standard error.", "Go on."
    DEFECT = 1, "An unexpected error: a defect of crm_ml, shown with its traceback.", "Report it."
    WRONG_INPUT = (
        2,
        "Data, option, config or bundle is wrong; one message says what was got and what to do. Nothing was "
        "written.",
        "Mend the input; running again gives the same.",
    )
    REFUSED = 3, "A gate said no (a challenger that is not better, data that drifted).", "Let a person look."
    MACHINE = 4, "The machine said no: disk full, no permission. Old output is intact.", "Mend it, run again."
    INCOMPLETE = (
        5,
        "The job is done but for what needs a table that has a fault; the report, the log and the last lines "
        "name it.",
        "Mend that table and run it again; the rest can be used.",
    )
    INTERRUPTED = 130, "Stopped by Ctrl-C; old output is intact.", "Run again."


def as_markdown() -> str:
    """Return the table of ``docs/reference/exit_codes.md``."""
    rows = [f"| {code.value} | {code.meaning} | {code.advice} |" for code in ExitCode]
    return "\n".join(["| code | meaning | what a scheduler can do |", "|---:|---|---|", *rows])
