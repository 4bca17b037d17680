//! A message as HipChat takes it.
use crate::address;
use factotum_plugin_api::{
    chat::Message,
    text::{State, Style, Text, escape_html},
};
use serde_json::{Map, Value, json};

/// The longest message, in characters with its markup; HipChat's API v2, "Send room
/// notification".
pub(crate) const MESSAGE_MAX: usize = 10_000;

/// How long a text is once it is escaped.
pub(crate) fn size(text: &str) -> usize {
    escape_html(text).chars().map(|c| if c == '\n' { "<br>".len() } else { 1 }).sum()
}

/// The body of a post. What the notice gives for HipChat stands in it as it is.
pub(crate) fn body(to: &str, message: &Message, from: Option<&str>) -> Map<String, Value> {
    let wants_text = message.extra.get("message_format").and_then(Value::as_str) == Some("text");
    let colored = !address::is_user(to); // messages to users have no colour
    let html = html(&message.text, colored);
    let (said, format) = match !wants_text && html.chars().count() <= MESSAGE_MAX {
        true => (html, "html"),
        false => (plain(&message.text), "text"),
    };
    let mut body = Map::new();
    body.insert("message".into(), said.into());
    body.insert("message_format".into(), format.into());
    body.insert("notify".into(), json!(!message.silent));
    if colored {
        body.extend(color(&message.text).map(|color| ("color".into(), color.into())));
        body.extend(from.map(|from| ("from".into(), from.into())));
    }
    body.extend(message.extra.clone());
    body
}

/// The colour of the first state in it.
fn color(text: &Text) -> Option<&'static str> {
    text.spans().into_iter().find_map(|span| match span.style {
        Style::State(state) => Some(match state {
            State::Good => "green",
            State::Bad => "red",
            State::Odd => "purple",
            State::Running => "yellow",
            State::Idle => "gray",
        }),
        _ => None,
    })
}

/// Its HTML with the tags that HipChat knows. The first state is told by the colour, where
/// there is one, and has no sign; lines end with `<br>`.
fn html(text: &Text, colored: bool) -> String {
    let mut told = !colored;
    text.render(|style, text| {
        let text = escape_html(text);
        let lines = text.replace('\n', "<br>");
        match style {
            Style::Plain => lines,
            Style::Bold => format!("<b>{lines}</b>"),
            Style::Italic => format!("<i>{lines}</i>"),
            Style::Code => format!("<code>{lines}</code>"),
            Style::Block => format!("<pre>{text}</pre>"),
            Style::Link(url) => format!("<a href=\"{}\">{lines}</a>", escape_html(url)),
            Style::State(_) if !std::mem::replace(&mut told, true) => format!("<b>{lines}</b>"),
            Style::State(state) => format!("{} <b>{lines}</b>", state.emoji()),
        }
    })
}

/// The same without markup; without the addresses of links where it is too long with them.
fn plain(text: &Text) -> String {
    let plain = text.plain();
    match plain.chars().count() <= MESSAGE_MAX {
        true => plain,
        false => text.render(|_, text| text.to_owned()).chars().take(MESSAGE_MAX).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use factotum_plugin_api::text::{block, bold, code, italic, link, list, state};

    fn shown(to: &str, message: &Message) -> String {
        Value::from(body(to, message, Some("Factotum"))).to_string()
    }

    #[test]
    fn bodies_for_rooms_and_users() {
        let failed = bold("o/r")
            + " "
            + state(State::Bad, "failed")
            + " after "
            + state(State::Good, "passed")
            + ":\n"
            + link("<log>", "https://ci/?a=1&b=2")
            + " "
            + code("x\ny")
            + italic("!")
            + list(["one"])
            + block("a\n b");
        let failed = Message::from(failed);
        let silent = Message { silent: true, ..Message::from("quiet") };
        let extra = json!({ "message_format": "text", "color": "random", "notify": false, "card": {} });
        let extra = Message { extra: extra.as_object().unwrap().clone(), ..failed.clone() };
        let told = [shown("42", &failed), shown("@ann", &failed), shown("Dev room", &silent), shown("42", &extra)];
        insta::assert_snapshot!(told.join("\n"), @r#"
        {"color":"red","from":"Factotum","message":"<b>o/r</b> <b>failed</b> after ✅ <b>passed</b>:<br><a href=\"https://ci/?a=1&amp;b=2\">&lt;log&gt;</a> <code>x<br>y</code><i>!</i><br>• one<br><pre>a\n b</pre>","message_format":"html","notify":true}
        {"message":"<b>o/r</b> ❌ <b>failed</b> after ✅ <b>passed</b>:<br><a href=\"https://ci/?a=1&amp;b=2\">&lt;log&gt;</a> <code>x<br>y</code><i>!</i><br>• one<br><pre>a\n b</pre>","message_format":"html","notify":true}
        {"from":"Factotum","message":"quiet","message_format":"html","notify":false}
        {"card":{},"color":"random","from":"Factotum","message":"o/r failed after passed:\n<log> (https://ci/?a=1&b=2) x\ny!\n• one\na\n b","message_format":"text","notify":false}
        "#);
    }

    #[test]
    fn what_markup_makes_too_long_goes_without() {
        let pieces = (0..1000).map(|_| bold("1234567") + " ");
        let text = Text::join("", pieces);
        let body = body("42", &Message::from(text), None);
        assert_eq!(body["message_format"], "text");
        assert_eq!(body["message"], "1234567 ".repeat(1000));
        assert_eq!([size("a"), size("<"), size("\n"), size("ä")], [1, 4, 4, 1]);
    }
}
