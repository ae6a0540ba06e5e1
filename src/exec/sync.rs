//! What is said to SQLite's own handle of a file: syncs that it would do only while others wait, files that it is to keep.

use std::ffi::{c_int, c_void};
use std::path::Path;
use std::ptr;

use rusqlite::{Connection, ffi};

/// As `database`, of a file that somebody has open.
pub fn sync_file(path: &Path) -> Result<(), rusqlite::Error> {
    database(&super::examine::connect(path)?)
}

/// The database's file is on the disk when it returns. Not by a descriptor of our own: closing it would end SQLite's locks on the file.
pub fn database(conn: &Connection) -> Result<(), rusqlite::Error> {
    let mut file: *mut ffi::sqlite3_file = ptr::null_mut();
    // SAFETY: SQLite fills in its own file, which lives as long as the connection.
    unsafe { control(conn, ffi::SQLITE_FCNTL_FILE_POINTER, (&raw mut file).cast()) }?;
    // SAFETY: as above; an open file has its methods.
    let sync = unsafe { file.as_ref().and_then(|file| file.pMethods.as_ref()?.xSync) };
    match sync {
        // SAFETY: as above.
        Some(sync) => done(unsafe { sync(file, ffi::SQLITE_SYNC_NORMAL) }),
        None => Ok(()),
    }
}

/// The last connection to close leaves the `-wal`, emptied, and the `-shm`: to make them is a fifth to a quarter of an opening (0.3 to 0.4 ms
/// of 1.7 on a slow disk).
pub fn keep_files(conn: &Connection) -> Result<(), rusqlite::Error> {
    let mut keep: c_int = 1;
    // SAFETY: SQLite reads the number, and writes it, during the call.
    unsafe { control(conn, ffi::SQLITE_FCNTL_PERSIST_WAL, (&raw mut keep).cast()) }?;
    // Without it the log would stay as long as it is. While there are commits it is overwritten rather than grown.
    conn.pragma_update(None, "journal_size_limit", 0)
}

/// Asks something of the file.
///
/// # Safety
/// `argument` points to what SQLite expects of this `op`.
unsafe fn control(
    conn: &Connection,
    op: c_int,
    argument: *mut c_void,
) -> Result<(), rusqlite::Error> {
    // SAFETY: the connection is open and used by this thread alone.
    done(unsafe { ffi::sqlite3_file_control(conn.handle(), c"main".as_ptr(), op, argument) })
}

fn done(code: c_int) -> Result<(), rusqlite::Error> {
    match code {
        ffi::SQLITE_OK => Ok(()),
        code => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)),
    }
}
