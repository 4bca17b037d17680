//! What a master knows: builders, workers and builds, and what each path answers of
//! them. The fields are those that Buildbot 4.3.0 sends.
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The results that builds end with: of twenty 14 successes, 2 with warnings, 2
/// failures, an exception and a cancelled one.
const RESULTS: [i64; 20] = [0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 6, 0, 1, 0, 0, 2];
/// When the first build began, in seconds since 1970.
const BEGUN: i64 = 1_795_325_855;

#[derive(Clone)]
struct Build {
    builder: i64,
    number: i64,
    started: i64,
    /// How and when it ended.
    end: Option<(i64, i64)>,
}

/// All that was built.
pub(crate) struct Builds {
    builders: i64,
    builds: BTreeMap<i64, Build>,
    /// The ids of each builder's builds.
    of: BTreeMap<i64, Vec<i64>>,
}

impl Builds {
    /// So many builders that have built `each` times.
    pub(crate) fn new(builders: i64, each: i64) -> Self {
        let mut builds = Builds { builders, builds: BTreeMap::new(), of: BTreeMap::new() };
        for _ in 0..each {
            for builder in 1..=builders {
                let id = builds.begin(builder, BEGUN);
                builds.end(id, BEGUN);
            }
        }
        builds
    }
    /// A builder's name.
    pub(crate) fn name(builder: i64) -> String {
        format!("builder-{builder:03}")
    }
    /// A build begins. Its number is its id, so that a notice tells which one it is.
    pub(crate) fn begin(&mut self, builder: i64, at: i64) -> i64 {
        let id = self.builds.last_key_value().map_or(1, |(last, _)| last + 1);
        self.builds.insert(id, Build { builder, number: id, started: at, end: None });
        self.of.entry(builder).or_default().push(id);
        id
    }
    /// A build ends; gives how.
    pub(crate) fn end(&mut self, id: i64, at: i64) -> i64 {
        let results = RESULTS[usize::try_from(id * id / 7).unwrap_or_default() % RESULTS.len()];
        if let Some(build) = self.builds.get_mut(&id) {
            build.end = Some((results, at));
        }
        results
    }
    /// Whether a build is a failure, or ends a row of them.
    pub(crate) fn fails_or_recovers(&self, id: i64) -> bool {
        let results = |id: &i64| self.builds.get(id).and_then(|build| build.end).map(|(results, _)| results);
        let Some(now) = results(&id) else { return false };
        let of = self.builds.get(&id).and_then(|build| self.of.get(&build.builder)).map_or(&[][..], |of| of);
        let before = of.iter().rev().filter(|other| **other < id).filter_map(results).find(|before| *before < 5);
        now == 2 || (now < 2 && matches!(before, Some(2 | 4)))
    }
    /// A build as REST and the websocket show it.
    pub(crate) fn shown(&self, id: i64) -> Value {
        let Some(Build { builder, number, started, end }) = self.builds.get(&id) else { return Value::Null };
        let text = match end {
            None => "building",
            Some((0, _)) => "build successful",
            Some((1, _)) => "warnings compile (warnings)",
            Some((2, _)) => "failed compile (failure)",
            Some((4, _)) => "exception compile (exception)",
            Some(_) => "cancelled compile (cancelled)",
        };
        json!({ "buildid": id, "number": number, "builderid": builder, "buildrequestid": id, "workerid": 1,
            "masterid": 1, "started_at": started, "complete_at": end.map(|(_, at)| at), "locks_duration_s": 0,
            "complete": end.is_some(), "state_string": text, "results": end.map(|(results, _)| results),
            "properties": {} })
    }
    fn builder(id: i64) -> Value {
        json!({ "builderid": id, "name": Self::name(id), "tags": ["all"], "masterids": [1], "description": null,
            "description_format": null, "description_html": null, "projectid": null })
    }

    /// The answer to a path with its query; `None` where there is nothing.
    pub(crate) fn answer(&self, path: &str) -> Option<Value> {
        let (place, query) = path.split_once('?').unwrap_or((path, ""));
        let query = Query(form_urlencoded::parse(query.as_bytes()).into_owned().collect());
        let parts: Vec<&str> = place.trim_start_matches('/').trim_start_matches("api/v2/").split('/').collect();
        let (key, found) = match *parts {
            ["config"] => {
                return Some(json!({ "buildbotURL": "http://ci/", "versions": [["Buildbot", "4.3.0"]] }));
            }
            ["builders"] => ("builders", (1..=self.builders).map(Self::builder).collect()),
            ["builders", id] => ("builders", vec![Self::builder(id.parse().ok()?)]),
            ["builds"] => ("builds", self.listed(&query)),
            ["builds", id] => ("builds", vec![self.with_properties(id.parse().ok()?, &query)?]),
            ["builds", id, "steps"] => ("steps", self.steps(id.parse().ok()?, &query)?),
            ["steps", id, "logs"] => {
                let log = json!({ "logid": id.parse::<i64>().ok()?, "name": "stdio", "slug": "stdio", "type": "s",
                    "num_lines": 40, "complete": true, "stepid": id.parse::<i64>().ok()? });
                ("logs", vec![log])
            }
            ["logs", id, "contents"] => {
                let lines: String = (0..15).map(|n| format!("ocompiling part {n} of what was changed\n")).collect();
                ("logchunks", vec![json!({ "logid": id.parse::<i64>().ok()?, "firstline": 25, "content": lines })])
            }
            ["workers"] => {
                let on: Vec<Value> = (1..=self.builders).map(|id| json!({ "masterid": 1, "builderid": id })).collect();
                let worker = json!({ "workerid": 1, "name": "w1", "workerinfo": {}, "paused": false,
                    "graceful": false, "pause_reason": null, "connected_to": [{ "masterid": 1 }],
                    "configured_on": on });
                ("workers", vec![worker])
            }
            _ => return None,
        };
        let total = found.len();
        let found: Vec<Value> = found.into_iter().map(|thing| query.chosen(thing)).collect();
        Some(json!({ key: found, "meta": { "total": total } }))
    }
    fn with_properties(&self, id: i64, query: &Query) -> Option<Value> {
        self.builds.get(&id)?;
        let mut build = self.shown(id);
        if query.all("property").next().is_some() {
            build["properties"] = json!({ "owner": ["ann@example.org", "Force Build Form"],
                "got_revision": ["3a092c3a5f1be2c53d9e0a9d1f9a6f1f4f1c2b7d", "Git"] });
        }
        Some(build)
    }
    fn steps(&self, id: i64, query: &Query) -> Option<Vec<Value>> {
        let end = self.builds.get(&id)?.end;
        let step = |nth: i64, name: &str, results: Option<i64>| {
            json!({ "stepid": id * 2 + nth, "number": nth, "name": name, "buildid": id, "complete": results.is_some(),
                "state_string": format!("{name} at work"), "results": results, "urls": [], "hidden": false })
        };
        let mut steps = vec![step(0, "checkout", Some(0)), step(1, "compile", end.map(|(results, _)| results))];
        if query.one("complete") == Some("false") {
            steps.retain(|step| step["complete"] == false);
        }
        Some(steps)
    }
    fn listed(&self, query: &Query) -> Vec<Value> {
        let numbers = |name: &str| -> Vec<i64> { query.all(name).filter_map(|value| value.parse().ok()).collect() };
        let (of, ids, results) = (numbers("builderid"), numbers("buildid"), numbers("results"));
        let (below, above) = (numbers("number__lt"), numbers("buildid__gt"));
        let keeps = |id: i64, build: &Build| {
            let any = |wanted: &[i64], is: i64| wanted.is_empty() || wanted.contains(&is);
            any(&of, build.builder)
                && any(&ids, id)
                && (results.is_empty() || build.end.is_some_and(|(end, _)| results.contains(&end)))
                && query.one("complete").is_none_or(|complete| (complete == "true") == build.end.is_some())
                && below.iter().all(|below| build.number < *below)
                && above.iter().all(|above| id > *above)
        };
        let limit = query.one("limit").and_then(|limit| limit.parse().ok()).unwrap_or(usize::MAX);
        // One builder's are found by an index, as in the master's database.
        let ids: Box<dyn DoubleEndedIterator<Item = i64>> = match (&of[..], self.of.get(of.first().unwrap_or(&0))) {
            ([_], Some(ids)) => Box::new(ids.iter().copied()),
            _ => Box::new(self.builds.keys().copied()),
        };
        let down = query.one("order").is_some_and(|order| order.starts_with('-'));
        let ids: Box<dyn Iterator<Item = i64>> = if down { Box::new(ids.rev()) } else { Box::new(ids) };
        let found = ids.filter(|id| self.builds.get(id).is_some_and(|build| keeps(*id, build)));
        found.take(limit).map(|id| self.shown(id)).collect()
    }
}

/// The part of an address behind `?`.
struct Query(Vec<(String, String)>);

impl Query {
    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
    }
    fn one(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }
    /// The fields of a thing that were asked for.
    fn chosen(&self, thing: Value) -> Value {
        let fields: Vec<&str> = self.all("field").collect();
        match thing {
            Value::Object(all) if !fields.is_empty() => Value::Object(
                all.into_iter().filter(|(name, _)| fields.contains(&name.as_str())).collect::<Map<_, _>>(),
            ),
            thing => thing,
        }
    }
}
