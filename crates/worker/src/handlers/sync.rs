//! Remotes.

use leadline_protocol::SyncRequest;

use crate::host::{Host, Moment, Who};

pub(super) fn handle(host: &mut Host, who: Who, _request: SyncRequest, _at: Moment) {
    host.reply(who, Err(super::invalid("there are no remotes yet")));
}
