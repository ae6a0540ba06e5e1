//! Links the addon. `-z nodelete` keeps the image mapped when a worker thread ends: `SQLite`'s per-process
//! state and our background threads must outlive any one JS environment.
fn main() {
    napi_build::setup();
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
