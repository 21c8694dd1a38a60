//! Near fingerprints by their quarters: of two that differ in `d` of 64 bits, one quarter differs in at most `d / 4`.

/// The four times 16 bits, lowest first.
pub(super) fn quarters(bits: u64) -> [u16; 4] {
    [0, 16, 32, 48].map(|shift| u16::try_from(bits >> shift & 0xffff).unwrap_or_default())
}

/// Every value that differs from a quarter in at most `distance` bits: 1, 17, 137, 697 or 2,517 of them.
pub(super) fn around(quarter: u16, distance: u8) -> Vec<i32> {
    let near = |mask: &u16| mask.count_ones() <= u32::from(distance);
    (0..=u16::MAX)
        .filter(near)
        .map(|mask| i32::from(quarter ^ mask))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{around, quarters};

    #[test]
    fn a_fingerprint_is_its_quarters() {
        assert_eq!(quarters(0x4444_3333_2222_1111), [0x1111, 0x2222, 0x3333, 0x4444]);
        assert_eq!(quarters(u64::MAX), [0xffff; 4]);
    }

    #[test]
    fn the_neighbours_of_a_quarter() {
        let counts = [0, 1, 2, 3, 4].map(|distance| around(0xabcd, distance).len());
        assert_eq!(counts, [1, 17, 137, 697, 2_517]);
        assert_eq!(around(7, 0), [7]);
        assert!(around(7, 1).contains(&6));
        assert!(!around(7, 1).contains(&4));
    }

    /// Whatever differs in at most 16 bits is found by one of its quarters.
    #[test]
    fn nothing_near_is_missed() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for _ in 0..2_000 {
            let bits = next();
            let other = bits ^ (0..next() % 17).fold(0, |flips, _| flips | 1 << (next() % 64));
            let distance = u8::try_from((bits ^ other).count_ones()).unwrap();
            let found = quarters(bits)
                .into_iter()
                .zip(quarters(other))
                .any(|(one, two)| (one ^ two).count_ones() <= u32::from(distance / 4));
            assert!(found, "{bits:x} {other:x}");
        }
    }
}
