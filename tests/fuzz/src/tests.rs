//! Each body as a short test: its seeds, and as many mutations of them as take a
//! second or so. They are the same each time, since their number is their seed.
use fastrand::Rng;
use nix::{sys::time::TimeValLike, time::ClockId};
use std::{collections::BTreeSet, fs, path::Path};

/// What one input may take of the CPU, in a debug build.
const CPU_MAX_MS: i64 = 3_000;
/// The longest mutation, in bytes; the default of libFuzzer.
const LENGTH_MAX: usize = 4096;
const HERE: &str = env!("CARGO_MANIFEST_DIR");

macro_rules! targets {
    ($($name:ident: $rounds:literal,)*) => {
        const TARGETS: &[&str] = &[$(stringify!($name)),*];
        $(#[test]
        fn $name() {
            bounded(stringify!($name), crate::$name::run, $rounds);
        })*
    };
}
targets! {
    words: 4_000,
    ids: 1_500,
    config: 40,
    route_options: 600,
    text: 3_000,
    hook: 400,
    payload: 1_000,
    proofs: 1_000,
    journal: 60,
    export: 300,
    flatten: 1_500,
    expression: 1_500,
    webhook: 1_000,
}

fn bounded(target: &'static str, run: fn(&[u8]), rounds: u64) {
    let seeds = seeds(target);
    assert!(!seeds.is_empty(), "{target} has no seeds");
    let tokens = tokens();
    let one = |what: String, input: &[u8]| {
        let told = Told { target, what, input };
        let before = cpu_ms();
        run(input);
        let took = cpu_ms() - before;
        assert!(took <= CPU_MAX_MS, "{took} ms of the CPU");
        drop(told);
    };
    for (name, seed) in &seeds {
        one(name.clone(), seed);
    }
    for round in 0..rounds {
        one(format!("round {round}"), &mutated(&mut Rng::with_seed(round), &seeds, &tokens));
    }
}

/// Says which input it was, when the body panics.
struct Told<'a> {
    target: &'static str,
    what: String,
    input: &'a [u8],
}
impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}, {}: \"{}\"", self.target, self.what, self.input.escape_ascii());
        }
    }
}

fn cpu_ms() -> i64 {
    ClockId::CLOCK_THREAD_CPUTIME_ID.now().expect("Linux has this clock").num_milliseconds()
}

/// The files of the corpus that were put there by hand, and real samples.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let mut seeds = files(&Path::new(HERE).join("corpus").join(target));
    let samples = Path::new(HERE).join("../fixtures/travis");
    match target {
        "payload" | "flatten" => seeds.extend(files(&samples).into_iter().filter(|(name, _)| name.ends_with(".json"))),
        "hook" => seeds.extend(files(&samples).into_iter().filter(|(name, _)| name.ends_with(".form"))),
        "config" => seeds.push(("the example".into(), crate::config::example().into_bytes())),
        _ => {}
    }
    seeds
}
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths: BTreeSet<_> = entries.map(|entry| entry.unwrap().path()).collect();
    // What cargo fuzz adds has no ending.
    let seeds = paths.iter().filter(|path| path.extension().is_some());
    seeds.map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect()
}

/// The words of `nasty.dict`, which is libFuzzer's form of a dictionary.
fn tokens() -> Vec<Vec<u8>> {
    let words = include_str!("../nasty.dict").lines().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
    words.map(unescaped).collect()
}
fn unescaped(word: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (vec![], word.bytes());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next().expect("an escape says what") {
                b'x' => {
                    let hex: String = rest.by_ref().take(2).map(char::from).collect();
                    u8::from_str_radix(&hex, 16).expect("two hex digits")
                }
                other => other,
            },
            byte => byte,
        });
    }
    bytes
}

/// A seed, changed in one to six places.
fn mutated(rng: &mut Rng, seeds: &[(String, Vec<u8>)], tokens: &[Vec<u8>]) -> Vec<u8> {
    let mut pick = || seeds[rng.usize(..seeds.len())].1.clone();
    let (mut data, other) = (pick(), pick());
    for _ in 0..rng.usize(1..=6) {
        let (from, to) = range(rng, data.len());
        match rng.u8(..8) {
            0 if !data.is_empty() => data[from.min(to.saturating_sub(1))] ^= 1 << rng.u8(..8),
            1 => data.truncate(from),
            2 => drop(data.drain(from..to)),
            3 => {
                let (start, end) = range(rng, other.len());
                drop(data.splice(from..to, other[start..end].iter().copied()));
            }
            4 => {
                let again = data[from..to].to_vec();
                drop(data.splice(from..from, again));
            }
            5 => {
                let (word, times) = (&tokens[rng.usize(..tokens.len())], rng.usize(1..200));
                drop(data.splice(from..from, word.repeat(times)));
            }
            6 => drop(data.splice(from..to, [rng.u8(..)])),
            _ => drop(data.splice(from..from, tokens[rng.usize(..tokens.len())].iter().copied())),
        }
        data.truncate(LENGTH_MAX);
    }
    data
}
/// A piece of so many bytes, short ones mostly.
fn range(rng: &mut Rng, length: usize) -> (usize, usize) {
    let from = rng.usize(..=length);
    let longest = if rng.bool() { 8 } else { length };
    (from, (from + rng.usize(..=longest)).min(length))
}

#[test]
fn each_target_has_its_program_its_seeds_and_a_line_in_the_readme() {
    let names = |folder: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(Path::new(HERE).join(folder)).unwrap();
        entries.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    };
    let targets: BTreeSet<String> = TARGETS.iter().map(|&name| name.to_owned()).collect();
    assert_eq!((names("fuzz_targets"), names("corpus")), (targets.clone(), targets));
    let (manifest, readme) = (include_str!("../Cargo.toml"), include_str!("../README.md"));
    for name in TARGETS {
        let program = fs::read_to_string(Path::new(HERE).join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(program.contains(&format!("target!({name})")) && manifest.contains(&format!("fuzz_targets/{name}.rs")));
        assert!(readme.contains(&format!("| `{name}` |")), "{name} is not in the README");
    }
}

#[test]
fn mutations_are_the_same_each_time_and_differ_from_each_other() {
    let seeds = seeds("words");
    let mutations =
        |()| -> Vec<Vec<u8>> { (0..50).map(|n| mutated(&mut Rng::with_seed(n), &seeds, &tokens())).collect() };
    assert_eq!(mutations(()), mutations(()));
    assert!(mutations(()).into_iter().collect::<BTreeSet<_>>().len() > 40);
    assert_eq!(unescaped(r#"\x1b[31m\"\\"#), b"\x1b[31m\"\\");
}
