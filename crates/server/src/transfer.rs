//! `leadline export` and `leadline import`: what people made, from one folder of data to another.
//!
//! An export holds workflows, agents, numbers and limits, for other places and for version control.
//! It holds no leads and no calls: a backup is a copy of the data folder.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use leadline_api::{Desk, Row};
use leadline_engine::Input;
use leadline_model::{Account, Agent, AgentId, Definition, NodeConfig, PhoneNumber};
use leadline_sim::SessionInput;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::args::{Export, Import};
use crate::keys::Organization;
use crate::load::load;
use crate::metrics::Metrics;
use crate::writer::{Ticket, Writer};
use crate::{database, keys, serve};

/// The form that is written.
const VERSION: u32 = 1;

/// What is exported.
#[derive(Debug, Serialize, Deserialize)]
struct Everything {
    leadline_export: u32,
    account: Account,
    agents: Vec<Agent>,
    phone_numbers: Vec<PhoneNumber>,
    /// Oldest first.
    workflows: Vec<Definition>,
}

fn find(connection: &Connection, name: &str) -> Result<Organization> {
    let row: i64 = connection
        .query_row(
            "SELECT id FROM organizations WHERE name = ?",
            [name],
            |row| row.get(0),
        )
        .with_context(|| format!("there is no organization {name}"))?;
    let found = keys::organizations(connection, Some(row))?.pop();
    found.ok_or_else(|| anyhow!("there is no organization {name}"))
}

/// Writes what people made to a file, or to the standard output. The server may run meanwhile.
pub fn export(export: &Export) -> Result<()> {
    let connection = database::open_to_read(&export.data)?;
    let organization = find(&connection, &export.organization)?;
    let (desk, _) = load(&connection, &organization)?;
    let engine = desk.engine();
    let newest_first = engine.workflows();
    let ids = newest_first
        .iter()
        .rev()
        .map(|summary| &summary.workflow.id);
    let definitions = ids.map(|id| Ok(engine.definition(id)?.0.clone()));
    let everything = Everything {
        leadline_export: VERSION,
        account: engine.account().clone(),
        agents: engine.agents().values().cloned().collect(),
        phone_numbers: engine.phone_numbers().values().cloned().collect(),
        workflows: definitions.collect::<Result<_>>()?,
    };
    let mut text = serde_json::to_string_pretty(&everything)?;
    text.push('\n');
    match &export.file {
        Some(file) if file.exists() && !export.force => {
            bail!(
                "{} is there already: --force writes over it",
                file.display()
            )
        }
        Some(file) => {
            fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
        }
        None => Ok(std::io::stdout().write_all(text.as_bytes())?),
    }
}

/// Adds what an export holds to an organization; nothing is stored before all of it is accepted.
/// Agents and numbers that are there already stay as they are, as do the limits unless they are asked
/// for; workflows become drafts, and those that are there already are passed over.
pub fn import(import: &Import) -> Result<()> {
    let everything = read(&import.file)?;
    let connection = database::open_existing(&import.data)?;
    let _no_server = serve::lock(&import.data)?;
    let organization = find(&connection, &import.organization)?;
    let (mut desk, _) = load(&connection, &organization)?;
    let mut rows = Vec::new();
    let mut put = |desk: &mut Desk, input| -> Result<()> {
        rows.push(desk.put(SessionInput::Apply { input })?);
        Ok(())
    };
    let mut agents: BTreeMap<AgentId, AgentId> = BTreeMap::new();
    for Agent {
        id,
        name,
        prompt,
        workflow,
        active,
        ..
    } in everything.agents
    {
        let named = |desk: &Desk, name: &str| {
            let mut all = desk.engine().agents().values();
            all.find(|agent| agent.name == name).cloned()
        };
        let same = |own: &Agent| own.prompt == prompt && own.workflow == workflow;
        // One of the same name that does something else is another one.
        let numbered = (2..).map(|n| format!("{name}-{n}"));
        let mut names = std::iter::once(name.clone()).chain(numbered);
        let free = |name: &String| named(&desk, name).is_none_or(|own| same(&own));
        let own_name = names.find(free).unwrap_or_else(|| name.clone());
        if own_name != name {
            println!("the agent {name} is another one here: added as {own_name}");
        }
        let name = own_name;
        if named(&desk, &name).is_none() {
            let name = name.clone();
            put(
                &mut desk,
                Input::PutAgent {
                    id: None,
                    name,
                    prompt,
                    workflow,
                    active,
                },
            )?;
        }
        agents.extend(named(&desk, &name).map(|own| (id, own.id)));
    }
    for PhoneNumber {
        phone_number,
        label,
        active,
        ..
    } in everything.phone_numbers
    {
        if !desk.engine().phone_numbers().contains_key(&phone_number) {
            put(
                &mut desk,
                Input::PutPhoneNumber {
                    phone_number,
                    label,
                    active,
                },
            )?;
        }
    }
    if import.limits && *desk.engine().account() != everything.account {
        let account = everything.account.clone();
        put(&mut desk, Input::PutAccount { account })?;
    }
    let (mut added, mut known) = (0, 0);
    for mut definition in everything.workflows {
        rename(&mut definition, &agents);
        let all = desk.engine().workflows();
        let there = all.iter().any(|one| {
            let own = desk.engine().definition(&one.workflow.id);
            own.is_ok_and(|(own, ..)| *own == definition)
        });
        if there && !import.again {
            known += 1;
            println!("the workflow “{}” is there already", definition.title);
            continue;
        }
        added += 1;
        put(&mut desk, Input::CreateWorkflow { definition })?;
    }
    store(connection, &organization, rows)?;
    println!("imported {added} workflows, {known} were there already");
    Ok(())
}

fn read(file: &Path) -> Result<Everything> {
    let text =
        fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let everything: Everything = serde_json::from_str(&text).context("this is no export")?;
    if everything.leadline_export > VERSION {
        bail!("the export was written by a newer Leadline");
    }
    Ok(everything)
}

/// Voice calls name agents by id, and ids are other ones here.
fn rename(definition: &mut Definition, agents: &BTreeMap<AgentId, AgentId>) {
    for node in &mut definition.nodes {
        if let NodeConfig::VoiceCall(call) = &mut node.config
            && let Some(agent) = &mut call.agent_id
            && let Some(own) = agents.get(agent)
        {
            *agent = own.clone();
        }
    }
}

fn store(connection: Connection, organization: &Organization, rows: Vec<Row>) -> Result<()> {
    let (writer, writing) = Writer::start(connection, Metrics::default().into())?;
    let rows = rows.into_iter();
    let tickets: Vec<Ticket> = rows
        .map(|row| writer.append(organization.row, row, None))
        .collect();
    drop(writer);
    for ticket in tickets {
        ticket.blocking_recv().context("it could not be stored")?;
    }
    match writing.join() {
        Ok(()) => Ok(()),
        Err(_) => bail!("the writer's thread ended badly"),
    }
}
