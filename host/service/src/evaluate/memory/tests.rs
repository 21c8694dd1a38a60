use uuid::Uuid;

use assay_domain::Sighting;

use super::*;

fn at(day: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + chrono::TimeDelta::days(day)
}

fn exact(value: &str) -> Observation {
    Observation::Exact {
        name: "a".into(),
        value: value.into(),
    }
}

fn near(bits: u64) -> Observation {
    Observation::Near {
        name: "a".into(),
        bits,
    }
}

fn value(value: &str) -> Observation {
    Observation::Value {
        subject: "s".into(),
        field: "f".into(),
        value: value.into(),
    }
}

fn memory(documents: impl IntoIterator<Item = Vec<Observation>>) -> Memory {
    let memory = Memory::default();
    for (index, observations) in documents.into_iter().enumerate() {
        let id = DocumentId(Uuid::from_u128(index as u128));
        memory.remember(id, at(i64::try_from(index).unwrap()), &observations);
    }
    memory
}

fn ids(found: &Sightings) -> Vec<(u128, u8)> {
    let id = |seen: &Sighting| (seen.document.0.as_u128(), seen.distance);
    found.newest.iter().map(id).collect()
}

#[tokio::test]
async fn exact_matches_are_the_newest_first_and_at_most_16() {
    let memory = memory((0..20).map(|_| vec![exact("x"), exact("x")]));
    let found = memory.find_exact("a".into(), "x".into()).await.unwrap();
    assert_eq!((found.total, found.first_seen), (20, Some(at(0))));
    assert_eq!(
        (ids(&found).len(), ids(&found)[0], ids(&found)[15]),
        (16, (19, 0), (4, 0))
    );
    assert_eq!(
        memory.find_exact("b".into(), "x".into()).await.unwrap(),
        Sightings::default()
    );
}

#[tokio::test]
async fn near_matches_are_the_nearest_first() {
    let memory = memory([
        vec![near(0b1_1111)],
        vec![near(0)],
        vec![near(0b11), near(u64::MAX)],
        vec![near(0b101)],
    ]);
    let found = memory.find_near("a".into(), 0, 4).await.unwrap();
    assert_eq!(ids(&found), [(1, 0), (3, 2), (2, 2)]);
    assert_eq!((found.total, found.first_seen), (3, Some(at(1))));
}

#[tokio::test]
async fn known_values_are_the_most_frequent_first_and_at_most_64() {
    let many = (0..70).map(|number| value(&number.to_string())).collect();
    let memory = memory([many, vec![value("69"), value("69")]]);
    let known = memory.known_values("s".into(), "f".into()).await.unwrap();
    assert_eq!(known.len(), 64);
    assert_eq!((known[0].value.as_str(), known[0].count), ("69", 2));
    assert_eq!((known[0].first_seen, known[0].last_seen), (at(0), at(1)));
}
