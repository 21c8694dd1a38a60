//! What is remembered of documents: how often, since when, on which.

use assay_domain::{ClientId, DocumentId, KnownValue, Observation, ProcessId, Sightings};
use assay_store::Store;
use assay_store::history::Remembered;

use super::sample::{self, at};
use crate::support::database::Database;

struct Client {
    id: ClientId,
    store: Store,
    release: assay_domain::ReleaseId,
}

impl Client {
    async fn new(database: &Database, slug: &str, release: assay_domain::ReleaseId) -> Self {
        let id = database.client(slug).await;
        let store = database.store.clone();
        let mut tx = store.begin(id).await.unwrap();
        sample::configure(&mut tx, "shared").await;
        tx.commit().await.unwrap();
        Self { id, store, release }
    }

    /// Stores a document of which this is to be remembered.
    async fn add(&self, seconds: i64, observations: &[Observation]) -> (ProcessId, DocumentId) {
        let mut tx = self.store.begin(self.id).await.unwrap();
        let content = seconds.to_string();
        let (process, document) = sample::process(&mut tx, seconds, self.release, content.as_bytes()).await;
        let remembered = Remembered {
            document,
            process,
            seen_at: at(seconds),
            observations,
        };
        tx.remember(&[remembered]).await.unwrap();
        tx.commit().await.unwrap();
        (process, document)
    }

    /// Stores documents in one go, each of which says this.
    async fn add_together(&self, seconds: &[i64], observations: &[Observation]) {
        let mut tx = self.store.begin(self.id).await.unwrap();
        let mut remembered = Vec::new();
        for seconds in seconds {
            let content = seconds.to_string();
            let (process, document) =
                sample::process(&mut tx, *seconds, self.release, content.as_bytes()).await;
            remembered.push(Remembered {
                document,
                process,
                seen_at: at(*seconds),
                observations,
            });
        }
        tx.remember(&remembered).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn exact(&self, name: &str, value: &str) -> Sightings {
        let mut tx = self.store.begin(self.id).await.unwrap();
        tx.find_exact(name, value).await.unwrap()
    }

    async fn near(&self, bits: u64, max_distance: u8) -> Sightings {
        let mut tx = self.store.begin(self.id).await.unwrap();
        tx.find_near("text", bits, max_distance).await.unwrap()
    }

    async fn values(&self) -> Vec<KnownValue> {
        let mut tx = self.store.begin(self.id).await.unwrap();
        tx.known_values("supplier:1", "iban").await.unwrap()
    }
}

async fn clients() -> (Database, Client, Client) {
    let database = Database::new().await;
    let release = sample::platform(&database.store).await.id;
    let acme = Client::new(&database, "acme", release).await;
    let globex = Client::new(&database, "globex", release).await;
    (database, acme, globex)
}

fn exact(value: &str) -> Observation {
    Observation::Exact {
        name: "content".to_owned(),
        value: value.to_owned(),
    }
}

fn near(bits: u64) -> Observation {
    Observation::Near {
        name: "text".to_owned(),
        bits,
    }
}

fn account(value: &str) -> Observation {
    Observation::Value {
        subject: "supplier:1".to_owned(),
        field: "iban".to_owned(),
        value: value.to_owned(),
    }
}

#[tokio::test]
async fn equal_documents_are_counted_since_the_first_was_received() {
    let (_database, acme, globex) = clients().await;
    assert_eq!(acme.exact("content", "a").await, Sightings::default());
    let (process, document) = acme.add(20, &[exact("a"), exact("a"), exact("b")]).await;
    let found = acme.exact("content", "a").await;
    assert_eq!((found.total, found.first_seen), (1, Some(at(20))));
    let seen = &found.newest[0];
    assert_eq!(
        (seen.process, seen.document, seen.seen_at, seen.distance),
        (process, document, at(20), 0)
    );
    // Received earlier, stored later.
    acme.add(10, &[exact("a")]).await;
    for seconds in 30..50 {
        acme.add(seconds, &[exact("a")]).await;
    }
    let found = acme.exact("content", "a").await;
    assert_eq!(
        (found.total, found.first_seen, found.newest.len()),
        (22, Some(at(10)), 16)
    );
    assert_eq!(found.newest[0].seen_at, at(49));
    assert_eq!(acme.exact("content", "b").await.total, 1);
    assert_eq!(acme.exact("other", "a").await, Sightings::default());
    assert_eq!(globex.exact("content", "a").await, Sightings::default());
}

#[tokio::test]
async fn near_documents_come_nearest_first_at_every_distance() {
    let (_database, acme, globex) = clients().await;
    let bits = 0x0123_4567_89ab_cdef_u64;
    // The bits that differ lie in the lowest quarter, or are spread over all four.
    let mut expected = Vec::new();
    for (index, distance) in [0_u32, 1, 3, 4, 7, 8, 12, 15, 16, 17].into_iter().enumerate() {
        let spread = (0..distance).fold(0, |flips, bit| flips | 1_u64 << (bit * 16 % 64 + bit / 4));
        let together = (1_u64 << distance) - 1;
        for (place, flips) in [spread, together].into_iter().enumerate() {
            assert_eq!(flips.count_ones(), distance);
            let seconds = i64::try_from(index * 2 + place).unwrap();
            acme.add(seconds, &[near(bits ^ flips)]).await;
            expected.push(distance);
        }
    }
    for most in [0_u8, 1, 3, 4, 7, 8, 11, 12, 15, 16] {
        let found = acme.near(bits, most).await;
        let within = expected
            .iter()
            .filter(|distance| **distance <= u32::from(most))
            .count();
        assert_eq!(found.total, within as u64, "{most}");
        let distances: Vec<_> = found.newest.iter().map(|seen| seen.distance).collect();
        assert!(distances.is_sorted(), "{distances:?}");
        assert_eq!(distances.len(), within.min(16));
        assert_eq!(found.first_seen, Some(at(0)));
    }
    // Of two that are equally near the newer comes first.
    assert_eq!(acme.near(bits, 0).await.newest[0].seen_at, at(1));
    assert_eq!(globex.near(bits, 16).await, Sightings::default());
}

#[tokio::test]
async fn the_values_of_a_field_come_most_frequent_first() {
    let (_database, acme, globex) = clients().await;
    acme.add(30, &[account("ES1"), account("ES1")]).await;
    acme.add(10, &[account("ES2"), account("ES3")]).await;
    acme.add(20, &[account("ES2")]).await;
    let known = |value: &str, count, first, last| KnownValue {
        value: value.to_owned(),
        count,
        first_seen: at(first),
        last_seen: at(last),
    };
    let expected = [
        known("ES2", 2, 10, 20),
        known("ES1", 1, 30, 30),
        known("ES3", 1, 10, 10),
    ];
    assert_eq!(acme.values().await, expected);
    assert_eq!(globex.values().await, []);
    for number in 0..70 {
        acme.add(100 + number, &[account(&format!("X{number}"))]).await;
    }
    assert_eq!(acme.values().await.len(), 64);
}

/// Documents that are stored together count one another, in their order, as if they had come one by one.
#[tokio::test]
async fn documents_that_are_stored_together_count_one_another() {
    let (_database, acme, _globex) = clients().await;
    acme.add(25, &[exact("a"), account("ES1")]).await;
    let said = [
        exact("a"),
        exact("b"),
        exact("a"),
        near(7),
        near(9),
        account("ES1"),
        account("ES2"),
    ];
    acme.add_together(&[40, 20, 30], &said).await;
    let found = acme.exact("content", "a").await;
    assert_eq!((found.total, found.first_seen), (4, Some(at(20))));
    let order: Vec<_> = found.newest.iter().map(|seen| seen.seen_at).collect();
    assert_eq!(order, [at(30), at(20), at(40), at(25)]);
    let found = acme.exact("content", "b").await;
    assert_eq!((found.total, found.first_seen), (3, Some(at(20))));
    assert_eq!(acme.near(7, 0).await.total, 3);
    assert_eq!(acme.near(7, 3).await.total, 6);
    let values = acme.values().await;
    let values: Vec<_> = values
        .iter()
        .map(|known| {
            (
                known.value.as_str(),
                known.count,
                known.first_seen,
                known.last_seen,
            )
        })
        .collect();
    assert_eq!(values, [("ES1", 4, at(20), at(40)), ("ES2", 3, at(20), at(40))]);
}
