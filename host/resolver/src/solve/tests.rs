use super::*;
use crate::check::check;
use crate::random::{Dice, case, parse, solutions};

#[test]
fn yes_and_no_are_as_trying_every_set_says() {
    let (mut yes, mut no) = (0, 0);
    for seed in 0..1_500 {
        let case = case(&mut Dice::new(seed), 3 + seed % 4);
        let (catalog, request) = parse(&case);
        let mut solver = Solver::for_request(&catalog, &request, u64::MAX);
        solver.state();
        let verdict = solver.solve(&[]);
        let expected = solutions(&catalog, &request);
        if verdict == Verdict::Yes {
            yes += 1;
            let fine = check(&catalog, &request, &solver.model());
            assert_eq!(fine, Ok(()), "seed {seed}: {case:#?}");
        } else {
            no += 1;
        }
        assert_eq!(verdict == Verdict::Yes, !expected.is_empty(), "seed {seed} {}\n{}", case.0, case.1);
    }
    assert!(yes > 300 && no > 300, "{yes} {no}");
}

#[test]
fn installable_one_after_the_other() {
    for seed in 0..200 {
        let case = case(&mut Dice::new(10_000 + seed), 5);
        let (catalog, _) = parse(&case);
        let mut solver = Solver::new(&catalog);
        for extension in ["e0", "e1", "e2", "e3", "e4", "e5"] {
            let number = catalog.extension(extension);
            let request = crate::Request::default();
            let expected = solutions(&catalog, &request)
                .iter()
                .any(|set| set.iter().any(|&release| Some(catalog.release(release).extension) == number));
            let verdict = solver.installable(extension);
            assert_eq!(verdict == Verdict::Yes, expected, "seed {seed} {extension} {}", case.0);
        }
    }
}
