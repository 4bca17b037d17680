use super::*;

#[test]
fn forms_of_one_text() {
    let text = Text::from("see ") + link("log", "https://ci/?a=1&b=\"2\"") + list(["one", "two"]) + "end";
    assert_eq!(text.plain(), "see log (https://ci/?a=1&b=\"2\")\n• one\n• two\nend");
    assert_eq!(link("x", "javascript:alert(1)").html(), "x");
}
