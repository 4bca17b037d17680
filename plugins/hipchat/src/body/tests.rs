use super::*;
use proptest::prelude::*;
use serde_json::json;

fn body(fields: Value) -> Body {
    Body { fields: fields.as_object().unwrap().clone() }
}

#[test]
fn notify_in_every_spelling() {
    let rows = [
        (json!(true), false),
        (json!("true"), false),
        (json!(1), false),
        (json!("1"), false),
        (json!("yes"), false),
        (json!(null), false),
        (json!([]), false),
        (json!(false), true),
        (json!("False"), true),
        (json!(0), true),
        (json!("0"), true),
    ];
    for (notify, silent) in rows {
        assert_eq!(body(json!({ "notify": notify })).is_silent(), silent, "{notify}");
    }
    assert!(!body(json!({})).is_silent(), "who says nothing leaves it to the chat");
}

#[test]
fn colours_as_states() {
    let told = |color: Value| {
        let text = body(json!({ "message": "x", "color": color })).text(true).unwrap();
        text.html()
    };
    let colours = ["green", "RED", "purple", "gray", "grey", "yellow", "random", "#ff0000", ""];
    let told: Vec<String> = colours.into_iter().map(Value::from).chain([json!(null), json!(3)]).map(told).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    ✅ <b>green</b>: x
    ❌ <b>red</b>: x
    💥 <b>purple</b>: x
    ⚪ <b>gray</b>: x
    ⚪ <b>gray</b>: x
    x
    x
    x
    x
    x
    x
    ");
}

#[test]
fn a_long_message_is_cut_where_hipchat_refuses_it() {
    let long = |message: String| body(json!({ "message": message })).text(false).unwrap().plain();
    assert_eq!(long("ä".repeat(10_000)), "ä".repeat(10_000));
    assert_eq!(long("ä".repeat(10_001)), "ä".repeat(10_000) + " …");
}

proptest! {
    #[test]
    fn no_fields_panic(
        name in "(message|message_format|color|notify|from|card|token|auth_token)",
        value in "(null|true|-?[0-9]{1,20}|\"[a-z<>&]{0,12}\"|\\[\\]|\\{\\}|\\{\"title\":(1|\"t\"),\"description\":(\\{\\}|\\[\\]|\"d\"|\\{\"value\":\"v\"\\}),\"attributes\":(3|\\[1\\]|\\[\\{\"value\":\\{\"label\":\"l\"\\}\\}\\])\\})",
    ) {
        let mut fields = json!({ "message": "m", "color": "green" });
        if let Ok(value) = serde_json::from_str(&value) {
            fields[name] = value;
        }
        let body = body(fields);
        drop((body.text(true), body.text(false), body.is_silent(), body.token().map(str::len)));
    }
}
