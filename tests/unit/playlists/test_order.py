"""An order whose keys stay short, and that remembers where what is gone stood."""

from museaika.playlists.order import GONE_KEPT, Order


def test_entries_stand_where_they_were_put():
    order = Order()
    for name, after in (("a", None), ("c", "a"), ("b", "a"), ("z", None)):
        order.put(name, after)
    assert list(order) == ["z", "a", "b", "c"]
    assert [order.before(name) for name in order] == [None, "z", "a", "b"]


def test_an_entry_moves_behind_another_and_to_the_head():
    order = Order("abcd")
    order.put("a", "c")
    order.put("d", None)
    assert list(order) == ["d", "b", "c", "a"]


def test_a_thousand_entries_at_one_spot_find_room():
    order = Order(["first", "last"])
    for n in range(1000):
        order.put(str(n), "first")
    assert list(order) == ["first", *(str(n) for n in reversed(range(1000))), "last"]


def test_what_is_gone_stands_for_the_nearest_before_it():
    order = Order("abcd")
    order.remove("b")
    order.remove("c")
    assert order.nearest("c") == "a"
    order.remove("a")
    assert order.nearest("c") is None
    assert order.nearest("d") == "d"
    assert order.nearest("never there") == "d"


def test_places_of_the_gone_outlive_a_spreading_and_a_copy():
    order = Order("abcd")
    order.remove("c")
    for n in range(200):
        order.put(f"new{n}", "a")
    again = Order(order.places, order.gone)
    for one in (order, again):
        assert one.nearest("c") == "b"
        one.remove("b")
        assert one.nearest("c") == "new0"
    assert list(order) == list(again)


def test_only_so_many_of_the_gone_are_remembered():
    order = Order(str(n) for n in range(GONE_KEPT + 10))
    for n in range(GONE_KEPT + 5):
        order.remove(str(n))
    assert len(order.gone) == GONE_KEPT
    assert order.nearest("0") == str(GONE_KEPT + 9)
    assert order.nearest("10") is None
