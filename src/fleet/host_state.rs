//! What bears on a measurement and no report holds: screen, charger, heat, scheduling group, allowed cores, clock, space.

use std::path::Path;
use std::time::Duration;

use super::android;
use super::cores;
use super::protocol::HostState;
use super::transport::Transport;
use crate::file::space;
use crate::meter::battery::BatteryMeter;
use crate::meter::thermal::ThermalMeter;
use crate::sanitize::printable;
use crate::sysfs::Root;

/// How long one of Android's services may take to answer.
const ANSWER: Duration = Duration::from_secs(5);

/// Bytes taken of its answer.
const MOST: u64 = 1 << 20;

/// The state now. `asked` are the cores that were asked for.
#[must_use]
pub(crate) fn read(root: &Root, folder: &Path, asked: Option<&[u32]>) -> HostState {
    let mut state = HostState {
        densimeter: env!("CARGO_PKG_VERSION").to_owned(),
        level: option_env!("DENSIMETER_LEVEL").map(str::to_owned),
        clock: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        oom_score_adj: root.number("proc/self/oom_score_adj").ok(),
        cpuset: root.text("proc/self/cpuset").ok().map(|text| printable(&text, 200)),
        cores_allowed: cores::allowed(root, "self"),
        cores_asked: asked.map(cores::listed),
        ..HostState::default()
    };
    match space::free(folder) {
        Ok(bytes) => state.free_bytes = Some(bytes),
        Err(error) => note(&mut state, "free_bytes", &error.to_string()),
    }
    match ThermalMeter::new(root.clone()).hottest() {
        Ok(sensor) => state.celsius = Some(sensor.celsius.degrees()),
        Err(why) => note(&mut state, "celsius", &why.to_string()),
    }
    power(&mut state, root);
    state
}

/// Battery, charger, screen and thermal status: from Android's services where there are any, else from the kernel.
fn power(state: &mut HostState, root: &Root) {
    match service("battery") {
        Ok(text) => {
            let battery = android::battery(&text);
            (state.battery_percent, state.battery_celsius, state.charger) =
                (battery.percent, battery.celsius, battery.charger);
            state.screen_on = service("power").ok().and_then(|text| android::screen_on(&text));
            state.thermal_status = service("thermalservice").ok().and_then(|text| android::thermal_status(&text));
        }
        Err(_) => match BatteryMeter::new(root.clone()).read().into_iter().next() {
            Some(battery) => {
                state.battery_percent = battery.capacity_percent;
                state.charger = battery.charger_online;
            }
            None => note(state, "battery_percent", "no battery in /sys/class/power_supply, and no dumpsys"),
        },
    }
    for (name, absent) in [
        ("screen_on", state.screen_on.is_none()),
        ("thermal_status", state.thermal_status.is_none()),
        ("battery_celsius", state.battery_celsius.is_none()),
    ] {
        if absent {
            note(state, name, "no Android service tells it (dumpsys)");
        }
    }
}

fn note(state: &mut HostState, name: &str, why: &str) {
    state.reasons.insert(name.to_owned(), why.to_owned());
}

fn service(name: &str) -> Result<String, super::transport_error::TransportError> {
    let answer = Transport::local().run(&format!("exec dumpsys {name}"), MOST, ANSWER, &|| false)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// What in the states before and after makes the numbers doubtful.
#[must_use]
pub(crate) fn caveats(before: &HostState, after: Option<&HostState>, cores_seen: &[String]) -> Vec<String> {
    let mut caveats = Vec::new();
    if before.charger == Some(true) && before.battery_percent.is_some() {
        caveats.push(
            "a charger was connected: it warms the device, and energy from the battery gauge means nothing".to_owned(),
        );
    }
    if before.screen_on == Some(true) {
        caveats.push("the screen was on: it takes power and warms the device".to_owned());
    }
    let hot = |state: &HostState| state.thermal_status.filter(|status| *status > 0);
    if let Some(status) = hot(before).or_else(|| after.and_then(hot)) {
        caveats.push(format!("Android's thermal status was {status}: the device held its processor back"));
    }
    if before.oom_score_adj.is_some_and(|score| score > 200) {
        caveats.push("the system counts this process among those to kill first (oom_score_adj)".to_owned());
    }
    if let Some(asked) = &before.cores_asked {
        let others: Vec<&str> = cores_seen.iter().map(String::as_str).filter(|seen| seen != asked).collect();
        if !others.is_empty() {
            caveats.push(format!("cores {asked} were asked for, but threads were allowed {}", others.join(" and ")));
        } else if cores_seen.is_empty() {
            caveats.push(format!("cores {asked} were asked for; whether they were kept could not be read"));
        }
    }
    caveats
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_in_use_is_doubted_and_a_quiet_board_is_not() {
        let quiet = HostState { cores_asked: Some("4-7".to_owned()), ..HostState::default() };
        assert!(caveats(&quiet, Some(&quiet), &["4-7".to_owned()]).is_empty());
        assert_eq!(caveats(&quiet, None, &["0-3".to_owned()]).len(), 1);
        let used = HostState {
            charger: Some(true),
            battery_percent: Some(80.0),
            screen_on: Some(true),
            thermal_status: Some(2),
            oom_score_adj: Some(900),
            ..HostState::default()
        };
        assert_eq!(caveats(&used, None, &[]).len(), 4);
    }

    #[test]
    fn this_machine_has_a_state_and_reasons_for_the_rest() {
        let state = read(&Root::system(), Path::new("."), Some(&[0]));
        assert!(state.free_bytes.is_some_and(|bytes| bytes > 0));
        for (name, absent) in [("celsius", state.celsius.is_none()), ("screen_on", state.screen_on.is_none())] {
            assert_eq!(absent, state.reasons.contains_key(name), "{name}");
        }
    }
}
