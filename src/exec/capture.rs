//! Captures every changed row of a connection through SQLite's preupdate hook, referential actions included.
//!
//! The hook is compiled into the bundled SQLite by `.cargo/config.toml`; rusqlite's feature of that name would need
//! libclang on the machine that builds. Hence the few declarations below. The hook also switches off SQLite's
//! truncate optimisation, which would delete rows without naming them.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::Arc;

use libsqlite3_sys as ffi;
use parking_lot::Mutex;
use rusqlite::Connection;

use crate::ids::{FieldId, ModelId};
use crate::outbox::{Change, ChangeKind, Column};
use crate::schema::{Model, Schema};
use crate::value::Value;

type Hook = unsafe extern "C" fn(
    *mut c_void,
    *mut ffi::sqlite3,
    c_int,
    *const c_char,
    *const c_char,
    i64,
    i64,
);
type Read = unsafe extern "C" fn(*mut ffi::sqlite3, c_int, *mut *mut ffi::sqlite3_value) -> c_int;

unsafe extern "C" {
    fn sqlite3_preupdate_hook(
        db: *mut ffi::sqlite3,
        hook: Option<Hook>,
        context: *mut c_void,
    ) -> *mut c_void;
    fn sqlite3_preupdate_old(
        db: *mut ffi::sqlite3,
        column: c_int,
        value: *mut *mut ffi::sqlite3_value,
    ) -> c_int;
    fn sqlite3_preupdate_new(
        db: *mut ffi::sqlite3,
        column: c_int,
        value: *mut *mut ffi::sqlite3_value,
    ) -> c_int;
    fn sqlite3_preupdate_depth(db: *mut ffi::sqlite3) -> c_int;
}

/// The changes of the connection's open transaction.
pub struct Capture {
    state: Arc<Mutex<State>>,
}

struct State {
    schema: Arc<Schema>,
    changes: Vec<Change>,
    /// What the running statement adds to columns of its own model.
    deltas: Vec<(FieldId, Value)>,
    /// What the running statement assigns. It travels also where it changes nothing here: the main database, or a
    /// commit on its way, may hold something else.
    written: Arc<[FieldId]>,
    /// The table of the last change: most statements change one table.
    last: Option<ModelId>,
    /// Rows are taken over from the main database: they are no changes.
    paused: bool,
}

impl Capture {
    /// Starts capturing. Statements prepared earlier on the connection would not be captured: install it first.
    pub fn install(conn: &Connection, schema: Arc<Schema>) -> Self {
        let state = Arc::new(Mutex::new(State {
            schema,
            changes: Vec::new(),
            deltas: Vec::new(),
            written: Arc::default(),
            last: None,
            paused: false,
        }));
        let context = Arc::as_ptr(&state).cast_mut().cast::<c_void>();
        // SAFETY: the handle is open. `context` points into `state`, which `Database` keeps as long as the
        // connection: fields drop in order of declaration, and `conn` is declared before `capture`.
        unsafe { sqlite3_preupdate_hook(conn.handle(), Some(on_change), context) };
        Self { state }
    }

    pub fn take(&self) -> Vec<Change> {
        std::mem::take(&mut self.state.lock().changes)
    }

    pub fn count(&self) -> usize {
        self.state.lock().changes.len()
    }

    /// Forgets all changes but the first so many.
    pub fn cut(&self, count: usize) {
        self.state.lock().changes.truncate(count);
    }

    pub fn pause(&self, paused: bool) {
        self.state.lock().paused = paused;
    }

    /// Copies of some of the changes.
    pub fn some(&self, from: usize, to: usize) -> Vec<Change> {
        self.state.lock().changes.get(from..to).unwrap_or_default().to_vec()
    }

    pub fn touches(&self, model: &Model, key: &[Value]) -> bool {
        let state = self.state.lock();
        state.changes.iter().any(|change| change.touches(model, key))
    }

    /// What the next statement assigns, and what of it are additions.
    pub fn len(&self) -> usize {
        self.state.lock().changes.len()
    }

    /// Asks about the changes after the first `from`.
    pub fn since<T>(&self, from: usize, ask: impl Fn(&[Change]) -> T) -> T {
        ask(self.state.lock().changes.get(from..).unwrap_or_default())
    }

    pub fn announce(&self, written: Arc<[FieldId]>, deltas: Vec<(FieldId, Value)>) {
        let mut state = self.state.lock();
        state.written = written;
        state.deltas = deltas;
    }
}

unsafe extern "C" fn on_change(
    context: *mut c_void,
    db: *mut ffi::sqlite3,
    op: c_int,
    _database: *const c_char,
    table: *const c_char,
    _old_rowid: i64,
    _new_rowid: i64,
) {
    // SAFETY: `install` passed a pointer to a `Mutex<State>` that outlives the connection; the table's name is a
    // NUL-terminated string for the length of the call.
    let (state, table) = unsafe { (&*context.cast::<Mutex<State>>(), CStr::from_ptr(table)) };
    let mut state = state.lock();
    if state.paused {
        return;
    }
    let schema = state.schema.clone();
    let Some(model) = find_model(&schema, state.last, table) else { return };
    state.last = Some(model.id);
    // SAFETY: called within the hook, where these functions may be called.
    let cascaded = unsafe { sqlite3_preupdate_depth(db) } > 0;
    let row = Row { db, model };
    let change = match op {
        ffi::SQLITE_INSERT => Some(row.created()),
        ffi::SQLITE_DELETE => Some(row.deleted(cascaded)),
        _ if cascaded => row.updated(true, &[], &[]),
        _ => row.updated(false, &state.written, &state.deltas),
    };
    state.changes.extend(change);
}

fn find_model<'a>(schema: &'a Schema, last: Option<ModelId>, table: &CStr) -> Option<&'a Model> {
    let name = table.to_bytes();
    if let Some(model) = last.map(|id| schema.model(id))
        && model.local.as_bytes() == name
    {
        return Some(model);
    }
    schema.model_of_table(std::str::from_utf8(name).ok()?)
}

struct Row<'a> {
    db: *mut ffi::sqlite3,
    model: &'a Model,
}

impl Row<'_> {
    /// Column `at` before (`sqlite3_preupdate_old`) or after the change.
    fn column(&self, read: Read, at: usize) -> Value {
        let mut value = std::ptr::null_mut();
        let at = c_int::try_from(at).expect("SQLite bounds the number of columns");
        // SAFETY: `Row` lives within the hook; `at` is a column of the table, whose columns are the model's fields
        // in order. The value belongs to SQLite until the hook returns and is copied at once.
        unsafe {
            if read(self.db, at, &raw mut value) != ffi::SQLITE_OK || value.is_null() {
                return Value::Null;
            }
            copy(value)
        }
    }

    fn before(&self, field: FieldId) -> Value {
        self.column(sqlite3_preupdate_old, field.index())
    }

    fn after(&self, field: FieldId) -> Value {
        self.column(sqlite3_preupdate_new, field.index())
    }

    /// Whether an update changed a column: told without copying it.
    fn changed(&self, field: FieldId) -> bool {
        let at = c_int::try_from(field.index()).expect("SQLite bounds the number of columns");
        let (mut old, mut new) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: as in `column`; both values stay valid while they are compared.
        unsafe {
            let read = sqlite3_preupdate_old(self.db, at, &raw mut old) == ffi::SQLITE_OK
                && sqlite3_preupdate_new(self.db, at, &raw mut new) == ffi::SQLITE_OK;
            !read || old.is_null() || new.is_null() || !same(old, new)
        }
    }

    fn created(&self) -> Change {
        let column = |id| Column { field: id, old: None, new: Some(self.after(id)), delta: None };
        Change {
            model: self.model.id,
            kind: ChangeKind::Create,
            cascaded: false,
            key: self.model.key.fields.iter().map(|id| self.after(*id)).collect(),
            columns: self.model.fields.iter().map(|field| column(field.id)).collect(),
        }
    }

    fn deleted(&self, cascaded: bool) -> Change {
        let column = |id| Column { field: id, old: Some(self.before(id)), new: None, delta: None };
        Change {
            model: self.model.id,
            kind: ChangeKind::Delete,
            cascaded,
            key: self.model.key.fields.iter().map(|id| self.before(*id)).collect(),
            columns: self.model.fields.iter().map(|field| column(field.id)).collect(),
        }
    }

    /// `None` when no column of the model changed or was assigned.
    fn updated(
        &self,
        cascaded: bool,
        written: &[FieldId],
        deltas: &[(FieldId, Value)],
    ) -> Option<Change> {
        let mut columns = Vec::new();
        for field in &self.model.fields {
            if !written.contains(&field.id) && !self.changed(field.id) {
                continue;
            }
            let (old, new) = (self.before(field.id), self.after(field.id));
            let delta =
                deltas.iter().find(|(id, _)| *id == field.id).map(|(_, delta)| delta.clone());
            // An addition to NULL leaves NULL, which is no change; an addition that did change a row is one.
            columns.push(Column { field: field.id, old: Some(old), new: Some(new), delta });
        }
        (!columns.is_empty()).then(|| Change {
            model: self.model.id,
            kind: ChangeKind::Update,
            cascaded,
            key: self.model.key.fields.iter().map(|id| self.before(*id)).collect(),
            columns,
        })
    }
}

/// # Safety
/// Both must be valid protected values.
unsafe fn same(left: *mut ffi::sqlite3_value, right: *mut ffi::sqlite3_value) -> bool {
    // SAFETY: by the caller's promise.
    unsafe {
        let kind = ffi::sqlite3_value_type(left);
        kind == ffi::sqlite3_value_type(right)
            && match kind {
                ffi::SQLITE_INTEGER => {
                    ffi::sqlite3_value_int64(left) == ffi::sqlite3_value_int64(right)
                }
                ffi::SQLITE_FLOAT => {
                    ffi::sqlite3_value_double(left).to_bits()
                        == ffi::sqlite3_value_double(right).to_bits()
                }
                ffi::SQLITE_TEXT => {
                    bytes(left, ffi::sqlite3_value_text(left))
                        == bytes(right, ffi::sqlite3_value_text(right))
                }
                ffi::SQLITE_BLOB => {
                    bytes(left, ffi::sqlite3_value_blob(left).cast())
                        == bytes(right, ffi::sqlite3_value_blob(right).cast())
                }
                _ => true,
            }
    }
}

/// The bytes of a text or blob; `start` was asked for first, as SQLite wants it.
///
/// # Safety
/// `start` must come from `value`, which must stay valid and unconverted while the bytes are used.
unsafe fn bytes<'a>(value: *mut ffi::sqlite3_value, start: *const u8) -> &'a [u8] {
    if start.is_null() {
        return &[];
    }
    // SAFETY: by the caller's promise.
    unsafe {
        let length = usize::try_from(ffi::sqlite3_value_bytes(value)).unwrap_or(0);
        std::slice::from_raw_parts(start, length)
    }
}

/// # Safety
/// `value` must be a valid protected value.
unsafe fn copy(value: *mut ffi::sqlite3_value) -> Value {
    // SAFETY: by the caller's promise.
    unsafe {
        match ffi::sqlite3_value_type(value) {
            ffi::SQLITE_INTEGER => Value::Int(ffi::sqlite3_value_int64(value)),
            ffi::SQLITE_FLOAT => Value::Real(ffi::sqlite3_value_double(value)),
            ffi::SQLITE_TEXT => Value::Text(
                String::from_utf8_lossy(bytes(value, ffi::sqlite3_value_text(value))).into_owned(),
            ),
            ffi::SQLITE_BLOB => {
                Value::Blob(bytes(value, ffi::sqlite3_value_blob(value).cast()).to_vec())
            }
            _ => Value::Null,
        }
    }
}
