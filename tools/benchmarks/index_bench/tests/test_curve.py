from index_bench.curve import Point, frontier, speed_at


def test_the_speed_between_two_points_is_log_linear():
    points = [Point("10", 0.8, 1000.0), Point("20", 0.9, 250.0)]
    assert abs(speed_at(points, 0.85) - 500.0) < 1e-9


def test_a_recall_that_no_point_reaches_has_no_speed():
    assert speed_at([Point("10", 0.8, 1000.0)], 0.9) is None
    assert speed_at([], 0.9) is None


def test_a_recall_that_all_points_reach_has_the_fastest_speed():
    points = [Point("10", 0.97, 100.0), Point("20", 0.99, 50.0)]
    assert speed_at(points, 0.9) == 100.0


def test_a_point_that_another_beats_in_both_does_not_count():
    beaten = Point("(8, 2)", 0.85, 300.0)
    points = [Point("(2, 2)", 0.8, 1000.0), beaten, Point("(4, 8)", 0.9, 400.0)]
    assert beaten not in frontier(points)
    assert abs(speed_at(points, 0.9) - 400.0) < 1e-9


def test_points_of_equal_recall_give_no_division_by_zero():
    points = [Point("10", 0.9, 100.0), Point("20", 0.9, 80.0), Point("30", 0.95, 60.0)]
    assert speed_at(points, 0.9) == 100.0
