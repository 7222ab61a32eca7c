#![no_main]
libfuzzer_sys::fuzz_target!(|raw: &[u8]| kasasagi_fuzz::mail::body(raw));
