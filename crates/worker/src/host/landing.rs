//! What is told once a commit ended, and to whom: answers, what the others have to hear, how saving stands.

use leadline_model::WorkflowId;
use leadline_protocol::{Notice, Problem, ProblemCode, Reply, SaveState};
use leadline_store::StoreError;

use super::{Host, Moment, Out, Waiter, Who};
use crate::tabs::To;

impl Host {
    /// A commit ended.
    pub fn committed(&mut self, result: Result<(), StoreError>, at: Moment) {
        let landed = self.writer.landed(result, at.real, at.wall);
        for waiter in landed.waiting {
            self.land(waiter, landed.failed.as_deref());
        }
        self.tell_save();
    }

    pub(super) fn land(&mut self, waiter: Waiter, failed: Option<&str>) {
        let lost = failed.map(|reason| Problem {
            code: ProblemCode::NotSaved,
            message: reason.to_owned(),
            findings: Vec::new(),
        });
        // The change is in memory even if it could not be stored: others have to see it.
        match waiter {
            Waiter::Page(who, result, notices) => {
                self.tell_each(&To::All, notices);
                let took_place = self.recent.get(&who.id).is_some();
                let lost = lost.map(|problem| match took_place {
                    true => done_but_not_saved(problem),
                    false => problem,
                });
                self.out.push(Out::Reply(who, lost.map_or(result, Err)));
            }
            Waiter::Edit(who, id, result, notices) => {
                self.land_edit(who, &id, lost.map_or(result, Err), notices)
            }
            Waiter::Exchange(remote, number) => self.stored_for_remote(remote, number, failed),
        }
    }

    /// Whoever edited a workflow learns from the answer what it is now, where it says so, and everybody
    /// else from notices. It is read here, so that nobody hears what it was before an input that came in between.
    fn land_edit(
        &mut self,
        who: Who,
        id: &WorkflowId,
        mut result: Result<Reply, Problem>,
        mut notices: Vec<Notice>,
    ) {
        // It may be deleted by now, of which everybody is told.
        if let Ok(summary) = self.session.engine().workflow(id) {
            self.frames.know(&summary);
            notices.push(Notice::Workflow(summary.clone()));
            if let Ok(Reply::Edited(edited)) = &mut result {
                edited.summary = Some(summary);
            }
        }
        let to = match result {
            Ok(_) => To::AllBut(who.tab.clone()),
            Err(_) => To::All,
        };
        self.tell_each(&to, notices);
        self.reply(who, result);
    }

    fn tell_each(&mut self, to: &To, notices: Vec<Notice>) {
        let each = notices.into_iter();
        self.out
            .extend(each.map(|notice| Out::Tell(to.clone(), notice)));
    }

    pub(super) fn tell_save(&mut self) {
        let state = self.writer.state().clone();
        let knows = match state {
            SaveState::Saving => self.only_editor(),
            _ => None,
        };
        let knew = std::mem::replace(&mut self.knows_of_saving, knows.clone());
        let to = match (state == self.told_save, knew, knows) {
            (false, _, Some(tab)) => To::AllBut(tab),
            (false, _, None) => To::All,
            // The commit of its edits is over, and saving goes on.
            (true, Some(tab), knows) if knows.as_ref() != Some(&tab) => To::Tab(tab),
            (true, ..) => return,
        };
        self.told_save = state.clone();
        self.out.push(Out::Tell(to, Notice::Save(state)));
    }

    /// The tab whose edits are all that pages wait to see stored. It shows by itself that they are being
    /// saved, from the moment they were made.
    fn only_editor(&self) -> Option<String> {
        let mut tab: Option<&String> = None;
        for waiter in self.writer.waiting() {
            match waiter {
                Waiter::Edit(who, ..) if tab.is_none_or(|tab| *tab == who.tab) => {
                    tab = Some(&who.tab);
                }
                // It waits for its turn to be sent, and no page with it.
                Waiter::Exchange(..) => {}
                Waiter::Edit(..) | Waiter::Page(..) => return None,
            }
        }
        tab.cloned()
    }
}

/// Whoever asked for it must not believe that it was refused, and ask again.
fn done_but_not_saved(problem: Problem) -> Problem {
    Problem {
        message: format!("This was done, but is not saved. {}", problem.message),
        ..problem
    }
}
