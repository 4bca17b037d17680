//! Expressions by rows, and what must hold of any.
use super::*;
use crate::{
    message::{Message, Severity},
    wildcard::Fuel,
};
use proptest::prelude::*;

fn message() -> Message {
    let mut message = Message::new("telegram", "2026-11-20T10:00:00Z".parse().unwrap());
    message.source = "telegram".into();
    message.severity = Severity::Warning;
    message.message = "Hello there".into();
    let tags = [("message.from.first_name", "Ann"), ("a-b", "x"), ("n", "10"), ("list[0]", "one"), ("how", "error")];
    message.tags = tags.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    message
}

fn holds(text: &str) -> Result<bool, String> {
    let expr = parse(text, Names::OfMessage).map_err(|mistake| mistake.shown(text))?;
    let message = message();
    let context = Context { message: &message, count: 3, more: &[] };
    let value = eval::eval(&expr, &context, &mut Fuel::default()).map_err(|failure| failure.to_string())?;
    value.holds().map_err(|failure| failure.to_string())
}

#[test]
fn what_expressions_say_of_a_message() {
    let rows = [
        ("true", true),
        ("FALSE", false),
        ("entity = 'TELEGRAM'", true),
        ("entity == \"telegram\"", true),
        ("type != 'webhook'", false),
        ("type <> 'webhook'", false),
        ("message LIKE 'hello*'", true),
        ("message NOT LIKE '*there'", false),
        ("message LIKE 'hello ?here'", true),
        ("tags.message.from.first_name = 'ann'", true),
        ("tags['a-b'] = 'x'", true),
        ("tags.list[0] = 'one'", true),
        ("tags.none = ''", true),
        ("tags.none = null", true),
        ("tags.none != ''", false),
        ("tags.none > 0", false),
        ("tags.none < 0", false),
        ("tags LIKE '*a-b: x*'", true),
        ("tags.n > 9", true),
        ("tags.n > '9'", true),
        ("tags.n = 10.0", true),
        ("tags.n BETWEEN 1 AND 10", true),
        ("tags.n NOT BETWEEN 1 AND 9", true),
        ("tags.n > -1", true),
        ("entity IN ('slack', 'telegram')", true),
        ("entity NOT IN ('slack')", true),
        ("severity >= 'warning'", true),
        ("severity = 3", true),
        ("severity > 'WARNING'", false),
        ("severity < 'major'", true),
        // Words that severities have too are words elsewhere.
        ("tags.how = 'critical'", false),
        ("count() >= 3", true),
        ("NOT entity = 'slack'", true),
        ("!(entity = 'telegram')", false),
        ("not not true", true),
        ("true || false && false", true),
        ("(true || false) && false", false),
        ("false AND false OR true", true),
        ("entity = 'slack' ? false : tags.n = 10", true),
        ("true ? false ? true : false : true", false),
        ("message = 'it''s'", false),
        // The filter of ATSD's own page: all of the entity telegram gets through.
        (
            "type = 'webhook' && source = 'slack' || source = 'telegram' && entity = 'slack' || entity = 'telegram'",
            true,
        ),
    ];
    for (text, expected) in rows {
        match holds(text) {
            Ok(value) => assert_eq!(value, expected, "{text}"),
            Err(why) if text.contains("''s") => assert!(why.contains('^'), "{why}"),
            Err(why) => panic!("{text}: {why}"),
        }
    }
}

#[test]
fn a_mistake_is_shown_with_its_place() {
    let rows = [
        "",
        "entity =",
        "entity = 'slack",
        "entitty = 'slack'",
        "entity = 'a' entity",
        "(entity = 'a'",
        "tags. = 'a'",
        "tags.n BETWEEN 1",
        "entity NOT 'a'",
        "entity IN 'a'",
        "true &&\n  entity LIKE\n&& false",
        "a ; b",
        "ü = 'ü' §",
        "true ? 1",
        "1 + 1",
        "exec('rm')",
    ];
    let said: Vec<String> = rows.iter().map(|text| holds(text).unwrap_err()).collect();
    insta::assert_snapshot!(said.join("\n\n"), @"
    a value is missing here:

    ^

    a value is missing here:
    entity =
            ^

    the quote that opens here is not closed:
    entity = 'slack
             ^

    there is no field entitty; there is entity, type, source, severity, message and tags.NAME:
    entitty = 'slack'
    ^

    the word entity stands where the end or an operator should be:
    entity = 'a' entity
                 ^

    a ) is missing here:
    (entity = 'a'
                 ^

    a name is missing after the dot:
    tags. = 'a'
          ^

    AND and the upper end are missing after BETWEEN:
    tags.n BETWEEN 1
                    ^

    LIKE, IN or BETWEEN is missing after NOT:
    entity NOT 'a'
               ^

    a ( is missing here:
    entity IN 'a'
              ^

    a && stands where a value should be:
    && false
    ^

    this character means nothing here:
    a ; b
      ^

    this character means nothing here:
    ü = 'ü' §
            ^

    a : is missing here:
    true ? 1
            ^

    this character means nothing here:
    1 + 1
      ^

    there is no field exec; there is entity, type, source, severity, message and tags.NAME:
    exec('rm')
    ^
    ");
}

#[test]
fn what_is_too_much_is_refused() {
    let deep = "(".repeat(200) + "true" + &")".repeat(200);
    let nots = "!".repeat(3000) + "true";
    let long = vec!["true"; 500].join(" && ");
    let huge = "x".repeat(5_000);
    for text in [&deep, &nots, &long, &huge] {
        let mistake = parse(text, Names::OfMessage).unwrap_err();
        assert!(mistake.what.contains("more than") || mistake.what.contains("longer than"), "{}", mistake.what);
    }
    let mut message = message();
    message.message = "a".repeat(30_000);
    let expr = parse(&format!("message LIKE '*{}b'", "a".repeat(1_000)), Names::OfMessage).unwrap();
    let context = Context { message: &message, count: 0, more: &[] };
    assert_eq!(eval::eval(&expr, &context, &mut Fuel::default()), Err(eval::Failure::TooLong));
}

fn trees() -> impl Strategy<Value = Expr> {
    let name = "[a-z][a-z0-9_]{0,5}(\\.[a-z_]{1,4}){0,2}";
    let field = prop_oneof![
        prop_oneof![Just("entity"), Just("type"), Just("severity")].prop_map(|name| Field::Named(name.into())),
        name.prop_map(Field::Tag),
        "[a-z]\\PC{0,6}[a-z]".prop_map(|name| Field::Tag(crate::flatten::plain_name(&name))),
        Just(Field::Tags),
        Just(Field::Count),
    ];
    let leaf = prop_oneof![
        ".{0,8}".prop_map(Expr::Text),
        "-?[0-9]{1,4}(\\.[0-9]{1,2})?".prop_map(Expr::Number),
        any::<bool>().prop_map(Expr::Truth),
        Just(Expr::Null),
        field.prop_map(Expr::Field),
    ];
    let compare = prop_oneof![
        Just(Compare::Equal),
        Just(Compare::Differs),
        Just(Compare::Above),
        Just(Compare::AtLeast),
        Just(Compare::Below),
        Just(Compare::AtMost)
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            (boxed.clone(), compare.clone(), boxed.clone()).prop_map(|(a, c, b)| Expr::Compare(a, c, b)),
            (boxed.clone(), boxed.clone()).prop_map(|(a, b)| Expr::Like(a, b)),
            (boxed.clone(), proptest::collection::vec(inner, 1..4)).prop_map(|(a, list)| Expr::In(a, list)),
            (boxed.clone(), boxed.clone(), boxed.clone()).prop_map(|(a, b, c)| Expr::Between(a, b, c)),
            boxed.clone().prop_map(Expr::Not),
            (boxed.clone(), boxed.clone()).prop_map(|(a, b)| Expr::And(a, b)),
            (boxed.clone(), boxed.clone()).prop_map(|(a, b)| Expr::Or(a, b)),
            (boxed.clone(), boxed.clone(), boxed).prop_map(|(a, b, c)| Expr::If(a, b, c)),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_is_the_same_expression(tree in trees()) {
        let text = tree.to_string();
        prop_assert_eq!(parse(&text, Names::OfMessage).map_err(|mistake| mistake.shown(&text)), Ok(tree), "{}", text);
    }

    #[test]
    fn no_text_is_too_odd(text in "\\PC{0,60}|[a-z&|!=<>'\"().\\[\\]?: ]{0,60}") {
        match parse(&text, Names::OfMessage) {
            Ok(tree) => prop_assert_eq!(parse(&tree.to_string(), Names::OfMessage), Ok(tree)),
            Err(mistake) => {
                prop_assert!(mistake.at <= text.chars().count());
                prop_assert!(mistake.shown(&text).ends_with('^'));
            }
        }
    }
}
