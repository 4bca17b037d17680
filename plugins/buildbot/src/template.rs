//! Message templates: Jinja's language, in a box. A template reads the build and nothing
//! else, runs so long and no longer, and what it writes is a value like any other: a
//! network shows it as plain text, whatever stands in it.
use minijinja::{Environment, UndefinedBehavior, Value};
use std::io;

/// The longest template, in characters.
const SOURCE_MAX: usize = 8_000;
/// The longest message, in bytes; HipChat takes 10,000 characters.
const OUTPUT_MAX: usize = 40_000;
/// How many instructions a template may run.
const FUEL: u64 = 50_000;

/// A template that has been read.
#[derive(Debug)]
pub(crate) struct Template(Environment<'static>);

const NAME: &str = "message";

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it, and in which line.
    pub(crate) fn new(source: &str) -> Result<Self, String> {
        if source.chars().count() > SOURCE_MAX {
            return Err(format!("longer than {SOURCE_MAX} characters"));
        }
        let mut environment = Environment::new();
        // A step without logs, a build without properties: nothing stands there.
        environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        environment.set_fuel(Some(FUEL));
        // What grows over a loop could grow beyond memory in a few turns.
        environment.remove_global("namespace");
        environment.add_template_owned(NAME, source.to_owned()).map_err(|error| told(&error))?;
        Ok(Template(environment))
    }
    /// What it says of `context`, without white space around it.
    ///
    /// # Errors
    /// What it did that it may not, and in which line.
    pub(crate) fn render(&self, context: Value) -> Result<String, String> {
        let template = self.0.get_template(NAME).map_err(|error| told(&error))?;
        let mut output = Bounded(vec![]);
        match template.render_captured_to(context, &mut output) {
            Ok(_) => {}
            Err(_) if output.0.len() > OUTPUT_MAX => return Err(format!("it says more than {OUTPUT_MAX} bytes")),
            Err(error) => return Err(told(&error)),
        }
        Ok(String::from_utf8_lossy(&output.0).trim().to_owned())
    }
}

/// Takes a little more than may be said, and then nothing.
struct Bounded(Vec<u8>);
impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = (OUTPUT_MAX + 1).saturating_sub(self.0.len());
        self.0.extend(bytes.iter().take(room));
        if self.0.len() > OUTPUT_MAX { Err(io::Error::other("too much")) } else { Ok(bytes.len()) }
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An error without what stands around it in the template.
fn told(error: &minijinja::Error) -> String {
    let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    match error.line() {
        Some(line) => format!("line {line}: {what}"),
        None => what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::context;
    use proptest::prelude::*;

    fn rendered(source: &str) -> String {
        let context = context! { name => "<b>*x*</b> {{ 7*7 }}", build => context! { n => 3 } };
        match Template::new(source).and_then(|template| template.render(context)) {
            Ok(text) => text,
            Err(error) => format!("! {error}"),
        }
    }

    #[test]
    fn what_templates_can_and_cannot_do() {
        let rows = [
            "{{ name }}",
            "{{ name|upper }}{# no #}",
            "{% if build.n > 2 %}many{% else %}few{% endif %}",
            "{{ build.steps.first.logs[0].content }}nothing stands there",
            "{{ name",
            "{% if %}",
            "{{ name|nothing }}",
            "{% include 'secrets' %}",
            "{% extends '/etc/passwd' %}",
            "{{ name.__class__ }}{{ build.items() }}",
            "{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}",
            "{% for i in range(20) %}{{ 'x' * 3000 }}{% endfor %}",
            "{{ 'x' * 1000000000000 }}",
            "{% set n = namespace(x='x') %}",
            "   ",
        ];
        insta::assert_snapshot!(rows.map(rendered).join("\n"), @"
        <b>*x*</b> {{ 7*7 }}
        <B>*X*</B> {{ 7*7 }}
        many
        nothing stands there
        ! line 1: unexpected end of input, expected end of variable block
        ! line 1: unexpected end of block
        ! line 1: filter nothing is unknown
        ! line 1: unknown statement include
        ! line 1: unknown statement extends
        ! line 1: map has no method named items
        ! line 1: engine ran out of fuel
        ! it says more than 40000 bytes
        ! line 1: engine ran out of fuel
        ! line 1: namespace is unknown
        ");
        assert!(Template::new(&"x".repeat(8_001)).is_err());
    }

    proptest! {
        #[test]
        fn any_source_and_value(source in "(\\{\\{|\\}\\}|\\{%|%\\}|[a-z'| .()*0-9]|for|if|endif|endfor| in ){0,30}", name in any::<String>()) {
            if let Ok(template) = Template::new(&source) {
                drop(template.render(context! { name }));
            }
        }
        #[test]
        fn a_value_stands_as_it_is(name in any::<String>()) {
            let said = Template::new("{{ name }}").unwrap().render(context! { name => name.as_str() }).unwrap();
            prop_assert_eq!(said, name.trim());
        }
    }
}
