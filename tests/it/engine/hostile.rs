//! Every hostile plugin that is known, and where it is tested. Each ends in a named error, within a bound of time, while
//! a neighbour's calls go on.
//!
//! | # | what it does | guest or means | error, phase | test |
//! |---|---|---|---|---|
//! | 1 | loops in its start function | `loop_in_start` | deadline, instantiate | here |
//! | 2 | loops in `prepare`, in its allocator | `loop_in_prepare`, `loop_in_realloc` | deadline, prepare | here |
//! | 3 | loops in the call | `loop_in_validate` | deadline, call | here |
//! | 4 | loops after the result | `loop_in_post_return` | deadline, call | here |
//! | 5 | loops in cheap host calls | `spin_on_log`, `wasip1_sleeps_forever`, `wasip1_prints_nothing` | deadline, call | here |
//! | 6 | waits for a host call without an answer | `ask_history` | deadline, host-call | here |
//! | 7 | overflows the stack, alone, in a host call, while the host answers | `recursion`, `recursion_on_log`, `recursion_behind_history` | stack, call | here, `history` |
//! | 8 | grows its memory | `grow_memory` | memory, call | here, `memory` |
//! | 9 | has several memories | `two_memories` | memory, instantiate | here |
//! | 10 | grows tables, has large ones | `grow_table`, `many_tables`, `huge_table`, `huge_memory` | memory; refused: memory | here, `memory` |
//! | 11 | has many core instances; many calls at a time | more than 128; 200 and 1,000 calls on few places | refused: too-large; they wait | `refusals`, `deadlines`, `under_load` |
//! | 12 | makes handles, its own and the host's | `handles`, `host_handles` | memory, call | here |
//! | 13 | returns what can't be read, or is larger than what it lies in | `gigabyte_of_findings`, `overlapping_findings`, `pointer_out_of_range`, `result_out_of_range`, `unaligned_list`, `not_utf8`, `utf16_unaligned`, `utf16_surrogate`, `bad_enum`, `bad_realloc` | bad-output | here |
//! | 14 | returns millions of findings | `million_findings`, `too_many_findings` | bad-output | here |
//! | 15 | floods its log, with control characters in it | `flood_log_by_count`, `flood_log_by_size`, `wasip1_prints` | cut and counted | `output` |
//! | 16 | hands the host a huge argument | `huge_argument` | memory, call | here |
//! | 17 | asks for all random bytes | `all_random` | memory, call | here |
//! | 18 | returns JSON that is deep, twice, no number | `echo` | bad-output, result | `bad_results` |
//! | 19 | traps whenever it is called | `trap` | trap, call | here, `bad_results` |
//! | 20 | traps on a later call | `remembers` | none: there is no later call | `leftovers` |
//! | 21 | keeps what it saw for another client | `hoards`, `hoards_tables`, `looks` | none: nothing is left | `leftovers` |
//! | 22 | takes long to compile | nine kinds of text | refused: too-complex | `complexity` |
//! | 23 | imports look-alikes, the network, later versions | `strange_imports`; worlds 1.1.0, 2.0.0 | refused: import, permission, world | `refusals`, `versions` |
//! | 24 | is a module, cut short, text, compiled already | bytes | refused: core-module, truncated, text, compiled | `refusals` |
//! | 25 | looks for chance: NaN, relaxed SIMD, clocks, random | `not_a_number`, `relaxed_simd`, `wasip1_dice` | none: always the same | `determinism`, `prepared` |
//! | 26 | uses up file descriptors | 1,000 calls; callers without an end | none; the next are served | `under_load`, `cli::descriptors` |
//! | 27 | loses its caller | `loop_in_validate` | the place is free at once | `deadlines`, `api::interruptions` |
//! | 28 | is replaced during 1,000 calls | a snapshot, a configuration | none: each call is of one of the two | `under_load`, `api::swaps` |
//! | 29 | returns NUL | `nul_in_rule`, `nul_in_message`, `echo` | bad-output, result; escaped | here, `output`, `bad_results` |
//! | 30 | starves the thread that interrupts | busy threads | none for the healthy; deadline | `under_load` |
//! | 31 | lies in its manifest | bytes | refused: world, permission, manifest | `refusals` |
//! | 32 | calls exit | `wasip1_exits` | denied, call | here |

use std::sync::Arc;
use std::time::{Duration, Instant};

use assay_domain::ErrorCode::{self, BadOutput, Deadline, Denied, Memory, Stack, Trap};
use assay_domain::Phase::{self, Call, HostCall, Instantiate, Prepare};
use assay_domain::{KnownValue, Limits, Sightings};
use assay_engine::{Answer, History, Prepared};

use super::guest::{Host, assert_failed, failure};
use super::neighbour::Neighbour;

/// How much later than its deadline a call may end on a machine that is busy with other tests.
const SLACK: Duration = Duration::from_secs(1);

const DEFAULT: Limits = Limits::DEFAULT;
const SHORT: Limits = Limits {
    deadline_ms: 60,
    ..DEFAULT
};
const ROOMY: Limits = Limits {
    memory_bytes: 128 << 20,
    ..DEFAULT
};
const TIGHT: Limits = Limits {
    memory_bytes: 8 << 20,
    ..DEFAULT
};
const TINY: Limits = Limits {
    memory_bytes: 1 << 20,
    ..DEFAULT
};

/// The number in the table, the guest, what it may use up, how it fails and what the message has to say.
type Attack = (u8, &'static str, Limits, ErrorCode, Phase, &'static str);

const ATTACKS: &[Attack] = &[
    (1, "loop_in_start", SHORT, Deadline, Instantiate, "instantiate"),
    (2, "loop_in_prepare", SHORT, Deadline, Prepare, "prepare"),
    (2, "loop_in_realloc", SHORT, Deadline, Prepare, "prepare"),
    (3, "loop_in_validate", SHORT, Deadline, Call, "call"),
    (4, "loop_in_post_return", SHORT, Deadline, Call, "call"),
    (5, "spin_on_log", SHORT, Deadline, Call, "call"),
    (5, "wasip1_sleeps_forever", SHORT, Deadline, Call, "call"),
    (5, "wasip1_prints_nothing", SHORT, Deadline, Call, "call"),
    (6, "ask_history", SHORT, Deadline, HostCall, "host answered"),
    (7, "recursion", DEFAULT, Stack, Call, "stack"),
    (7, "recursion_on_log", DEFAULT, Stack, Call, "stack"),
    (8, "grow_memory", DEFAULT, Memory, Call, "memory_bytes"),
    (9, "two_memories", DEFAULT, Memory, Instantiate, "memory_bytes"),
    (10, "grow_table", TINY, Memory, Call, "memory_bytes"),
    // Past the engine's own bound on one table, growing fails without a cost, and the guest loops to its deadline.
    (10, "grow_table", SHORT, Deadline, Call, "call"),
    (10, "many_tables", TIGHT, Memory, Instantiate, "memory_bytes"),
    (12, "handles", DEFAULT, Memory, Call, "handles"),
    (12, "host_handles", DEFAULT, Memory, Call, "handles"),
    (
        13,
        "gigabyte_of_findings",
        DEFAULT,
        BadOutput,
        Call,
        "can't be read",
    ),
    (
        13,
        "overlapping_findings",
        DEFAULT,
        BadOutput,
        Call,
        "output_bytes",
    ),
    (
        13,
        "pointer_out_of_range",
        DEFAULT,
        BadOutput,
        Call,
        "can't be read",
    ),
    (
        13,
        "result_out_of_range",
        DEFAULT,
        BadOutput,
        Call,
        "can't be read",
    ),
    (13, "unaligned_list", DEFAULT, BadOutput, Call, "aligned"),
    (13, "not_utf8", DEFAULT, BadOutput, Call, "utf-8"),
    (13, "utf16_unaligned", DEFAULT, BadOutput, Call, "aligned"),
    (13, "utf16_surrogate", DEFAULT, BadOutput, Call, "surrogate"),
    (13, "bad_enum", DEFAULT, BadOutput, Call, "discriminant"),
    (13, "bad_realloc", DEFAULT, BadOutput, Prepare, "can't be read"),
    (14, "million_findings", ROOMY, BadOutput, Call, "output_items"),
    (
        14,
        "too_many_findings",
        DEFAULT,
        BadOutput,
        Phase::Result,
        "12000 findings",
    ),
    (16, "huge_argument", DEFAULT, Memory, Call, "host function"),
    (17, "all_random", DEFAULT, Memory, Call, "random"),
    (19, "trap", DEFAULT, Trap, Call, "unreachable"),
    (29, "nul_in_rule", DEFAULT, BadOutput, Phase::Result, "rule"),
    (32, "wasip1_exits", DEFAULT, Denied, Call, "exit"),
];

/// A host function that never answers.
struct Silent;

impl History for Silent {
    fn find_exact(&self, _: String, _: String) -> Answer<Sightings> {
        Box::pin(std::future::pending())
    }

    fn find_near(&self, _: String, _: u64, _: u8) -> Answer<Sightings> {
        Box::pin(std::future::pending())
    }

    fn known_values(&self, _: String, _: String) -> Answer<Vec<KnownValue>> {
        Box::pin(std::future::pending())
    }
}

/// Runs one attack and says what was not as it must be.
async fn attack(host: &Host, plugin: &Prepared, attack: &Attack) -> Result<Duration, String> {
    let (_, _, limits, code, phase, says) = *attack;
    let host = Host {
        limits,
        ..host.clone()
    };
    let start = Instant::now();
    let call = host.engine.validate(plugin, &host.context(), "{}").await;
    let took = start.elapsed();
    let replayable = call.is_replayable();
    let failure = failure(call);
    let deadline = Duration::from_millis(limits.deadline_ms);
    let late = took >= deadline + SLACK;
    let early = code == Deadline && took + Duration::from_millis(1) < deadline;
    if (failure.code, failure.phase) != (code, phase) || !failure.message.to_lowercase().contains(says) {
        return Err(format!("{failure}, and not {code:?} in {phase:?} with `{says}`"));
    }
    if late || early || replayable == (code == Deadline) {
        return Err(format!(
            "it took {took:?} of {deadline:?}, replayable: {replayable}"
        ));
    }
    assert_failed(&failure, code, phase);
    Ok(took)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_ends_in_its_own_error_while_a_neighbour_calls() {
    let mut host = Host::new();
    host.history = Some(Arc::new(Silent));
    let echo = host.plugin("echo").await;
    let quiet = {
        let neighbour = Neighbour::calling(&host, &echo);
        tokio::time::sleep(Duration::from_millis(300)).await;
        neighbour.stop().await
    };
    println!("   quiet: {quiet}");
    let mut wrong = Vec::new();
    for one in ATTACKS {
        let (number, guest, ..) = one;
        // Compiling is not part of the attack.
        let plugin = host.plugin(guest).await;
        let neighbour = Neighbour::calling(&host, &echo);
        let ended = attack(&host, &plugin, one).await;
        // One more call at least, after the attack.
        tokio::time::sleep(Duration::from_millis(5)).await;
        let during = neighbour.stop().await;
        println!("{number:>2} {guest}: {ended:?}; the neighbour: {during}");
        if let Err(what) = ended {
            wrong.push(format!("{number} {guest}: {what}"));
        }
        if during.calls == 0 || during.p50 > quiet.p99 + Duration::from_millis(100) {
            wrong.push(format!("{number} {guest}: the neighbour waited, {during}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    host.is_fine().await;
}

/// Who fails each time fails each time alike: nothing adds up, and nobody else is stopped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failing_again_and_again_troubles_nobody() {
    let host = Host::new();
    let neighbour = Neighbour::beside(&host).await;
    for guest in ["trap", "recursion", "grow_memory", "bad_enum"] {
        let plugin = host.plugin(guest).await;
        let mut first = None;
        for _ in 0..100 {
            let call = host.engine.validate(&plugin, &host.context(), "{}").await;
            let failure = failure(call);
            let first = first.get_or_insert_with(|| failure.clone());
            assert_eq!(&failure, first, "{guest}");
        }
    }
    println!("the neighbour: {}", neighbour.stop().await);
    host.is_fine().await;
}
