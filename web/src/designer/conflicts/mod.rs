//! What both sides changed in a linked workflow: a mark at each node and edge, a card beside it.

mod names;
mod values;
mod words;
