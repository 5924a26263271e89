"""The states of a report and the one table that says what leads from one to another, and who may do it.

A change of state is made by one executor (``services.moving``) from this table alone; the diagram in
``docs/reports.md`` is made from it and compared by a test.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """Where a report is."""

    RECEIVED = "received"
    HELD = "held"
    TAKEN = "taken"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What is done to a report."""

    FILE = "file"
    HOLD = "hold"
    RERUN = "rerun"
    REFILE = "refile"
    CLOSE = "close"
    REOPEN = "reopen"
    LAPSE = "lapse"
    WITHDRAW = "withdraw"


class Actor(StrEnum):
    """Who may do it: a step by itself, somebody who may file reports, or the reporter by the secret link."""

    STEP = "step"
    OFFICER = "officer"
    REPORTER = "reporter"


class Transition(NamedTuple):
    """One line of the table."""

    state: State
    action: Action
    actor: Actor
    to: State


TRANSITIONS: tuple[Transition, ...] = (
    Transition(State.RECEIVED, Action.FILE, Actor.STEP, State.TAKEN),
    Transition(State.RECEIVED, Action.HOLD, Actor.STEP, State.HELD),
    Transition(State.HELD, Action.RERUN, Actor.OFFICER, State.RECEIVED),
    Transition(State.HELD, Action.REFILE, Actor.OFFICER, State.TAKEN),
    Transition(State.HELD, Action.CLOSE, Actor.OFFICER, State.CLOSED),
    Transition(State.HELD, Action.LAPSE, Actor.STEP, State.CLOSED),
    Transition(State.TAKEN, Action.CLOSE, Actor.OFFICER, State.CLOSED),
    Transition(State.TAKEN, Action.HOLD, Actor.OFFICER, State.HELD),
    Transition(State.CLOSED, Action.REOPEN, Actor.OFFICER, State.HELD),
    *(
        Transition(state, Action.WITHDRAW, Actor.REPORTER, State.WITHDRAWN)
        for state in (State.RECEIVED, State.HELD, State.TAKEN, State.CLOSED)
    ),
)

_TABLE = {(line.state, line.action, line.actor): line.to for line in TRANSITIONS}


class ImpossibleError(Exception):
    """The table has no such line. Holds codes only."""

    def __init__(self, state: State, action: Action, actor: Actor) -> None:
        super().__init__(f"{actor} cannot {action} what is {state}")
        self.state, self.action, self.actor = state, action, actor


def next_state(state: State, action: Action, actor: Actor) -> State:
    """The state that the action leads to. Raises ImpossibleError."""
    to = _TABLE.get((state, action, actor))
    if to is None:
        raise ImpossibleError(state, action, actor)
    return to


def actions(state: State, actor: Actor) -> tuple[Action, ...]:
    """What this actor can do to a report in this state, in the order of the table."""
    return tuple(line.action for line in TRANSITIONS if line.state is state and line.actor is actor)


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> received"]
    lines += [f"    {line.state} --> {line.to}: {line.action} ({line.actor})" for line in TRANSITIONS]
    return "\n".join(lines)
