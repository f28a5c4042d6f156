#![allow(clippy::unwrap_used, clippy::panic)]
use super::*;

/// Answers what is asked until it waits; how long it waits.
fn wait_after(machine: &mut Machine, now: &mut i64, answer: impl Fn(&Request) -> Answer) -> i64 {
    loop {
        match machine.next(Time(*now)) {
            Next::Send(number, request) => {
                let reason = match answer(&request) {
                    Answer::Refused(reason) => Some(reason),
                    _ => None,
                };
                let events = machine.answered(number, answer(&request), Time(*now));
                let told = reason.map(|reason| vec![Event::Failed(reason)]);
                assert_eq!(events, told.unwrap_or_default());
            }
            Next::Wait(at) => {
                let wait = at.unwrap().0 - *now;
                *now += wait;
                return wait;
            }
        }
    }
}

#[test]
fn a_remote_that_does_not_say_what_changed_is_asked_ever_more_rarely() {
    let list = Answer::List {
        cursor: Some(7),
        epoch: "1".to_owned(),
        remotes: Vec::new(),
        more: false,
    };
    let refused = Answer::Refused("no such page".to_owned());
    for listed in [true, false] {
        let (mut machine, mut now) = (Machine::new("r"), 0);
        let waits: Vec<i64> = (0..10)
            .map(|_| {
                wait_after(&mut machine, &mut now, |request| match request {
                    Request::List { .. } if listed => list.clone(),
                    _ => refused.clone(),
                })
            })
            .collect();
        assert!(
            waits[0] <= FIRST_PAUSE && waits[9] >= LONGEST_PAUSE / 2,
            "{waits:?}"
        );
        // Once it does, the pauses begin anew.
        let same = Answer::Changes {
            from: 7,
            cursor: 7,
            epoch: "1".to_owned(),
            changed: Vec::new(),
            deleted: Vec::new(),
        };
        let well = wait_after(&mut machine, &mut now, |request| match request {
            Request::List { .. } => list.clone(),
            _ => same.clone(),
        });
        assert_eq!(well, PULL_EVERY.0);
        let again = wait_after(&mut machine, &mut now, |_| refused.clone());
        assert!(again <= FIRST_PAUSE, "{again}");
    }
}
