#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sharded_fuzz::salvage(bytes));
