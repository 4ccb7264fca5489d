"""The table and the drawing, from rows as the measurements write them."""

import index_table
from index_bench import peers, plot


def rows_of(system, speed, case="set", rows=1000):
    def row(metric, value, **more):
        return {"bench": "index", "case": case, "system": system, "metric": metric,
                "value": value,
                "parameters": {"rows": rows, "dimension": 8, "threads": 1} | more}

    yield row("build_seconds", 2.0)
    yield row("build_cpu_seconds", 2.0)
    yield row("resident_bytes", 4e6)
    for ef, recall, factor in ((10, 0.8, 4), (40, 0.96, 2), (80, 0.995, 1)):
        yield row("recall_at_10", recall, ef_search=ef)
        yield row("qps", speed * factor, ef_search=ef)
        yield row("qps_cpu", speed * factor, ef_search=ef)


def test_the_table_has_the_ratios_to_each_kind_of_peer(capsys):
    index_table.print_tables([*rows_of("vectron", 300.0), *rows_of("hnswlib", 100.0),
                              *rows_of("symqg", 600.0)])
    printed = capsys.readouterr().out
    speeds = next(line for line in printed.splitlines() if line.startswith("speed at recall 0.95"))
    assert speeds.split()[4:] == ["0.50", "(symqg)", "3.00", "(hnswlib)", "3.00", "(hnswlib)"]


def test_a_recall_that_the_least_setting_exceeds_is_marked(capsys):
    index_table.print_tables([row for row in rows_of("vectron", 300.0)
                              if row["parameters"].get("ef_search") != 10])
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("vectron"))
    assert line.split()[1:4] == ["600+", "600+", "331"]


def test_a_peer_that_is_missing_is_named_with_its_reason(capsys):
    index_table.print_tables([*rows_of("vectron", 300.0), {
        "bench": "index", "case": "set", "system": "zvec", "metric": "missing", "value": "gone"}])
    assert "missing: zvec (gone)" in capsys.readouterr().out


def test_a_system_that_stopped_halfway_is_shown_with_what_it_gave(capsys):
    index_table.print_tables([*rows_of("vectron", 300.0), *list(rows_of("hnswlib", 9.0))[:5]])
    assert "hnswlib" in capsys.readouterr().out


def test_other_cases_show_each_variant_of_each_system(capsys):
    rows = [{"bench": "index-churn", "case": "set", "system": system, "variant": "round 1",
             "metric": "recall_ef_32", "value": value, "parameters": {}}
            for system, value in (("vectron", 0.95), ("hnswlib", 0.9))]
    index_table.print_tables(rows)
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.split() == ["round", "1", "recall_ef_32", "0.950", "0.900"]


def test_the_drawing_shows_both_systems_at_every_size():
    rows = [row for size in (1000, 10_000) for system in plot.SYSTEMS
            for row in rows_of(system, 1e6 / size, f"set-{size}", size)]
    drawn = plot.drawing(rows)
    # Two sizes of two systems in three panels, and two circles for each of four legends.
    assert drawn.count("<circle") == 2 * 2 * 3 + 2 * 4
    assert drawn.startswith("<svg") and drawn.endswith("</svg>\n")


def test_the_yardsticks_are_peers():
    assert set(peers.QUICK) | set(peers.FLOAT32) <= set(peers.MODULES)
