//! What is said to SQLite's own handle of a file: syncs that it would do only while others wait, files that it is to keep.

use std::ffi::c_int;
use std::ptr;

use rusqlite::{Connection, ffi};

/// The database's file is on the disk when it returns. Not by a descriptor of our own: closing it would end SQLite's locks on the file.
pub fn database(conn: &Connection) -> Result<(), rusqlite::Error> {
    let mut file: *mut ffi::sqlite3_file = ptr::null_mut();
    // SAFETY: the connection is open and used by this thread alone; SQLite fills in its own file, which lives as long as it.
    let code = unsafe {
        let out = (&raw mut file).cast();
        ffi::sqlite3_file_control(
            conn.handle(),
            c"main".as_ptr(),
            ffi::SQLITE_FCNTL_FILE_POINTER,
            out,
        )
    };
    done(code)?;
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
    // SAFETY: the connection is open and used by this thread alone; SQLite reads the number during the call.
    done(unsafe {
        let out = (&raw mut keep).cast();
        ffi::sqlite3_file_control(
            conn.handle(),
            c"main".as_ptr(),
            ffi::SQLITE_FCNTL_PERSIST_WAL,
            out,
        )
    })?;
    // Without it the log would stay as long as it is. While there are commits it is overwritten rather than grown.
    conn.pragma_update(None, "journal_size_limit", 0)
}

fn done(code: c_int) -> Result<(), rusqlite::Error> {
    match code {
        ffi::SQLITE_OK => Ok(()),
        code => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)),
    }
}
