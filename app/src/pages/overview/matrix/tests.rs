use super::*;

#[test]
fn the_address_names_the_matrix() {
    for (given, expected) in [
        (&[][..], "/"),
        (&[("by", "job")], "/?by=job"),
        (&[("columns", "tags.a"), ("rows", "tags.b"), ("by", "connection")], "/?columns=tags.a&rows=tags.b"),
    ] {
        let params: ParamsMap =
            given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(address(&query(&params)), expected);
        assert_eq!(unknown(&params), None);
    }
    let odd: ParamsMap = [("by".to_owned(), "odd".to_owned())].into_iter().collect();
    assert_eq!(unknown(&odd).as_deref(), Some("by=odd"));
}
