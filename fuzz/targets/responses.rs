#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| densimeter::fuzz::read("responses", bytes));
