//! The host: a desk for each organization, in memory.

use std::future::{Future, poll_fn, ready};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use leadline_api::{Calls, Clock, Desk, Host, Info, NotStored, Reply, Unavailable, Write, Written};
use leadline_model::Time;
use leadline_sim::SessionInput;

use crate::{Answers, Options, Refused};

/// An organization at work.
#[derive(Debug)]
pub struct Work {
    pub(crate) desk: Desk,
    /// Which life of its data this is, from 1.
    pub(crate) life: u64,
}

/// A shared one.
pub type Organization = Arc<Mutex<Work>>;

/// Organizations and whose they are.
#[derive(Debug)]
pub(crate) struct Keeper {
    pub calls: Answers,
    /// The organizations by their keys, the own one first; one with an empty key is everybody's.
    pub organizations: Vec<(String, Organization)>,
}

/// A home of the API, in memory.
#[derive(Debug)]
pub struct Home {
    pub(crate) keeper: Arc<Keeper>,
    /// The key that requests without one are sent with.
    pub(crate) key: Option<String>,
}

pub(crate) fn lock(organization: &Organization) -> MutexGuard<'_, Work> {
    // Nothing in here panics; if something did, the work is as the last step left it.
    organization.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Home {
    /// New organizations.
    pub fn new(options: &Options) -> Result<Home, Refused> {
        let keys = options.keys()?.into_iter();
        let organizations = keys.map(|(key, seed)| {
            let mut desk = Desk::new(options.session(seed));
            if options.calls == Answers::Manual {
                let people = SessionInput::AnsweredBy {
                    world: false,
                    webhooks: true,
                };
                desk.put(people)
                    .map_err(|error| Refused::option(error.to_string()))?;
            }
            Ok((key, Arc::new(Mutex::new(Work { desk, life: 1 }))))
        });
        let organizations = organizations.collect::<Result<_, Refused>>()?;
        let calls = options.calls;
        let keeper = Keeper {
            calls,
            organizations,
        };
        Ok(Home::with(keeper, options.key.clone()))
    }

    pub(crate) fn with(keeper: Keeper, key: Option<String>) -> Home {
        Home {
            keeper: Arc::new(keeper),
            key,
        }
    }

    /// The own organization: that of the first key.
    fn own<T>(&self, ask: impl FnOnce(&Desk) -> T) -> Option<T> {
        let (_, organization) = self.keeper.organizations.first()?;
        Some(ask(&lock(organization).desk))
    }

    /// A key of the own organization.
    pub fn own_key(&self) -> &str {
        let first = self.keeper.organizations.first();
        match first.map_or("", |(key, _)| key) {
            "" => self.key.as_deref().unwrap_or("any"),
            key => key,
        }
    }

    /// The own organization's time.
    pub fn now(&self) -> Option<Time> {
        self.own(|desk| desk.session().now())
    }

    /// The digest over everything that happened in the own organization; equal digests mean equal
    /// histories. O(state).
    pub fn digest(&self) -> Option<String> {
        self.own(|desk| desk.session().digest())
    }

    /// The next instant at which something is due in the own organization.
    pub fn next_due(&self) -> Option<Time> {
        self.own(|desk| desk.session().next_due()).flatten()
    }

    /// The cursor of the own organization's last change.
    pub fn latest_change(&self) -> Option<u64> {
        self.own(|desk| desk.changes().latest())
    }
}

impl Host for Keeper {
    type Organization = Organization;

    fn info(&self) -> Info {
        Info {
            clock: Clock::Simulated,
            calls: match self.calls {
                Answers::Simulated => Calls::Simulated,
                Answers::Manual => Calls::Manual,
            },
            streams: true,
        }
    }

    /// Nothing is delivered from here, so there is nothing to sign and nothing to hide.
    fn secret(&self) -> Option<String> {
        Some("whsec_signs_nothing_in_memory".to_owned())
    }

    fn organization(&self, key: &str) -> Result<Option<Organization>, Unavailable> {
        let mut all = self.organizations.iter();
        let found = all.find(|(own, _)| !key.is_empty() && (own.is_empty() || own == key));
        Ok(found.map(|(_, organization)| Arc::clone(organization)))
    }

    fn read<T>(&self, organization: &Organization, ask: impl FnOnce(&Desk) -> T) -> T {
        ask(&lock(organization).desk)
    }

    fn write(
        &self,
        organization: &Organization,
        write: Write,
    ) -> impl Future<Output = Result<Reply, NotStored>> + Send {
        let desk = &mut lock(organization).desk;
        let (Written::Now(reply, _) | Written::Before(reply) | Written::Refused(reply)) =
            desk.write(write);
        // People answer calls by what the API shows them.
        desk.take_effects();
        ready(Ok(reply))
    }

    fn epoch(&self, organization: &Organization) -> String {
        lock(organization).life.to_string()
    }

    fn lost(
        &self,
        organization: &Organization,
        epoch: &str,
    ) -> impl Future<Output = Result<(), NotStored>> + Send {
        let mut work = lock(organization);
        if work.life.to_string() == epoch {
            work.life += 1;
        }
        ready(Ok(()))
    }

    /// Keeps no waker: whoever holds a stream asks it again after each write (see
    /// [`Stream`](crate::Stream)).
    fn changed(
        &self,
        organization: &Organization,
        cursor: u64,
    ) -> impl Future<Output = bool> + Send {
        let organization = Arc::clone(organization);
        poll_fn(
            move |_| match lock(&organization).desk.changes().latest() > cursor {
                true => Poll::Ready(true),
                false => Poll::Pending,
            },
        )
    }
}
