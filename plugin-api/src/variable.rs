//! Environment variables of other programs, such as the whole settings of a bot whose
//! place this one takes.
//!
//! They are read as keys of the config, with everything else from the environment; what
//! the config file or a variable of the host says wins over them.
use serde_json::Value;

/// The way to a key of the config from the top: `plugins`, `cinema`, `seats`.
pub type Way = Vec<&'static str>;

/// What [`register_variable!`](crate::register_variable) leaves for the host.
#[derive(Clone, Copy)]
pub struct VariableRegistration {
    /// The variable's name.
    pub name: &'static str,
    /// The keys of the config that a value means, each as its way from the top; none when
    /// the variable is some other program's.
    pub read: fn(&str) -> Vec<(Way, Value)>,
}
inventory::collect!(VariableRegistration);

/// Makes an environment variable of another program known: its name, and a
/// `fn(&str) -> Vec<(Vec<&'static str>, serde_json::Value)>` that reads it.
#[macro_export]
macro_rules! register_variable {
    ($name:expr, $read:path) => {
        $crate::inventory::submit! {
            $crate::variable::VariableRegistration { name: $name, read: $read }
        }
    };
}
