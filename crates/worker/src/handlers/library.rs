//! What belongs to the organization: agents, numbers and limits.

use leadline_engine::{EngineError, Input, Output};
use leadline_model::lead::{format_phone, parse_phone};
use leadline_model::ordered;
use leadline_protocol::{Library, Notice, Reply, Request, Written};
use leadline_sim::Session;

use super::{Outcome, change, read_part};
use crate::host::{Host, Moment, Who};

pub(super) fn handle(host: &mut Host, who: Who, request: Request, at: Moment) {
    let input = match request {
        Request::PutAgent {
            id,
            name,
            prompt,
            workflow,
            active,
        } => match workflow.as_ref().map(read_part).transpose() {
            Ok(workflow) => Input::PutAgent {
                id,
                name,
                prompt,
                workflow,
                active,
            },
            Err(problem) => return host.reply(who, Err(problem)),
        },
        Request::DeleteAgent { id } => Input::DeleteAgent { id },
        Request::PutPhoneNumber {
            phone_number,
            label,
            active,
        } => Input::PutPhoneNumber {
            phone_number,
            label,
            active,
        },
        Request::DeletePhoneNumber { phone_number } => Input::DeletePhoneNumber { phone_number },
        Request::PutAccount { account } => Input::PutAccount { account },
        _ => {
            let library = library(host.session());
            return host.reply(who, Ok(Reply::Library(library)));
        }
    };
    let asked = input.clone();
    change(host, who, input, at, move |session, output| {
        let library = library(session);
        let reply = reply(session, &asked, output, &library)?;
        Ok(Outcome::new(
            reply,
            vec![Notice::Library(Written::of(&library))],
        ))
    });
}

fn library(session: &Session) -> Library {
    let engine = session.engine();
    let mut agents: Vec<_> = engine.agents().values().cloned().collect();
    ordered::sort_by(&mut agents, |a, b| a.name.cmp(&b.name));
    Library {
        agents,
        phone_numbers: engine.phone_numbers().values().cloned().collect(),
        account: engine.account().clone(),
    }
}

fn reply(
    session: &Session,
    asked: &Input,
    output: Output,
    library: &Library,
) -> Result<Reply, EngineError> {
    let engine = session.engine();
    Ok(match (asked, output) {
        (_, Output::Agent(id)) => match engine.agents().get(&id) {
            Some(agent) => Reply::Agent(agent.clone()),
            None => return Err(EngineError::UnknownAgent(id.to_string())),
        },
        (Input::PutPhoneNumber { phone_number, .. }, _) => {
            let written = parse_phone(phone_number).map(format_phone);
            let stored = written.and_then(|number| engine.phone_numbers().get(&number));
            match stored.or_else(|| engine.phone_numbers().get(phone_number)) {
                Some(number) => Reply::PhoneNumber(number.clone()),
                None => return Err(EngineError::UnknownPhoneNumber(phone_number.clone())),
            }
        }
        (Input::PutAccount { .. }, _) => Reply::Library(library.clone()),
        _ => Reply::Done,
    })
}
