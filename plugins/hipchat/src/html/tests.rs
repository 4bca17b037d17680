use super::*;
use factotum_plugin_api::text::Span;
use proptest::prelude::*;

/// The text in a form that shows its styles.
fn shown(html: &str) -> String {
    reduce(html).html()
}

#[test]
fn tags_that_hipchat_knew() {
    let rows = [
        ("plain", "plain"),
        ("<b>b</b> <strong>s</strong> <i>i</i> <EM>e</EM>", "<b>b s</b> <i>i e</i>"),
        ("<a href='https://x/?a=1&amp;b=2'>two  words</a>!", "<a href=\"https://x/?a=1&amp;b=2\">two words</a>!"),
        ("see <a href=https://x> it</a>", "see <a href=\"https://x\">it</a>"),
        ("<a href=https://x></a>", "<a href=\"https://x\">https://x</a>"),
        ("<a href='javascript:alert(1)'>press</a>", "press"),
        ("<a>no address</a> <a href='mailto:a@b'>mail</a>", "no address mail"),
        ("a<br>b<br/>c</br>d", "a\nb\nc\nd"),
        ("a<br><br><br><br>b<br>", "a\n\nb"),
        ("<img src=https://x/a.png alt='a cat'>", "<a href=\"https://x/a.png\">a cat</a>"),
        ("<img src=https://x/a.png>", "<a href=\"https://x/a.png\">image</a>"),
        ("<a href=https://x><img src=https://x/a.png alt=cat></a>", "<a href=\"https://x\">cat</a>"),
        ("<img src='data:image/png;base64,AAAA'>", "image"),
        ("run <code>make  all</code> now", "run <code>make all</code> now"),
        ("log:<pre>\na  b\n <b>c</b>\n</pre>end", "log:\n<pre>a  b\n c</pre>\nend"),
        ("<pre>not ended", "<pre>not ended</pre>"),
        ("<ul><li>one</li><li>two <b>b</b></li></ul>end", "• one\n• two <b>b</b>\nend"),
        ("<ul><li>one<li>two<ol><li>a<li>b</ol><li>three</ul>", "• one\n• two\n  1. a\n  2. b\n• three"),
        ("<ul>loose<li></li><li>one</ul>", "• loose\n• one"),
        ("<li>bare<li>items", "• bare\n• items"),
        (
            "<table><thead><tr><th>name<th>took</thead><tr><td>a<td><b>1</b> s<tr><td>bb</td><td>2 s</td></tr></table>x",
            "<pre>name  took\na     1 s\nbb    2 s</pre>\nx",
        ),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "<pre>a  b</pre>"),
        ("<td>a<td>b", "a b"),
    ];
    for (html, told) in rows {
        assert_eq!(shown(html), told, "{html}");
    }
}

#[test]
fn everything_else_is_dropped_and_its_content_stays() {
    let rows = [
        ("<p>one</p><p>two</p><div>three</div>four", "one\ntwo\nthree\nfour"),
        ("<h1>T</h1><span style='color:red'>red</span> <blink>x</blink>", "T\nred x"),
        ("a <script>alert('<b>')</script>b<style>p{}</style><title>t</title>", "a b"),
        ("a<!-- no --><!doctype html>b", "ab"),
        ("&lt;b&gt; &amp;amp; &#x41; &nbsp;x &unknown;", "&lt;b&gt; &amp;amp; A \u{a0}x &amp;unknown;"),
        ("<p>  a \n\t b  ", "a b"),
        ("  a \n\t b  ", "a\nb"),
        ("no tag:\nlines stay", "no tag:\nlines stay"),
        ("<b>a tag:</b>\nlines do not", "<b>a tag:</b> lines do not"),
        ("1 < 2 and <3", "1 &lt; 2 and &lt;3"),
        ("a <b", "a"),
        ("</b></ul></table></td>x", "x"),
        ("<b>open", "<b>open</b>"),
        ("<b><i>both</b> one</i>", "<b>both</b> <i>one</i>"),
        ("*not* _this_ `or` [that](https://x)", "*not* _this_ `or` [that](https://x)"),
        ("<script>never ended", ""),
        ("", ""),
    ];
    for (html, told) in rows {
        assert_eq!(shown(html), told, "{html}");
    }
}

#[test]
fn deep_and_wide_markup_can_be_kept() {
    let tags = [
        "<ul><li>",
        "<ol>",
        "<table>",
        "<table><td>",
        "<td>",
        "<tr>",
        "<b>",
        "<a href=https://x>",
        "<pre>",
        "<li>",
        "<li>x",
    ];
    for tag in tags {
        let text = reduce(&tag.repeat(10_000 / tag.len()));
        let json = serde_json::to_string(&text).unwrap();
        assert_eq!(serde_json::from_str::<Text>(&json).unwrap(), text, "{tag}");
    }
}

/// Pieces that are more to the point than any characters.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => "</?(a|b|i|em|br|img|pre|code|ul|ol|li|table|tr|td|th|p|script|title|div)( href=https://x| src='y'| alt=\"z\")?/?>",
        2 => "[a-z <>&\"'\n]{0,12}",
        1 => "&(lt|gt|amp|quot|#60|#x0|nbsp|x);?",
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_soup_is_text_that_can_be_kept(html in soup()) {
        let text = reduce(&html);
        let json = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(serde_json::from_str::<Text>(&json).unwrap(), text);
    }
    #[test]
    fn a_value_that_is_escaped_comes_out_as_it_was(value in "\\PC{0,60}") {
        let escaped = factotum_plugin_api::text::escape_html(&value);
        let text = reduce(&format!("<code>{escaped}</code>"));
        let whole: String = text.spans().into_iter().map(|Span { text, .. }| text).collect();
        let words = |text: &str| text.split([' ', '\u{3000}', '\u{2003}']).filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let plain: String = value.chars().map(|c| if c.is_whitespace() && c != '\u{a0}' { ' ' } else { c }).collect();
        prop_assert_eq!(words(&whole), words(&plain));
    }
    #[test]
    fn no_markup_without_tags(text in "[^<]{0,80}") {
        prop_assert!(reduce(&text).spans().iter().all(|span| span.style == Style::Plain));
    }
    #[test]
    fn only_web_addresses_become_links(scheme in "(https?|javascript|data|file|)", rest in "\\PC{0,20}") {
        let href = factotum_plugin_api::text::escape_html(&format!("{scheme}:{rest}"));
        for span in reduce(&format!("<a href=\"{href}\">x</a>")).spans() {
            if let Style::Link(url) = span.style {
                prop_assert!(url.to_ascii_lowercase().starts_with("http"), "{url}");
            }
        }
    }
}
