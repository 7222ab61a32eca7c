#![no_main]
libfuzzer_sys::fuzz_target!(|client: &[u8]| kasasagi_fuzz::metrics::body(client));
