//! From whatever ended a call to one code of the closed list.
//!
//! Invariant: every way a guest can end is mapped here and nowhere else, and the message holds no control characters.

use assay_domain::{ErrorCode, Failure, Phase};
use wasmtime::component::ResourceTableError;
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};

use crate::escape::{escape, message};

/// What this crate itself ends a call with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    #[error("the deadline passed")]
    Deadline,
    #[error(
        "the guest wanted {asked} bytes of memories and tables; the limit is {limit} bytes, of which {reserved} are \
         kept for results, logs and handles. Raise `memory_bytes` or use less"
    )]
    Memory { asked: u64, limit: u64, reserved: u64 },
    #[error("the guest asked for {asked} random bytes at once; {limit} are allowed")]
    Random { asked: u64, limit: u64 },
    #[error("the guest called exit; a plugin returns its errors instead")]
    Exit,
}

/// The failure that an error of wasmtime or of this crate means, in the phase in which it came up.
pub(crate) fn failure(error: &wasmtime::Error, phase: Phase) -> Failure {
    let backtrace = error.downcast_ref::<WasmBacktrace>();
    let (code, text) = code(error, phase, backtrace.is_some());
    Failure {
        code,
        phase,
        message: message(text),
        backtrace: backtrace.map(frames).unwrap_or_default(),
    }
}

/// The deadline passed in this phase.
pub(crate) fn deadline(phase: Phase) -> Failure {
    Failure {
        code: ErrorCode::Deadline,
        phase,
        message: match phase {
            Phase::Queue => "the deadline passed while the call waited for its turn".to_owned(),
            Phase::HostCall => "the deadline passed while the host answered the guest".to_owned(),
            _ => format!("the deadline passed in the phase `{phase}`"),
        },
        backtrace: Vec::new(),
    }
}

fn code(error: &wasmtime::Error, phase: Phase, in_guest: bool) -> (ErrorCode, String) {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        let code = match stop {
            Stop::Deadline => return (ErrorCode::Deadline, deadline(phase).message),
            Stop::Memory { .. } | Stop::Random { .. } => ErrorCode::Memory,
            Stop::Exit => ErrorCode::Denied,
        };
        return (code, stop.to_string());
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return (
            of_trap(*trap, phase, in_guest),
            format!("the guest stopped: {trap}"),
        );
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return (ErrorCode::Unavailable, "no free instance; try again".to_owned());
    }
    if matches!(error.downcast_ref(), Some(ResourceTableError::Full)) {
        return (
            ErrorCode::Memory,
            "the guest holds more handles than a call may".to_owned(),
        );
    }
    let root = error.root_cause().to_string();
    // These two are private types of wasmtime; their texts are pinned by tests.
    if root.contains("store handle limit exceeded") {
        return (
            ErrorCode::Memory,
            "the guest holds more handles than a call may".to_owned(),
        );
    }
    if root.contains("fuel allocated for hostcalls") {
        return if in_guest {
            let text = "what the guest handed to a host function is larger than a call may copy";
            (ErrorCode::Memory, text.to_owned())
        } else {
            let text = "the result is larger than `output_bytes` and `output_items` allow";
            (ErrorCode::BadOutput, text.to_owned())
        };
    }
    if in_guest || phase == Phase::Instantiate {
        return (ErrorCode::Trap, format!("the guest stopped: {root}"));
    }
    // Neither a trap nor ours: the guest handed over something that the canonical ABI does not allow.
    (ErrorCode::BadOutput, format!("the result can't be read: {root}"))
}

fn of_trap(trap: Trap, phase: Phase, in_guest: bool) -> ErrorCode {
    match trap {
        Trap::StackOverflow => ErrorCode::Stack,
        Trap::OutOfFuel => ErrorCode::Fuel,
        Trap::Interrupt => ErrorCode::Deadline,
        Trap::AllocationTooLarge => ErrorCode::Memory,
        Trap::StringOutOfBounds
        | Trap::ListOutOfBounds
        | Trap::InvalidDiscriminant
        | Trap::UnalignedPointer
        | Trap::InvalidChar
            if !in_guest && phase != Phase::Instantiate =>
        {
            ErrorCode::BadOutput
        }
        _ => ErrorCode::Trap,
    }
}

fn frames(backtrace: &WasmBacktrace) -> Vec<String> {
    let name = |frame: &wasmtime::FrameInfo| {
        let name = frame
            .func_name()
            .map_or_else(|| format!("function {}", frame.func_index()), ToOwned::to_owned);
        escape(&name, 256).0
    };
    backtrace.frames().iter().map(name).collect()
}
