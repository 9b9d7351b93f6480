//! What Android's `dumpsys` says of battery, screen and heat. Parsing only; no phone was at hand to try it on.

/// What `dumpsys battery` says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Battery {
    /// Charge, percent.
    pub(crate) percent: Option<f64>,
    /// Temperature, degrees Celsius.
    pub(crate) celsius: Option<f64>,
    /// Whether any charger is connected.
    pub(crate) charger: Option<bool>,
}

fn value<'text>(text: &'text str, key: &str) -> Option<&'text str> {
    text.lines().find_map(|line| line.trim().strip_prefix(key)?.trim_start().strip_prefix(':').map(str::trim))
}

/// Reads `dumpsys battery`: `level` of `scale`, `temperature` in tenths of a degree, and `… powered: true|false`.
#[must_use]
pub(crate) fn battery(text: &str) -> Battery {
    let number = |key: &str| value(text, key).and_then(|text| text.parse::<f64>().ok());
    let scale = number("scale").filter(|scale| *scale > 0.0).unwrap_or(100.0);
    let powered: Vec<&str> = ["AC powered", "USB powered", "Wireless powered", "Dock powered"]
        .iter()
        .filter_map(|key| value(text, key))
        .collect();
    Battery {
        percent: number("level").map(|level| 100.0 * level / scale),
        celsius: number("temperature").map(|tenths| tenths / 10.0),
        charger: (!powered.is_empty()).then(|| powered.contains(&"true")),
    }
}

/// Reads `dumpsys power`: `mWakefulness=Awake`, `Dozing` or `Asleep`.
#[must_use]
pub(crate) fn screen_on(text: &str) -> Option<bool> {
    let awake = text.lines().find_map(|line| line.trim().strip_prefix("mWakefulness="))?;
    Some(awake.trim() == "Awake")
}

/// Reads `dumpsys thermalservice`: `Thermal Status: 0` to `6`.
#[must_use]
pub(crate) fn thermal_status(text: &str) -> Option<u32> {
    value(text, "Thermal Status")?.parse().ok().filter(|status| *status <= 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BATTERY: &str = "Current Battery Service state:\n  AC powered: false\n  USB powered: true\n  Wireless powered: false\n  \
        Max charging current: 500000\n  status: 2\n  health: 2\n  present: true\n  level: 83\n  scale: 100\n  \
        voltage: 4201\n  temperature: 312\n  technology: Li-ion\n";

    #[test]
    fn the_services_are_read() {
        let read = battery(BATTERY);
        assert_eq!(read, Battery { percent: Some(83.0), celsius: Some(31.2), charger: Some(true) });
        assert_eq!(screen_on("POWER MANAGER\n  mWakefulness=Asleep\n"), Some(false));
        assert_eq!(screen_on("  mWakefulness=Awake"), Some(true));
        assert_eq!(thermal_status("IsStatusOverride: false\nThermal Status: 2\n"), Some(2));
    }

    #[test]
    fn silence_is_not_a_value() {
        assert_eq!(battery("Can't find service: battery"), Battery::default());
        assert_eq!((screen_on(""), thermal_status("Thermal Status: 9")), (None, None));
    }
}
