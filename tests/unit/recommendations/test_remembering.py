"""The same question within the hour is answered from memory; what is new is found anew."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from museaika.errors import Invalid
from museaika.mood.reading import reading_of
from museaika.mood.vocabulary import MOODS
from museaika.recommendations.remembering import KEPT_S, MOST_KEPT, Remembering
from museaika.recommendations.taste import Verdict

SAD, CALM = reading_of(MOODS["sad"]), reading_of(MOODS["calm"])


class Slow:
    """A service that counts how often it is asked, and answers when told to."""

    def __init__(self):
        self.asked = []
        self.go = threading.Event()
        self.go.set()

    def recommend(self, **question):
        self.asked.append(question)
        self.go.wait(10)
        if question.get("goal") == "sulk":
            raise Invalid("no such goal")
        return [object()]


@pytest.fixture
def service():
    return Slow()


def test_the_same_question_is_answered_once(service):
    memory = Remembering(service)
    assert memory.recommend(mood=SAD, limit=5) == memory.recommend(mood=SAD, limit=5)
    assert len(service.asked) == 1
    memory.recommend(mood=CALM, limit=5)
    memory.recommend(mood=SAD, limit=6)
    memory.recommend(mood=SAD, limit=5, target=MOODS["happy"])
    memory.recommend(mood=SAD, limit=5, target=MOODS["happy"])
    memory.recommend(mood=SAD, limit=5, target=MOODS["calm"])
    assert len(service.asked) == 5


def test_a_verdict_makes_it_another_question(service):
    memory = Remembering(service)
    memory.recommend(mood=SAD, verdicts=())
    memory.recommend(mood=SAD, verdicts=(Verdict("ma_1", "like"),))
    memory.recommend(mood=SAD, verdicts=(Verdict("ma_1", "dislike"),))
    memory.recommend(mood=SAD, verdicts=())
    assert len(service.asked) == 3


def test_after_an_hour_it_is_asked_again(service):
    time = [0.0]
    memory = Remembering(service, lambda: time[0])
    for at in (0.0, KEPT_S - 1, KEPT_S, KEPT_S + 1):
        time[0] = at
        memory.recommend(mood=SAD)
    assert len(service.asked) == 2


def test_many_who_ask_at_once_wait_for_one_answer(service):
    memory = Remembering(service)
    service.go.clear()
    with ThreadPoolExecutor(16) as pool:
        answers = [pool.submit(memory.recommend, mood=SAD) for _ in range(16)]
        service.go.set()
        assert len({id(answer.result()[0]) for answer in answers}) == 1
    assert len(service.asked) == 1


def test_an_error_is_told_and_not_remembered(service):
    memory = Remembering(service)
    for _ in range(2):
        with pytest.raises(Invalid):
            memory.recommend(mood=SAD, goal="sulk")
    assert len(service.asked) == 2


def test_who_changes_an_answer_does_not_change_the_memory(service):
    memory = Remembering(service)
    memory.recommend(mood=SAD).clear()
    assert len(memory.recommend(mood=SAD)) == 1


def test_the_oldest_answers_make_room(service):
    memory = Remembering(service)
    for limit in range(MOST_KEPT + 1):
        memory.recommend(mood=SAD, limit=limit)
    memory.recommend(mood=SAD, limit=MOST_KEPT)
    assert len(service.asked) == MOST_KEPT + 1
    memory.recommend(mood=SAD, limit=0)
    assert len(service.asked) == MOST_KEPT + 2
