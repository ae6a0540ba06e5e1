//! Values across the boundary, both ways: the only file with raw N-API calls.
//!
//! Rows reach JS by calls of a row factory, which takes the values of some rows of one node; the factory is JS made once
//! per result shape. Nothing else is created here but primitives: objects made natively would belong to another realm
//! under Jest.

use std::ffi::c_char;
use std::ptr;
use std::time::Instant;

use napi::bindgen_prelude::{FunctionRef, JsValue, Unknown};
use napi::{Env, Error, Result, Status, check_status, sys};
use rusqlite::types::ValueRef;
use smallvec::SmallVec;

use crate::exec::{Budget, Buffer, Param, Sink};
use crate::plan::{Guard, Slot, SlotKind};
use crate::scalar::Scalar;
use crate::value::Value;

pub type Factory = FunctionRef<Unknown<'static>, Unknown<'static>>;

/// Handles of so many calls of a factory live in one scope.
const CALLS_PER_SCOPE: u32 = 8;

/// A call of a factory brings at most so many values, and one row at least: a call costs as much as some values.
const VALUES_PER_CALL: usize = 64;

/// After so many rows a read with a budget looks at the clock.
const ROWS_PER_LOOK: u32 = 16;

/// Feeds rows to the factories of a plan.
pub struct JsSink<'a> {
    env: sys::napi_env,
    receiver: sys::napi_value,
    factories: SmallVec<[sys::napi_value; 4]>,
    nodes: &'a [Vec<SlotKind>],
    scope: sys::napi_handle_scope,
    /// Values of rows that `waiting`'s factory has not been given yet.
    values: SmallVec<[sys::napi_value; VALUES_PER_CALL]>,
    waiting: usize,
    calls: u32,
    rows: u32,
    failed: Option<Error>,
    budget: Option<&'a Budget>,
    overran: bool,
}

impl<'a> JsSink<'a> {
    pub fn new(env: &'a Env, factories: &[Factory], nodes: &'a [Vec<SlotKind>]) -> Result<Self> {
        let mut values = SmallVec::new();
        for factory in factories {
            values.push(factory.borrow_back(env)?.raw());
        }
        Self::over(env, values, nodes)
    }

    /// The same with the factories of one run, in an array.
    pub fn of_run(env: &'a Env, factories: &Unknown, nodes: &'a [Vec<SlotKind>]) -> Result<Self> {
        let reader = Reader { env: env.raw() };
        let factory = |at| reader.element(factories.raw(), at);
        Self::over(env, (0..nodes.len()).map(factory).collect::<Result<_>>()?, nodes)
    }

    fn over(
        env: &'a Env,
        factories: SmallVec<[sys::napi_value; 4]>,
        nodes: &'a [Vec<SlotKind>],
    ) -> Result<Self> {
        let raw = env.raw();
        let mut receiver = ptr::null_mut();
        // SAFETY: `raw` is the environment of the call that is running.
        check_status!(unsafe { sys::napi_get_undefined(raw, &raw mut receiver) })?;
        Ok(Self {
            env: raw,
            receiver,
            factories,
            nodes,
            scope: ptr::null_mut(),
            values: SmallVec::new(),
            waiting: 0,
            calls: 0,
            rows: 0,
            failed: None,
            budget: None,
            overran: false,
        })
    }

    /// The rows are wanted within this budget, or not at all.
    pub fn within(mut self, budget: &'a Budget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// More rows came than the budget was for; the rest of them was not given.
    pub fn overran(&self) -> bool {
        self.overran
    }

    pub fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Many rows may be made of what was read quickly, so SQLite's own look at the clock is not enough.
    fn is_late(&mut self) -> bool {
        if let Some(budget) = self.budget
            && self.rows.is_multiple_of(ROWS_PER_LOOK)
            && self.rows > 0
            && budget.is_spent()
        {
            budget.spend();
            self.overran = true;
        }
        self.overran
    }

    /// What went wrong on the JS side, if anything did.
    pub fn finish(mut self) -> Result<()> {
        if self.failed.is_none() && !self.overran && !self.values.is_empty() {
            self.failed = self.give().err();
        }
        self.close_scope();
        self.failed.take().map_or(Ok(()), Err)
    }

    fn close_scope(&mut self) {
        if !self.scope.is_null() {
            // SAFETY: the scope was opened on this environment and is closed once.
            unsafe { sys::napi_close_handle_scope(self.env, self.scope) };
            self.scope = ptr::null_mut();
        }
    }

    fn add(&mut self, node: usize, cells: &[ValueRef<'_>]) -> Result<()> {
        let kinds = &self.nodes[node];
        if !self.values.is_empty()
            && (self.waiting != node || self.values.len() + kinds.len() > VALUES_PER_CALL)
        {
            self.give()?;
        }
        if self.values.is_empty() && self.calls.is_multiple_of(CALLS_PER_SCOPE) {
            self.close_scope();
            // SAFETY: the environment is the running call's.
            check_status!(unsafe { sys::napi_open_handle_scope(self.env, &raw mut self.scope) })?;
        }
        self.rows += 1;
        self.waiting = node;
        for (cell, kind) in cells.iter().zip(kinds) {
            self.values.push(to_js(self.env, *cell, *kind)?);
        }
        // A row without values cannot wait: nothing would tell how many do.
        if self.values.is_empty() { self.give() } else { Ok(()) }
    }

    /// Calls the factory with what waits for it.
    fn give(&mut self) -> Result<()> {
        self.calls += 1;
        let mut result = ptr::null_mut();
        // SAFETY: the factory and its arguments are live handles: the scope is closed after the call at the earliest.
        let status = unsafe {
            sys::napi_call_function(
                self.env,
                self.receiver,
                self.factories[self.waiting],
                self.values.len(),
                self.values.as_ptr(),
                &raw mut result,
            )
        };
        self.values.clear();
        check_status!(status)
    }
}

impl Drop for JsSink<'_> {
    fn drop(&mut self) {
        self.close_scope();
    }
}

impl Sink for JsSink<'_> {
    fn row(&mut self, node: usize, cells: &[ValueRef<'_>]) {
        if self.failed.is_none() && !self.is_late() {
            self.failed = self.add(node, cells).err();
        }
    }
}

/// Makes JS of buffered rows until `until`. Says whether there may be more.
pub fn make_slice(sink: &mut JsSink, buffer: &mut Buffer, until: Instant) -> bool {
    loop {
        for _ in 0..ROWS_PER_LOOK {
            if !buffer.give(sink) || sink.has_failed() {
                return false;
            }
        }
        if Instant::now() >= until {
            return true;
        }
    }
}

fn to_js(env: sys::napi_env, cell: ValueRef, kind: SlotKind) -> Result<sys::napi_value> {
    let mut value = ptr::null_mut();
    let out = &raw mut value;
    // SAFETY: `env` is the running call's environment, `out` points to a live local, and texts and blobs are valid
    // for the length that is given.
    let status = unsafe {
        match (cell, kind.scalar) {
            (ValueRef::Null, _) => sys::napi_get_null(env, out),
            (ValueRef::Integer(int), Scalar::Boolean) => sys::napi_get_boolean(env, int != 0, out),
            (ValueRef::Integer(int), Scalar::BigInt) => {
                sys::napi_create_bigint_int64(env, int, out)
            }
            (ValueRef::Integer(int), _) => sys::napi_create_int64(env, int, out),
            (ValueRef::Real(real), _) => sys::napi_create_double(env, real, out),
            // The only text in a Float column is NaN (see `scalar.rs`).
            (ValueRef::Text(_), Scalar::Float) if !kind.list => {
                sys::napi_create_double(env, f64::NAN, out)
            }
            (ValueRef::Text(text), _) if !text.is_ascii() => sys::napi_create_string_utf8(
                env,
                text.as_ptr().cast::<c_char>(),
                text.len().cast_signed(),
                out,
            ),
            (ValueRef::Text(bytes) | ValueRef::Blob(bytes), _) => sys::napi_create_string_latin1(
                env,
                bytes.as_ptr().cast::<c_char>(),
                bytes.len().cast_signed(),
                out,
            ),
        }
    };
    check_status!(status)?;
    Ok(value)
}

/// The parameters of a call, by the slots of its plan.
pub fn read_params(env: &Env, array: &Unknown, slots: &[Slot]) -> Result<SmallVec<[Param; 8]>> {
    let reader = Reader { env: env.raw() };
    let mut params = SmallVec::with_capacity(slots.len());
    for (at, slot) in slots.iter().enumerate() {
        let value = reader.element(array.raw(), at)?;
        params.push(if slot.guard == Guard::Rows {
            let kinds: Vec<SlotKind> = slot.columns.iter().map(|(_, kind, _)| *kind).collect();
            Param::Rows(reader.list(value, &kinds)?)
        } else {
            reader.param(value, slot.kind)?
        });
    }
    Ok(params)
}

/// Flat rows whose columns have these kinds.
pub fn read_rows(env: &Env, array: &Unknown, kinds: &[SlotKind]) -> Result<Vec<Param>> {
    Reader { env: env.raw() }.list(array.raw(), kinds)
}

struct Reader {
    env: sys::napi_env,
}

impl Reader {
    fn element(&self, array: sys::napi_value, at: usize) -> Result<sys::napi_value> {
        let mut value = ptr::null_mut();
        let at =
            u32::try_from(at).map_err(|_| Error::new(Status::InvalidArg, "too many values"))?;
        // SAFETY: the environment is the running call's; N-API checks that `array` is one.
        check_status!(unsafe { sys::napi_get_element(self.env, array, at, &raw mut value) })?;
        Ok(value)
    }

    fn list(&self, array: sys::napi_value, kinds: &[SlotKind]) -> Result<Vec<Param>> {
        let mut length = 0;
        // SAFETY: as above.
        check_status!(unsafe { sys::napi_get_array_length(self.env, array, &raw mut length) })?;
        let mut params = Vec::with_capacity(length as usize);
        let mut scope = ptr::null_mut();
        let mut read = || {
            for at in 0..length as usize {
                if at % 1_024 == 0 {
                    self.turn(&mut scope)?;
                }
                let kind = kinds.get(at % kinds.len().max(1)).copied().unwrap_or(SlotKind::INT);
                params.push(self.param(self.element(array, at)?, kind)?);
            }
            Ok(())
        };
        let result: Result<()> = read();
        // A value that is refused leaves a scope too: Node aborts where one stays open.
        if !scope.is_null() {
            // SAFETY: opened by `turn`, closed once.
            unsafe { sys::napi_close_handle_scope(self.env, scope) };
        }
        result.map(|()| params)
    }

    /// Closes the scope of earlier handles and opens the next.
    fn turn(&self, scope: &mut sys::napi_handle_scope) -> Result<()> {
        if !scope.is_null() {
            // SAFETY: opened by the last turn, closed once.
            unsafe { sys::napi_close_handle_scope(self.env, *scope) };
        }
        // SAFETY: the environment is the running call's.
        check_status!(unsafe { sys::napi_open_handle_scope(self.env, scope) })
    }

    fn param(&self, value: sys::napi_value, kind: SlotKind) -> Result<Param> {
        let mut of = 0;
        // SAFETY: the environment is the running call's, `value` a live handle.
        check_status!(unsafe { sys::napi_typeof(self.env, value, &raw mut of) })?;
        Ok(Param::Value(match of {
            sys::ValueType::napi_undefined => return Ok(Param::Absent),
            sys::ValueType::napi_null => Value::Null,
            sys::ValueType::napi_boolean => Value::Int(i64::from(self.boolean(value)?)),
            sys::ValueType::napi_number if kind.scalar == Scalar::Float => {
                Value::Real(self.number(value)?)
            }
            sys::ValueType::napi_number => Value::Int(self.integer(value)?),
            sys::ValueType::napi_bigint => Value::Int(self.bigint(value)?),
            sys::ValueType::napi_string if kind.scalar == Scalar::Bytes && !kind.list => {
                Value::Blob(self.latin1(value)?)
            }
            sys::ValueType::napi_string => Value::Text(self.utf8(value)?),
            _ => return Err(Error::new(Status::InvalidArg, "a parameter that is not encoded")),
        }))
    }

    fn boolean(&self, value: sys::napi_value) -> Result<bool> {
        let mut out = false;
        // SAFETY: as in `param`; so are the readers below.
        check_status!(unsafe { sys::napi_get_value_bool(self.env, value, &raw mut out) })?;
        Ok(out)
    }

    fn number(&self, value: sys::napi_value) -> Result<f64> {
        let mut out = 0.0;
        // SAFETY: as in `param`.
        check_status!(unsafe { sys::napi_get_value_double(self.env, value, &raw mut out) })?;
        Ok(out)
    }

    fn integer(&self, value: sys::napi_value) -> Result<i64> {
        let mut out = 0;
        // SAFETY: as in `param`.
        check_status!(unsafe { sys::napi_get_value_int64(self.env, value, &raw mut out) })?;
        Ok(out)
    }

    fn bigint(&self, value: sys::napi_value) -> Result<i64> {
        let (mut out, mut lossless) = (0, false);
        // SAFETY: as in `param`.
        check_status!(unsafe {
            sys::napi_get_value_bigint_int64(self.env, value, &raw mut out, &raw mut lossless)
        })?;
        if lossless {
            Ok(out)
        } else {
            Err(Error::new(Status::InvalidArg, "a BigInt beyond 64 bits"))
        }
    }

    fn latin1(&self, value: sys::napi_value) -> Result<Vec<u8>> {
        self.text(value, sys::napi_get_value_string_latin1)
    }

    fn utf8(&self, value: sys::napi_value) -> Result<String> {
        let bytes = self.text(value, sys::napi_get_value_string_utf8)?;
        Ok(String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// A string's bytes. Most are short and need one call.
    fn text(&self, value: sys::napi_value, read: ReadText) -> Result<Vec<u8>> {
        let mut bytes = vec![0_u8; 128];
        let mut length = self.fill(value, read, &mut bytes)?;
        // A text that may have been cut is asked for again: a character needs up to four bytes.
        if length >= bytes.len() - 4 {
            // SAFETY: as in `param`; a null buffer asks for the length.
            check_status!(unsafe { read(self.env, value, ptr::null_mut(), 0, &raw mut length) })?;
            bytes = vec![0_u8; length + 1];
            length = self.fill(value, read, &mut bytes)?;
        }
        bytes.truncate(length);
        Ok(bytes)
    }

    fn fill(&self, value: sys::napi_value, read: ReadText, into: &mut [u8]) -> Result<usize> {
        let (start, room) = (into.as_mut_ptr().cast::<c_char>(), into.len());
        let mut length = 0;
        // SAFETY: as in `param`; N-API writes at most `room` bytes, the NUL included.
        check_status!(unsafe { read(self.env, value, start, room, &raw mut length) })?;
        Ok(length)
    }
}

type ReadText =
    unsafe fn(sys::napi_env, sys::napi_value, *mut c_char, usize, *mut usize) -> sys::napi_status;
