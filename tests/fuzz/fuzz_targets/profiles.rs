#![no_main]
libfuzzer_sys::fuzz_target!(|raw: &[u8]| kasasagi_fuzz::profiles::body(raw));
