use hub_wire::Timestamp;
use serde_json::json;

use super::*;

fn matrix(cells: &[(Value, Value, u64, u64)], by: Measure) -> TagMatrix {
    let some = |value: &Value| Some(value.clone()).filter(|value| !value.is_null());
    TagMatrix {
        columns: "tags.building".into(),
        rows: "tags.floor".into(),
        tags: Vec::new(),
        by,
        job: None,
        cells: cells
            .iter()
            .map(|(column, row, devices, affected)| MatrixCell {
                column: some(column),
                row: some(row),
                devices: *devices,
                affected: *affected,
                outcome: (*affected > 0).then_some(Outcome::NotOnline),
            })
            .collect(),
        incomplete: None,
        as_of: Timestamp::from_unix_millis(0),
    }
}

#[test]
fn a_cell_is_named_and_leads_to_its_devices() {
    let grid = Grid::of(&matrix(
        &[
            (json!("7"), json!(2), 256, 118),
            (json!("7"), json!(1), 100, 0),
            (json!("12"), json!(null), 10, 9),
        ],
        Measure::Connection,
    ));
    let worst = grid.worst();
    assert_eq!(
        worst.iter().map(|cell| grid.words(cell)).collect::<Vec<_>>(),
        ["Building 12, floor none: 9 of 10 not connected", "Building 7, floor 2: 118 of 256 not connected",]
    );
    assert_eq!(
        grid.condition(worst[0]),
        "tags.building = '12' AND NOT IS_DEFINED(tags.floor) AND connectionState = 'Disconnected'"
    );
    assert_eq!(grid.condition(&grid.cells[0]), "tags.building = '7' AND tags.floor = 1");
    assert_eq!((grid.totals(), grid.counts(worst[1]).0.as_str()), ((366, 127), "46.1 %"));
}

#[test]
#[allow(clippy::float_cmp, reason = "the numbers are exact")]
fn marks_grow_with_their_share() {
    let area = [10.0, 0.0, 20.0, 12.0];
    assert_eq!(mark(area, 0.6), area);
    assert_eq!(mark(area, 0.0), [18.5, 4.5, 3.0, 3.0]);
    assert!(mark(area, 0.2)[2] > mark(area, 0.05)[2]);
}

#[test]
fn arrow_keys_go_from_cell_to_cell() {
    let cells: Vec<_> = [("1", 1), ("1", 2), ("3", 1), ("5", 2)]
        .iter()
        .map(|(column, row)| (json!(column), json!(row), 5, 0))
        .collect();
    let grid = Grid::of(&matrix(&cells, Measure::Connection));
    for (from, key, to) in [
        (None, "ArrowRight", Some(0)),
        (None, "a", None),
        (Some(0), "ArrowUp", Some(1)),
        (Some(1), "ArrowUp", Some(1)),
        (Some(1), "ArrowRight", Some(2)),
        (Some(2), "ArrowRight", Some(3)),
        (Some(3), "ArrowLeft", Some(2)),
        (Some(2), "Home", Some(0)),
        (Some(0), "End", Some(3)),
        (Some(0), "Tab", None),
    ] {
        assert_eq!(grid.step_to(from, key), to, "{from:?} {key}");
    }
    let [left, top, width, height] = grid.area(&grid.cells[2]);
    let (x, y) = ((left + width / 2.0) / WIDTH, (top + height / 2.0) / grid.height());
    assert_eq!(grid.cell_at(x, y), Some(2));
    assert_eq!(grid.cell_at(0.0, 0.0), None);
}
