#![no_main]
libfuzzer_sys::fuzz_target!(|client: &[u8]| kasasagi_fuzz::lmtp::body(client));
