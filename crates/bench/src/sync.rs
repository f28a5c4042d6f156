//! `sync-bench`: a workflow of 5,000 nodes and the API in memory, exchanged by two browsers. Prints for
//! each step the requests, the bytes of their bodies both ways, and the time of both sides together.

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    match native::run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("sync-bench: {message}");
            std::process::ExitCode::FAILURE
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::cell::Cell;
    use std::collections::BTreeMap;
    use std::time::{Duration, Instant};

    use futures::executor::block_on;
    use leadline_home::{Home, Options};
    use leadline_model::{Definition, Time, json};
    use leadline_sync::adapter::{Adapter, Leadline};
    use leadline_sync::http::{Http, HttpRequest, HttpResponse, Unreachable};
    use leadline_sync::machine::{DocKey, Machine, Next, Request, What};
    use leadline_sync::merge;
    use serde_json::json;

    const NODES: usize = 5_000;

    /// The API in memory, with a count of what goes to and fro.
    struct Wire {
        home: Home,
        requests: Cell<u64>,
        sent: Cell<usize>,
        received: Cell<usize>,
    }

    impl Http for Wire {
        async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Unreachable> {
            let key = format!("Bearer {}", self.home.own_key());
            let mut headers: Vec<(String, String)> = vec![
                ("authorization".to_owned(), key),
                ("content-type".to_owned(), "application/json".to_owned()),
            ];
            let own = request.headers.into_iter();
            headers.extend(own.map(|(name, value)| (name.to_owned(), value)));
            let body = request.body.unwrap_or_default().into_bytes();
            self.requests.set(self.requests.get() + 1);
            self.sent.set(self.sent.get() + body.len());
            let answer = self.home.send(leadline_home::Request {
                method: request.method.to_owned(),
                target: request.path,
                headers,
                body,
            });
            let answer = answer.map_err(|refused| Unreachable(refused.message))?;
            self.received.set(self.received.get() + answer.body.len());
            let headers: BTreeMap<String, String> = answer.headers.into_iter().collect();
            Ok(HttpResponse {
                status: answer.status,
                headers,
                body: String::from_utf8_lossy(&answer.body).into_owned(),
            })
        }
    }

    /// One browser.
    struct Browser {
        machine: Machine,
        now: i64,
    }

    impl Browser {
        fn new(name: &str) -> Browser {
            Browser {
                machine: Machine::new(name),
                now: 0,
            }
        }

        /// Exchanges until both sides have the same; what was sent last, and how long it took.
        fn settle(&mut self, wire: &Wire) -> Result<(Option<usize>, Duration), String> {
            let start = Instant::now();
            let mut edits = None;
            for _ in 0..200 {
                self.now += 1_000;
                self.machine.hurry();
                match self.machine.next(Time(self.now)) {
                    Next::Send(number, request) => {
                        if let Request::Write(write) = &request
                            && let What::Edit { changes, .. } = &write.what
                        {
                            edits = Some(changes.len());
                        }
                        let idle = matches!(request, Request::Changes { .. });
                        let cursor = self.machine.state().cursor();
                        let epoch = self.machine.state().epoch().map(str::to_owned);
                        let adapter = Adapter::Leadline(Leadline);
                        let outcome =
                            block_on(adapter.perform(wire, &request, None, epoch.as_deref()));
                        self.machine
                            .answered(number, outcome.answer, Time(self.now));
                        let quiet = idle && cursor == self.machine.state().cursor();
                        if quiet && self.machine.is_settled() {
                            return Ok((edits, start.elapsed()));
                        }
                    }
                    Next::Wait(_) => {}
                }
            }
            Err("it never comes to rest".to_owned())
        }

        fn document(&self) -> Result<(DocKey, Definition), String> {
            let docs = &self.machine.state().docs;
            let first = docs.iter().next().ok_or("nothing arrived")?;
            Ok((*first.0, first.1.local.clone()))
        }
    }

    fn large() -> Result<Definition, String> {
        let id = |n: usize| format!("n{n}");
        let delay = json!({"delay": {"value": 2, "unit": "hours"}});
        let nodes: Vec<_> = (0..NODES)
            .map(|n| {
                json!({"id": id(n), "node_type": "TIME", "label": format!("Wait {n}"), "config": delay,
                    "position_x": n % 70 * 300, "position_y": n / 70 * 150, "is_entry": n == 0})
            })
            .collect();
        let edges: Vec<_> = (1..NODES)
            .map(|n| json!({"id": format!("e{n}"), "from_node_id": id(n - 1), "to_node_id": id(n), "label": "COMPLETED"}))
            .collect();
        json::from_value(&json!({"title": "Large", "nodes": nodes, "edges": edges}))
    }

    fn relabel(definition: &Definition, at: usize, label: &str) -> Definition {
        let mut edited = definition.clone();
        edited.nodes[at].label = label.to_owned();
        edited
    }

    pub(super) fn run() -> Result<(), String> {
        let options = Options::parse("{}").map_err(|refused| refused.message)?;
        let home = Home::new(&options).map_err(|refused| refused.message)?;
        let wire = Wire {
            home,
            requests: Cell::new(0),
            sent: Cell::new(0),
            received: Cell::new(0),
        };
        let definition = large()?;
        let whole = serde_json::to_vec(&definition).map_err(|error| error.to_string())?;
        println!("the graph is {} bytes of JSON\n", whole.len());
        println!(
            "{:<44} {:>8} {:>10} {:>10} {:>10}",
            "step", "requests", "sent", "received", "ms"
        );
        let row = |step: &str, took: Duration| {
            println!(
                "{step:<44} {:>8} {:>10} {:>10} {:>10.1}",
                wire.requests.take(),
                wire.sent.take(),
                wire.received.take(),
                took.as_secs_f64() * 1_000.0
            );
        };

        let (mut one, mut other) = (Browser::new("one"), Browser::new("other"));
        let key = one.machine.add(definition.clone());
        let (_, took) = one.settle(&wire)?;
        row("first time: all of it", took);
        let (_, took) = other.settle(&wire)?;
        row("it arrives in another browser", took);

        let edited = relabel(&definition, 2_500, "Renamed");
        one.machine.edit(key, edited.clone());
        let (edits, took) = one.settle(&wire)?;
        row("one field of one node is sent", took);
        if edits != Some(1) {
            return Err(format!("{edits:?} edits were sent for one field"));
        }
        let (_, took) = other.settle(&wire)?;
        row("and arrives", took);
        let (there, arrived) = other.document()?;
        if arrived != edited {
            return Err("the other browser has another graph".to_owned());
        }

        other.machine.edit(there, relabel(&edited, 10, "Other"));
        let (_, took) = other.settle(&wire)?;
        row("an edit of the other browser is sent", took);
        one.machine.edit(key, relabel(&edited, 4_000, "Beside"));
        let (_, took) = one.settle(&wire)?;
        row("an edit beside it: refused, read, merged, sent", took);
        let (_, took) = one.settle(&wire)?;
        row("nothing happened", took);

        let (mine, theirs) = (
            relabel(&definition, 1, "Mine"),
            relabel(&definition, 2, "Theirs"),
        );
        let start = Instant::now();
        let merged = merge(&definition, &mine, &theirs).map_err(|error| error.to_string())?;
        row("the merge alone", start.elapsed());
        if !merged.conflicts.is_empty() {
            return Err("two nodes are no conflict".to_owned());
        }
        Ok(())
    }
}
