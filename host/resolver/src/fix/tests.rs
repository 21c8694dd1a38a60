use super::*;
use crate::random::{Dice, case, parse};
use crate::{Options, Status, resolve};

#[test]
fn every_fix_is_a_request_that_resolves() {
    let (mut conflicts, mut shown) = (0, 0);
    for seed in 0..400 {
        let case = case(&mut Dice::new(200_000 + seed), 3 + seed % 4);
        let (catalog, request) = parse(&case);
        let answer = resolve(&catalog, &request, Options::default());
        if answer.status != Status::Conflict {
            continue;
        }
        conflicts += 1;
        assert!(!answer.fixes.is_empty(), "dropping all helps always: {}\n{}", case.0, case.1);
        for fix in &answer.fixes {
            shown += 1;
            let json = serde_json::to_vec(&fix.request).unwrap();
            let again = Request::parse(&json, catalog.dialect()).unwrap();
            let answer = resolve(&catalog, &again, Options::default());
            assert_eq!(answer.status, Status::Resolved, "{fix:?}");
        }
        assert!(answer.fixes.is_sorted_by_key(|fix| fix.cost));
    }
    assert!(conflicts > 100 && shown > conflicts, "{conflicts} {shown}");
}
