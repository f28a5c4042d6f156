//! The split points of the worker, each with the chunk that holds what it reaches.

use leadline_worker::parts::{
    ApiPart, ListsPart, Parts, ScenariosPart, SnapshotsPart, SyncPart, Unfetched,
};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

/// Declares split points: `name: chunk => part;`
macro_rules! split {
    ($($name:ident: $chunk:ident => $part:ident;)*) => {$(
        #[wasm_split($chunk, wasm_split_path = ::wasm_split_helpers, fallible)]
        fn $name() -> Result<$part, SplitLoaderError> {
            Ok($part::here())
        }
    )*};
}

split! {
    sync: sync => SyncPart;
    lists: files => ListsPart;
    api: api => ApiPart;
    scenarios: scenarios => ScenariosPart;
    snapshots: snapshots => SnapshotsPart;
}

/// What fetches each part.
pub fn parts() -> Parts {
    // Why it could not be fetched is on the console: browsers tell nobody else.
    Parts {
        sync: || Box::pin(async { sync().await.map_err(|_| Unfetched) }),
        lists: || Box::pin(async { lists().await.map_err(|_| Unfetched) }),
        api: || Box::pin(async { api().await.map_err(|_| Unfetched) }),
        scenarios: || Box::pin(async { scenarios().await.map_err(|_| Unfetched) }),
        snapshots: || Box::pin(async { snapshots().await.map_err(|_| Unfetched) }),
    }
}
