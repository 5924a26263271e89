"""The transition table: nothing but its lines, and no state that cannot be reached or is a trap by mistake."""

from __future__ import annotations

import itertools

import pytest

from meyasubako.centre.reports.domain.states import (
    TRANSITIONS,
    Action,
    Actor,
    ImpossibleError,
    State,
    actions,
    diagram,
    next_state,
)


def test_only_the_lines_of_the_table_are_possible() -> None:
    lines = {(line.state, line.action, line.actor): line.to for line in TRANSITIONS}
    assert len(lines) == len(TRANSITIONS)
    for state, action, actor in itertools.product(State, Action, Actor):
        if (state, action, actor) in lines:
            assert next_state(state, action, actor) is lines[state, action, actor]
        else:
            with pytest.raises(ImpossibleError) as refusal:
                next_state(state, action, actor)
            assert (refusal.value.state, refusal.value.action) == (state, action)


def test_every_state_is_reached_and_only_withdrawn_is_final() -> None:
    reached, edge = {State.RECEIVED}, {State.RECEIVED}
    while edge:
        edge = {line.to for line in TRANSITIONS if line.state in edge} - reached
        reached |= edge
    assert reached == set(State)
    assert {state for state in State if not any(actions(state, actor) for actor in Actor)} == {
        State.WITHDRAWN
    }


def test_a_reporter_may_only_withdraw_and_may_always() -> None:
    for state in State:
        expected = () if state is State.WITHDRAWN else (Action.WITHDRAW,)
        assert actions(state, Actor.REPORTER) == expected


def test_the_diagram_names_every_line() -> None:
    assert diagram().count("-->") == len(TRANSITIONS) + 1
