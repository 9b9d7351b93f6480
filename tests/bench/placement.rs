//! Where rows ran, on journals of a real GPU: an H200 by Vulkan, SmolLM2-135M, with 16 of its layers there (`-ngl 16`), and with
//! none but large multiplications handed over (`-ngl 0 -nopo 0`).

use densimeter::measure::bench_report::{BenchReport, RowReport};
use densimeter::measure::journal::{Entry, Journal};

fn entries(name: &str) -> Vec<Entry> {
    let path = format!("{}/tests/fixtures/gpu/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    Journal::read(path.as_ref()).unwrap()
}

/// Prefill and decode of a run whose settings are called others.
fn rows(name: &str, layers: u32, op_offload: Option<bool>) -> Vec<RowReport> {
    let mut entries = entries(name);
    for entry in &mut entries {
        if let Entry::Run { plan, .. } = entry {
            for row in &mut plan.rows {
                (row.settings.n_gpu_layers, row.settings.op_offload) = (layers, op_offload);
            }
        }
    }
    BenchReport::of(&entries).unwrap().results.iter().cloned().collect()
}

fn elsewhere(row: &RowReport) -> Option<String> {
    let warning = serde_json::to_value(&row.warnings).unwrap();
    let found = warning.as_array().unwrap().iter().find(|warning| warning["kind"] == "elsewhere")?;
    assert!(!row.valid && found["invalidates"] == true);
    Some(found["message"].as_str().unwrap().to_owned())
}

#[test]
fn a_row_tells_what_ran_where() {
    let rows = rows("h200-ngl16", 16, None);
    // Large batches of the other layers are handed over by llama.cpp's default.
    assert_eq!(rows[0].ran_on().unwrap(), "Vulkan");
    assert_eq!(rows[1].ran_on().unwrap(), "Vulkan0 65 %, CPU 35 %");
    let device = &rows[1].placement.as_ref().unwrap()[1];
    assert_eq!((device.backend.as_str(), device.layers, device.memory), ("Vulkan0", 0.5, Some(92_631_203)));
    assert_eq!([&rows[0], &rows[1]].map(|row| row.backend.as_deref().unwrap()), ["Vulkan", "Vulkan0+CPU"]);
    assert!(rows.iter().all(|row| elsewhere(row).is_none()));
}

#[test]
fn a_label_that_the_scheduler_contradicts_is_invalid() {
    let called_cpu = rows("h200-ngl16", 0, None);
    assert!(called_cpu.iter().all(|row| elsewhere(row).is_some()));
    let all = rows("h200-ngl16", 99, None);
    assert_eq!(elsewhere(&all[0]), None, "its prefill was handed over whole");
    let said = elsewhere(&all[1]).unwrap();
    assert!(said.contains("-ngl 99 asks for 100.0 % of the layers on a device, and 50.0 % were there"), "{said}");
    // Two thirds of the prefill of a "CPU" row ran on the GPU: asked for, it is no fault.
    assert_eq!(elsewhere(&rows("h200-nopo0", 0, Some(true))[0]), None);
    let said = elsewhere(&rows("h200-nopo0", 0, None)[0]).unwrap();
    assert!(said.contains("Vulkan0 69 %, CPU 31 %"), "{said}");
    assert_eq!(elsewhere(&rows("h200-nopo0", 0, None)[1]), None, "one token at a time stays on the CPU");
}
