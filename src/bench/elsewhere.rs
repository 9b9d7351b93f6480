//! Whether a row ran where its settings say: a label that the engine's scheduler contradicts is worse than none.

use super::plan::{Phase, Settings};
use super::warning::Warning;
use crate::engine::BackendShare;
use crate::engine::placement::{CRUMB, layers_on_devices, sentence, work_on_devices};

/// Layers that may lie elsewhere than asked for: llama.cpp counts the output as the first of them.
const LAYERS: f64 = 1.5;

/// What a row's settings ask for against what the scheduler did with `n_layer` layers.
#[must_use]
pub fn judge(settings: &Settings, phase: Phase, n_layer: u32, shares: &[BackendShare]) -> Option<Warning> {
    let cpu_alone = settings.cpu_alone();
    let asked_layers = if cpu_alone { 0 } else { settings.n_gpu_layers.saturating_sub(1).min(n_layer) };
    let asked = f64::from(asked_layers) / f64::from(n_layer.max(1));
    let layers = layers_on_devices(shares);
    let slack = LAYERS / f64::from(n_layer.max(1));
    // Batches of many tokens may be handed over wherever their layer lies, if that is switched on.
    let handed_over = phase == Phase::Prefill && settings.model_options().op_offload && !cpu_alone;
    let too_few = layers < asked - slack;
    let too_many = !handed_over
        && (layers > asked + slack || ((cpu_alone || settings.n_gpu_layers == 0) && work_on_devices(shares) > CRUMB));
    (too_few || too_many).then(|| Warning::Elsewhere {
        layers: settings.n_gpu_layers,
        asked,
        on_devices: layers,
        ran: sentence(shares),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(vulkan: f64) -> Vec<BackendShare> {
        let share = |backend: &str, share: f64| BackendShare {
            backend: backend.to_owned(),
            device: None,
            layers: share,
            work: share,
            memory: None,
        };
        vec![share("CPU", 1.0 - vulkan), share("Vulkan0", vulkan)]
    }

    fn judged(change: impl Fn(&mut Settings), phase: Phase, vulkan: f64) -> bool {
        let mut settings = Settings::with_threads(2);
        change(&mut settings);
        judge(&settings, phase, 30, &shares(vulkan)).is_some()
    }

    #[test]
    fn a_cpu_row_that_a_device_ran_is_found() {
        assert!(judged(|_| (), Phase::Prefill, 0.97) && judged(|_| (), Phase::Decode, 0.02));
        assert!(!judged(|_| (), Phase::Prefill, 0.0));
        assert!(!judged(|settings| settings.op_offload = Some(true), Phase::Prefill, 0.97), "it was asked for");
        assert!(
            judged(|settings| settings.op_offload = Some(true), Phase::Decode, 0.97),
            "but not one token at a time"
        );
        let none = |settings: &mut Settings| {
            settings.n_gpu_layers = 99;
            settings.devices = Some(Vec::new());
        };
        assert!(!judged(none, Phase::Prefill, 0.0) && judged(none, Phase::Prefill, 0.5));
    }

    #[test]
    fn layers_that_did_not_reach_the_device_are_found() {
        let with = |layers| move |settings: &mut Settings| settings.n_gpu_layers = layers;
        assert!(!judged(with(99), Phase::Decode, 1.0) && judged(with(99), Phase::Decode, 0.5));
        assert!(!judged(with(16), Phase::Decode, 0.5), "the output counts as one layer");
        assert!(judged(with(16), Phase::Decode, 0.8) && !judged(with(16), Phase::Prefill, 0.8), "handed over");
        assert!(!judged(with(1), Phase::Decode, 0.0));
    }
}
