//! A network in which one request goes wrong, or one in some.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use leadline_sync::http::{Http, HttpRequest, HttpResponse, Unreachable};

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It does not arrive.
    LostBefore,
    /// It takes effect; its answer does not arrive.
    LostAfter,
    /// It does not arrive; 500 is answered.
    Broken,
    /// It does not arrive; a proxy's page is answered.
    Page,
    /// It takes effect; a proxy's page is answered.
    PageAfter,
    /// The program dies before it is sent.
    DiesBefore,
    /// It takes effect; the program dies before it hears so.
    DiesAfter,
}

impl Fault {
    pub const ALL: [Fault; 7] = [
        Fault::LostBefore,
        Fault::LostAfter,
        Fault::Broken,
        Fault::Page,
        Fault::PageAfter,
        Fault::DiesBefore,
        Fault::DiesAfter,
    ];
}

/// Which requests go wrong.
pub enum Plan {
    /// This one, from 0.
    At(usize, Fault),
    /// One in so many, by luck.
    OneIn(u64, Cell<u64>),
}

/// A network before a server.
pub struct BadNetwork<'s, S> {
    server: &'s S,
    plan: RefCell<Option<Plan>>,
    dead: Cell<bool>,
    /// Requests sent so far.
    pub sent: Cell<usize>,
    /// The largest request, and all of them, in bytes.
    pub bytes: Cell<(usize, usize)>,
    pub log: RefCell<Vec<String>>,
}

impl<'s, S> BadNetwork<'s, S> {
    /// What may go wrong with the request of this number, as they were sent so far: of one that only
    /// reads it is the same whether it arrived.
    pub fn faults(&self, number: usize) -> Vec<Fault> {
        match self.log.borrow()[number].starts_with("GET") {
            true => {
                let reading = [
                    Fault::LostBefore,
                    Fault::Broken,
                    Fault::Page,
                    Fault::DiesBefore,
                ];
                vec![reading[number % reading.len()]]
            }
            false => Fault::ALL.to_vec(),
        }
    }

    pub fn good(server: &'s S) -> Self {
        BadNetwork {
            server,
            plan: RefCell::new(None),
            dead: Cell::new(false),
            sent: Cell::new(0),
            bytes: Cell::new((0, 0)),
            log: RefCell::new(Vec::new()),
        }
    }

    pub fn with(server: &'s S, plan: Plan) -> Self {
        let network = BadNetwork::good(server);
        network.plan.replace(Some(plan));
        network
    }

    /// From here on nothing goes wrong.
    pub fn mend(&self) {
        self.plan.replace(None);
    }

    /// Whether the program died since this was asked last.
    pub fn died(&self) -> bool {
        self.dead.replace(false)
    }

    fn fault(&self) -> Option<Fault> {
        let number = self.sent.get();
        self.sent.set(number + 1);
        match self.plan.borrow().as_ref()? {
            Plan::At(at, fault) => (*at == number).then_some(*fault),
            Plan::OneIn(n, luck) => {
                let x = splitmix(luck);
                let fault = Fault::ALL[(x >> 32) as usize % Fault::ALL.len()];
                x.is_multiple_of(*n).then_some(fault)
            }
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
pub fn splitmix(state: &Cell<u64>) -> u64 {
    state.set(state.get().wrapping_add(0x9E37_79B9_7F4A_7C15));
    let mut x = state.get();
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

pub fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> HttpResponse {
    let headers = headers.iter();
    HttpResponse {
        status,
        headers: headers
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>(),
        body: body.to_owned(),
    }
}

impl<S: Http> Http for BadNetwork<'_, S> {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Unreachable> {
        let nobody = || Err(Unreachable("nobody answered".to_owned()));
        if self.dead.get() {
            return nobody();
        }
        let size = request.path.len() + request.body.as_ref().map_or(0, String::len);
        let (largest, all) = self.bytes.get();
        self.bytes.set((largest.max(size), all + size));
        let (fault, line) = (self.fault(), format!("{} {}", request.method, request.path));
        self.log.borrow_mut().push(format!("{line} {fault:?}"));
        let page = || answer(200, &[("content-type", "text/html")], "<html>Log in</html>");
        match fault {
            None => self.server.send(request).await,
            Some(Fault::LostBefore) => nobody(),
            Some(Fault::LostAfter) => self.server.send(request).await.and_then(|_| nobody()),
            Some(Fault::Broken) => Ok(answer(500, &[], "out of order")),
            Some(Fault::Page) => Ok(page()),
            Some(Fault::PageAfter) => self.server.send(request).await.map(|_| page()),
            Some(Fault::DiesBefore) => {
                self.dead.set(true);
                nobody()
            }
            Some(Fault::DiesAfter) => {
                self.dead.set(true);
                self.server.send(request).await.and_then(|_| nobody())
            }
        }
    }
}
