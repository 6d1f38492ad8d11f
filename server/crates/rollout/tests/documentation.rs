//! The settings in `docs/rollouts.md` are valid.

use hub_wire::Timestamp;
use rollout::Settings;

const PAGE: &str = include_str!("../../../../docs/rollouts.md");

#[test]
fn the_documented_settings_are_valid() {
    let blocks: Vec<_> =
        PAGE.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() >= 6, "{} examples", blocks.len());
    for block in blocks {
        let settings: Settings =
            serde_json::from_str(block).unwrap_or_else(|error| panic!("{error} in {block}"));
        assert_eq!(
            settings.check(Timestamp::parse("2027-01-01T00:00:00Z").unwrap(), rollout::window::is_zone),
            Ok(()),
            "{block}"
        );
    }
}
