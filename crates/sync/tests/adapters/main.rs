//! Machine and adapters against servers: the real API in memory, and one that offers only the plain API.
//! Whatever request fails, in whatever way, both sides come to rest with the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_network;
mod files;
mod graphs;
mod home;
mod leadline;
mod plain;
mod plain_server;
mod refusals;
mod replica;
