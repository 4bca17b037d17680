//! What is in a catalogue's source: its keys, and the variables that each text wants.
//! For checks; what is said comes from the bundles.
use fluent_syntax::{
    ast::{CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement},
    parser,
};
use std::collections::{BTreeMap, BTreeSet};

/// The texts of a catalogue by key, attributes as `key.attribute`, each with its
/// variables: also those of the texts that it refers to.
///
/// # Errors
/// The first mistake of syntax, with its line.
pub fn messages(ftl: &str) -> Result<BTreeMap<String, BTreeSet<String>>, String> {
    let resource = parser::parse(ftl).map_err(|(_, errors)| {
        let first = errors.first().map(|error| (error.to_string(), error.pos.start));
        let (what, at) = first.unwrap_or_default();
        format!("line {}: {what}", ftl.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1)
    })?;
    let mut all: BTreeMap<String, Wants> = BTreeMap::new();
    for entry in &resource.body {
        let (id, value, attributes) = match entry {
            Entry::Message(message) => (message.id.name.to_owned(), message.value.as_ref(), &message.attributes),
            Entry::Term(term) => (format!("-{}", term.id.name), Some(&term.value), &term.attributes),
            _ => continue,
        };
        if let Some(value) = value {
            all.insert(id.clone(), Wants::of(value));
        }
        for attribute in attributes {
            all.insert(format!("{id}.{}", attribute.id.name), Wants::of(&attribute.value));
        }
    }
    let keys = all.keys().filter(|key| !key.starts_with('-'));
    Ok(keys.map(|key| (key.clone(), variables(&all, key, &mut BTreeSet::new()))).collect())
}

/// With those of what a text refers to; `seen` ends circles.
fn variables<'a>(all: &'a BTreeMap<String, Wants>, key: &'a str, seen: &mut BTreeSet<&'a str>) -> BTreeSet<String> {
    let Some(wants) = all.get(key).filter(|_| seen.insert(key)) else { return BTreeSet::new() };
    let others = wants.texts.iter().flat_map(|text| variables(all, text, seen)).collect::<Vec<_>>();
    wants.variables.iter().cloned().chain(others).collect()
}

/// What stands in a text.
#[derive(Default)]
struct Wants {
    variables: BTreeSet<String>,
    texts: BTreeSet<String>,
}

impl Wants {
    fn of(pattern: &Pattern<&str>) -> Wants {
        let mut wants = Wants::default();
        wants.pattern(pattern);
        wants
    }
    fn pattern(&mut self, pattern: &Pattern<&str>) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.expression(expression);
            }
        }
    }
    fn expression(&mut self, expression: &Expression<&str>) {
        match expression {
            Expression::Select { selector, variants } => {
                self.inline(selector);
                variants.iter().for_each(|variant| self.pattern(&variant.value));
            }
            Expression::Inline(inline) => self.inline(inline),
        }
    }
    fn inline(&mut self, inline: &InlineExpression<&str>) {
        match inline {
            InlineExpression::VariableReference { id } => {
                self.variables.insert(id.name.to_owned());
            }
            InlineExpression::FunctionReference { arguments, .. } => self.arguments(arguments),
            InlineExpression::MessageReference { id, attribute } => {
                let attribute = attribute.as_ref().map(|attribute| format!(".{}", attribute.name));
                self.texts.insert(format!("{}{}", id.name, attribute.unwrap_or_default()));
            }
            // A term sees its own arguments alone, none of the text's variables.
            InlineExpression::TermReference { arguments, .. } => {
                arguments.iter().for_each(|arguments| self.arguments(arguments));
            }
            InlineExpression::Placeable { expression } => self.expression(expression),
            InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
        }
    }
    fn arguments(&mut self, arguments: &CallArguments<&str>) {
        arguments.positional.iter().for_each(|argument| self.inline(argument));
        arguments.named.iter().for_each(|argument| self.inline(&argument.value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_has_its_variables() {
        let ftl = "
-bot = Factotum { $case }
plain = Hello
named = { -bot(case: \"dative\") } greets { $name }
    .title = { $title }
counted = { NUMBER($count) ->
    [one] { named }
   *[other] { { $other } } { named.title }
}
circle = { circle } { $a }
";
        let all = messages(ftl).unwrap();
        let shown: Vec<String> =
            all.iter().map(|(key, wants)| format!("{key}: {}", Vec::from_iter(wants.clone()).join(" "))).collect();
        let expected = ["circle: a", "counted: count name other title", "named: name", "named.title: title", "plain: "];
        assert_eq!(shown, expected);
        assert!(messages("a = b\nc = { $").unwrap_err().starts_with("line 2: "));
    }
}
