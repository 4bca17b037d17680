//! The binary as a user meets it: what it prints, what it takes, how it ends.
//! Each test has a folder of its own and a host on a free port; every process is
//! ended by its own number.
mod canary;
mod checks;
mod crash;
mod crowd;
mod data;
mod escapes;
mod first_minutes;
mod full_disk;
mod hang_up;
mod help;
mod hostile;
mod import;
mod lines;
mod log;
mod noise;
mod on_a_terminal;
mod process;
mod rules_killed;
mod signals;
mod store;
mod telegram;
mod travis;
mod trouble;
mod trueconf;
