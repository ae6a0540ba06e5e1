//! The names under which a block's commits lie in a queue on another machine: the one place that makes them.
//!
//! ```text
//! sharded:{main:block}:<fingerprint>:log | sent | lease | epoch      of a block
//! sharded:{main:block}:<fingerprint>:receipts:<origin>               of an origin of it
//! sharded:{main:<fingerprint>:NN}:bell | due | told | workers        of a partition: of all blocks in it
//! sharded:{main:block}:version        sharded:{main:NN}:stale         of a block and of a partition, whatever the data model
//! sharded:{main}:memory
//! ```
//! What stands in braces decides where a cluster keeps a key: all keys of a block, and all of a partition, are together.
//! The fingerprint is that of the data model: a payload means nothing without it. Names are letters, digits, `_`, `~`, `%`
//! and `-` (`js/blockid.js` encodes them).

/// Blocks share bells: what is listened to does not grow with their number.
pub const PARTITIONS: u32 = 16;

/// A main database and a data model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Realm {
    pub main: String,
    pub fingerprint: String,
}

impl Realm {
    fn partition(&self, partition: u32, what: &str) -> String {
        format!("sharded:{{{}:{}:{partition:02}}}:{what}", self.main, self.fingerprint)
    }

    /// Streams of the names of blocks that have commits.
    pub fn bells(&self) -> Vec<String> {
        (0..PARTITIONS).map(|partition| self.partition(partition, "bell")).collect()
    }

    /// Streams of the names of blocks that have receipts.
    pub fn told(&self) -> Vec<String> {
        (0..PARTITIONS).map(|partition| self.partition(partition, "told")).collect()
    }

    /// Streams of the names of blocks whose contents are old, of every data model.
    pub fn stale(&self) -> Vec<String> {
        (0..PARTITIONS).map(|partition| stale(&self.main, partition)).collect()
    }

    /// Sets of the blocks that have commits, and of the workers there are, per partition.
    pub fn due_and_workers(&self) -> Vec<(String, String)> {
        (0..PARTITIONS)
            .map(|partition| {
                (self.partition(partition, "due"), self.partition(partition, "workers"))
            })
            .collect()
    }
}

#[derive(Clone, Debug)]
pub struct Keys {
    pub log: String,
    pub sent: String,
    receipts: String,
    pub lease: String,
    pub epoch: String,
    pub bell: String,
    pub due: String,
    pub told: String,
    pub workers: String,
    pub stale: String,
    /// Of the last invalidation.
    pub version: String,
    /// Gone when Redis has lost its versions.
    pub memory: String,
}

impl Keys {
    /// `block` is the encoded id.
    pub fn new(realm: &Realm, block: &str) -> Self {
        let own =
            |what: &str| format!("sharded:{{{}:{block}}}:{}:{what}", realm.main, realm.fingerprint);
        let partition = partition_of(block);
        Self {
            log: own("log"),
            sent: own("sent"),
            receipts: own("receipts"),
            lease: own("lease"),
            epoch: own("epoch"),
            bell: realm.partition(partition, "bell"),
            due: realm.partition(partition, "due"),
            told: realm.partition(partition, "told"),
            workers: realm.partition(partition, "workers"),
            stale: stale(&realm.main, partition),
            version: format!("sharded:{{{}:{block}}}:version", realm.main),
            memory: format!("sharded:{{{}}}:memory", realm.main),
        }
    }

    pub fn receipts(&self, origin: &str) -> String {
        format!("{}:{origin}", self.receipts)
    }
}

fn stale(main: &str, partition: u32) -> String {
    format!("sharded:{{{main}:{partition:02}}}:stale")
}

/// FNV-1a: every process, of every version, must come to the same.
fn partition_of(block: &str) -> u32 {
    let hash = block
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash % PARTITIONS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_block_and_of_a_partition_are_each_together() {
        let realm = Realm { main: "m".into(), fingerprint: "f".into() };
        let keys = Keys::new(&realm, "chat-1");
        assert_eq!(keys.log, "sharded:{m:chat-1}:f:log");
        assert_eq!(keys.lease, "sharded:{m:chat-1}:f:lease");
        assert_eq!(keys.bell, "sharded:{m:f:09}:bell");
        assert!(realm.bells().contains(&keys.bell) && realm.told().contains(&keys.told));
        assert_eq!(
            (keys.stale.as_str(), keys.memory.as_str()),
            ("sharded:{m:09}:stale", "sharded:{m}:memory")
        );
        assert_eq!(keys.version, "sharded:{m:chat-1}:version");
        assert!(realm.stale().contains(&keys.stale));
        assert!(realm.due_and_workers().contains(&(keys.due, keys.workers)));
    }
}
