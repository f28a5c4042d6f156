//! One number for a whole graph, so that two who applied the same changes can tell that they hold the
//! very same one without sending it.

use crate::Definition;

impl Definition {
    /// The digest of the graph: XXH3-64 (seed 0) over its JSON, without blanks and with every field in
    /// its order, as `GET …/definition` answers it; 16 hexadecimal digits, the highest first. Equal
    /// digests mean equal graphs, in the order of their nodes and edges too. O(size of the graph).
    pub fn digest(&self) -> String {
        // Texts, numbers, lists and maps with text keys: there is nothing JSON cannot hold.
        let json = serde_json::to_vec(self).unwrap_or_default();
        format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&json))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::{Change, Definition};

    /// The numbers are of another implementation of XXH3, over the texts written here.
    #[test]
    fn the_digest_is_that_of_the_published_json() {
        let json = r#"{"title":"T","description":"","settings":{"max_concurrent_calls":null,"auto_complete":true,"delay_on_pause":"elapse","retry":null,"calling_window":null},"nodes":[{"id":"a","node_type":"TIME","config":{"delay":{"value":1,"unit":"days"}},"label":"A","position_x":1.25,"position_y":0,"is_entry":true}],"edges":[]}"#;
        let mut graph: Definition = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&graph).unwrap(), json);
        assert_eq!(graph.digest(), "bdb673985129f654");
        let title = Change::SetTitle { title: "U".into() };
        let undo = graph.apply(&[title]).unwrap();
        assert_eq!(graph.digest(), "054ab9f260abb016");
        graph.apply(&undo).unwrap();
        assert_eq!(graph.digest(), "bdb673985129f654");
    }
}
