//! XML as a tree of elements, as far as an export needs it.
use factotum_plugin_api::prelude::*;
use quick_xml::{Reader, events::Event};

/// The longest export, and how deep it may be.
const FILE_MAX: usize = 16 << 20;
const DEPTH_MAX: usize = 64;

/// An element: its name, its text and what is in it.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) inner: Vec<Element>,
}

impl Element {
    pub(super) fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.inner.iter().filter(move |element| element.name == name)
    }
    pub(super) fn get(&self, name: &str) -> Option<&Element> {
        self.inner.iter().find(|element| element.name == name)
    }
    pub(super) fn text(&self, name: &str) -> &str {
        self.get(name).map_or("", |element| element.text.trim())
    }
    pub(super) fn says(&self, name: &str) -> bool {
        self.text(name).eq_ignore_ascii_case("true")
    }
}

/// Reads XML into elements; entities that a file defines are none here.
pub(super) fn read(file: &[u8]) -> Result<Element> {
    let wrong = |why: String| user_error(format!("this is not XML that can be read: {why}"));
    if file.len() > FILE_MAX {
        return Err(wrong("it is longer than 16 MiB".into()));
    }
    let text = str::from_utf8(file).map_err(|_| wrong("it is not UTF-8".into()))?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        let at = reader.buffer_position();
        let event = reader.read_event().map_err(|error| wrong(format!("{error} at byte {at}")))?;
        let named = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        match event {
            Event::Start(start) if open.len() > DEPTH_MAX => {
                return Err(wrong(format!("<{}> is too deep", named(start.name().as_ref()))));
            }
            Event::Start(start) => open.push(Element { name: named(start.name().as_ref()), ..Element::default() }),
            Event::Empty(start) => {
                let element = Element { name: named(start.name().as_ref()), ..Element::default() };
                last(&mut open).inner.push(element);
            }
            Event::End(_) => {
                let element = open.pop().filter(|_| !open.is_empty());
                let element = element.ok_or_else(|| wrong("an element ends that did not begin".into()))?;
                last(&mut open).inner.push(element);
            }
            Event::Text(part) => {
                let part = part.decode().map_err(|error| wrong(error.to_string()))?;
                last(&mut open).text.push_str(&part);
            }
            Event::CData(part) => {
                let part = part.decode().map_err(|error| wrong(error.to_string()))?;
                last(&mut open).text.push_str(&part);
            }
            Event::GeneralRef(reference) => {
                let name = named(&reference);
                let character = match reference.resolve_char_ref() {
                    Ok(Some(character)) => Some(character.to_string()),
                    _ => quick_xml::escape::resolve_predefined_entity(&name).map(str::to_owned),
                };
                let character = character.ok_or_else(|| wrong(format!("&{name}; is not known")))?;
                last(&mut open).text.push_str(if character == "\r" { "" } else { &character });
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    match (open.len(), open.pop().and_then(|mut root| root.inner.pop())) {
        (1, Some(root)) => Ok(root),
        (1, None) => Err(wrong("it is empty".into())),
        _ => Err(wrong("it ends before its elements do".into())),
    }
}

fn last(open: &mut [Element]) -> &mut Element {
    open.last_mut().expect("the root stays")
}
