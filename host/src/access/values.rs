//! Whether the values that a rule asks for can come: a plugin may show rules its own
//! spelling of what is typed, and a rule that has another one fits no call.
use super::{
    ALL_ARGS, Allow, Known, Rules, Unmet,
    rule::{Rule, arg_name, fits_any_case},
};

/// What rules see where a value alone is given: by the place of the command, the name
/// of the argument and the value; none where they see what is typed.
type Seen<'a> = &'a dyn Fn(usize, &str, &str) -> Option<Vec<String>>;

impl Rules {
    /// The values in the rules that rules never see, since the plugin shows them in
    /// another spelling. As [`check_commands`](Self::check_commands), and to be asked
    /// beside it.
    pub(crate) fn check_values(&self, commands: &[Known], seen: Seen) -> Vec<Unmet> {
        let of_rule = |(at, rule): (usize, &Rule)| {
            let unmet = rule.never_seen(commands, seen).into_iter();
            unmet.map(move |message| Unmet { rule: at, key: "args", message, perhaps: false })
        };
        self.rules.iter().enumerate().flat_map(of_rule).collect()
    }
}

impl Rule {
    fn never_seen(&self, commands: &[Known], seen: Seen) -> Vec<String> {
        let mut messages = vec![];
        for (name, globs) in self.spec.args.iter().filter(|(name, _)| *name != ALL_ARGS) {
            for glob in globs.all().iter().filter(|glob| !glob.contains('*')) {
                let reached = commands.iter().enumerate().filter(|(_, command)| self.reaches(command));
                let instead = reached.filter_map(|(at, command)| {
                    let arg = command.args.iter().find(|arg| arg_name(arg) == arg_name(name))?;
                    Some(seen(at, arg, glob).unwrap_or_else(|| vec![glob.clone()]))
                });
                let instead: Vec<Vec<String>> = instead.collect();
                let fits = |value: &String| match self.allow {
                    Allow::No => fits_any_case(glob, value),
                    Allow::Yes | Allow::Default => value == glob,
                };
                if let [first, ..] = instead.as_slice()
                    && !instead.iter().flatten().any(fits)
                {
                    let hint = match first.as_slice() {
                        [] => String::new(),
                        all if all.len() > 3 => String::new(), // it stands for many
                        right => format!("; write `{}`", right.join("`, `")),
                    };
                    messages.push(format!("rules never see `{glob}` as `{name}`{hint}"));
                }
            }
        }
        messages
    }
}
