//! One memory budget per call.
//!
//! Invariant: memories and tables of a call together, with what the host holds for it, stay within its limit, however
//! many memories there are. What the host may come to hold is taken off beforehand: logs, handles, its own answers and
//! what one host call or the result may copy. Exceeding the budget ends the call with a typed error, since a mere refusal would show up
//! in the guest as some trap of its own.

use assay_domain::{Finding, Limits};
use wasmtime::ResourceLimiter;

use crate::classify::Stop;

/// Handles that a call may hold at a time, in the guest's tables and in the host's.
pub(crate) const HANDLES: usize = 4_096;
const HANDLE_BYTES: u64 = 64;
const TABLE_ELEMENT_BYTES: u64 = 8;

/// What a call's memory is held to.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: u64,
    left: u64,
    reserved: u64,
    peak: u64,
    used: u64,
    last: u64,
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        let reserved =
            limits.log_bytes + HANDLES as u64 * HANDLE_BYTES + answer_bytes(limits) + copy_bytes(limits);
        Self {
            limit: limits.memory_bytes,
            left: limits.memory_bytes.saturating_sub(reserved),
            reserved,
            peak: 0,
            used: 0,
            last: 0,
        }
    }

    /// Most bytes of memories and tables at one time.
    pub(crate) fn peak(&self) -> u64 {
        self.peak
    }

    fn charge(&mut self, bytes: u64) -> wasmtime::Result<bool> {
        if bytes > self.left {
            return Err(Stop::Memory {
                asked: self.used.saturating_add(bytes),
                limit: self.limit,
                reserved: self.reserved,
            }
            .into());
        }
        self.left -= bytes;
        self.used += bytes;
        self.peak = self.peak.max(self.used);
        self.last = bytes;
        Ok(true)
    }

    fn give_back(&mut self) {
        self.left += self.last;
        self.used -= self.last;
        self.last = 0;
    }
}

/// Bytes of all answers of the host that are kept for the invocation.
pub(crate) fn answer_bytes(limits: &Limits) -> u64 {
    const MOST: u64 = 1 << 20;
    MOST.min(limits.memory_bytes / 8)
}

/// Bytes that one host call's arguments or the result may take in the host: the text and, per item, its record.
pub(crate) fn copy_bytes(limits: &Limits) -> u64 {
    let records = u64::from(limits.output_items) * size_of::<Finding>() as u64;
    // A quarter at most, so that a small memory limit leaves room for the guest.
    (limits.output_bytes + records).min(limits.memory_bytes / 4)
}

impl ResourceLimiter for Budget {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // Past its own maximum the memory does not grow: that is the guest's to handle, and takes nothing.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.charge(desired.saturating_sub(current) as u64)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.give_back();
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.charge((desired.saturating_sub(current) as u64).saturating_mul(TABLE_ELEMENT_BYTES))
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.give_back();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
