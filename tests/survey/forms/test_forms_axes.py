from form_samples import every_kind

from survey.forms.axes import NO_ANSWER, NOT_ASKED, axes

FORM = every_kind()
BY_ID = {axis.id: axis for axis in axes(FORM)}


def test_axes_come_in_form_order_with_one_a_rank_and_four_an_okr():
    assert list(BY_ID) == [
        "team",
        "lead",
        "tools",
        "first_things.1",
        "first_things.2",
        "first_things.3",
        "mood",
        "tired",
        "pay",
        "okrs.objective",
        "okrs.key_result",
        "okrs.objective|key_result",
        "okrs.objective|progress",
    ]


def test_cells_are_the_answers_then_no_answer_then_not_asked():
    assert BY_ID["team"].cells == ("alpha", "beta", "gamma", NO_ANSWER)
    assert BY_ID["team"].outside == (3,)
    assert BY_ID["lead"].cells == ("yes", "no", NO_ANSWER, NOT_ASKED)
    assert BY_ID["lead"].outside == (2, 3)
    assert BY_ID["okrs.objective|progress"].cells == (
        "grow|late",
        "grow|done",
        "keep|late",
        "keep|done",
        NO_ANSWER,
    )


def test_touches_are_what_one_person_can_reach():
    assert {axis.id: axis.touches for axis in axes(FORM) if axis.touches > 1} == {
        "tools": 3,
        "okrs.objective": 2,
        "okrs.key_result": 2,
        "okrs.objective|key_result": 3,
        "okrs.objective|progress": 3,
    }
