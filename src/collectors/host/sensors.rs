//! Temperatures, fans, voltages, power.

use std::path::Path;

use crate::model::MetricType;

use super::error::CollectError;
use super::files::{HostPaths, line, names, number};
use super::page::Page;

/// `/sys/class/hwmon`
pub(super) fn hwmon(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let folder = paths.sys.join("class/hwmon");
    let mut chips = Vec::new();
    let mut values: Vec<(String, String, String, f64)> = Vec::new();
    let mut labels = Vec::new();
    for name in names(&folder) {
        let chip_folder = folder.join(&name);
        let chip = chip_name(&chip_folder).unwrap_or(name);
        if let Some(own_name) = line(&chip_folder.join("name")) {
            chips.push((chip.clone(), clean(&own_name)));
        }
        for file in names(&chip_folder) {
            let Some((sensor, property)) = file.split_once('_') else { continue };
            let kind = sensor.trim_end_matches(|byte: char| byte.is_ascii_digit());
            if property == "label" {
                if let Some(label) = line(&chip_folder.join(&file)) {
                    labels.push((chip.clone(), sensor.to_owned(), label));
                }
                continue;
            }
            let Some((metric, divisor)) = metric(kind, property) else { continue };
            if let Some(value) = number(&chip_folder.join(&file)) {
                values.push((metric, chip.clone(), sensor.to_owned(), value / divisor));
            }
        }
    }
    let mut family = page.family("node_hwmon_chip_names", MetricType::Gauge, "The names that chips give themselves.");
    for (chip, name) in &chips {
        family.sample(&[("chip", chip), ("chip_name", name)], 1.0);
    }
    let mut family = page.family("node_hwmon_sensor_label", MetricType::Gauge, "What sensors measure.");
    for (chip, sensor, label) in &labels {
        family.sample(&[("chip", chip), ("label", label), ("sensor", sensor)], 1.0);
    }
    values.sort_by(|a, b| (&a.0, &a.1, &a.2).cmp(&(&b.0, &b.1, &b.2)));
    for same in values.chunk_by(|a, b| a.0 == b.0) {
        let Some((metric, ..)) = same.first() else { continue };
        let mut family = page.family(metric, MetricType::Gauge, "A reading or limit of a hardware sensor.");
        for (_, chip, sensor, value) in same {
            family.sample(&[("chip", chip), ("sensor", sensor)], *value);
        }
    }
    if folder.exists() { Ok(()) } else { Err(CollectError::Strange { path: folder }) }
}

/// `/sys/class/thermal/thermal_zone*`
pub(super) fn thermal_zones(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let folder = paths.sys.join("class/thermal");
    let mut family = page.family("node_thermal_zone_temp", MetricType::Gauge, "Temperature of a zone in Celsius.");
    for name in names(&folder) {
        let Some(zone) = name.strip_prefix("thermal_zone") else { continue };
        let kind = line(&folder.join(&name).join("type")).unwrap_or_default();
        if let Some(millidegrees) = number(&folder.join(&name).join("temp")) {
            family.sample(&[("type", &kind), ("zone", zone)], millidegrees / 1000.0);
        }
    }
    Ok(())
}

/// `/sys/class/thermal/cooling_device*`
pub(super) fn cooling(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let folder = paths.sys.join("class/thermal");
    let files = [
        ("cur_state", "node_cooling_device_cur_state", "How hard a device cools now."),
        ("max_state", "node_cooling_device_max_state", "How hard a device can cool."),
    ];
    for (file, metric, help) in files {
        let mut family = page.family(metric, MetricType::Gauge, help);
        for name in names(&folder) {
            let Some(device) = name.strip_prefix("cooling_device") else { continue };
            let kind = line(&folder.join(&name).join("type")).unwrap_or_default();
            if let Some(value) = number(&folder.join(&name).join(file)) {
                family.sample(&[("name", device), ("type", &kind)], value);
            }
        }
    }
    Ok(())
}

/// `/sys/class/power_supply`
pub(super) fn power_supplies(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let folder = paths.sys.join("class/power_supply");
    let files = [
        ("capacity", "node_power_supply_capacity", 1.0, "Charge in percent."),
        ("online", "node_power_supply_online", 1.0, "Whether the supply gives power."),
        ("power_now", "node_power_supply_power_watt", 1e6, "Power in watts."),
        ("voltage_now", "node_power_supply_voltage_volt", 1e6, "Voltage in volts."),
    ];
    for (file, metric, divisor, help) in files {
        let mut family = page.family(metric, MetricType::Gauge, help);
        for name in names(&folder) {
            if let Some(value) = number(&folder.join(&name).join(file)) {
                family.sample(&[("power_supply", &name)], value / divisor);
            }
        }
    }
    Ok(())
}

/// The metric for a file such as `temp1_input`, and what its number is divided by; the units are those of the
/// kernel's Documentation/hwmon/sysfs-interface.
fn metric(kind: &str, property: &str) -> Option<(String, f64)> {
    let is_flag = property.ends_with("alarm") || property.ends_with("beep") || property == "fault";
    let (unit, divisor) = match kind {
        _ if is_flag => ("", 1.0),
        "temp" if property == "type" => ("", 1.0),
        "temp" => ("_celsius", 1000.0),
        "in" => ("_volts", 1000.0),
        "fan" if matches!(property, "input" | "min" | "max" | "target") => ("_rpm", 1.0),
        "curr" => ("_amps", 1000.0),
        "power" if property.contains("interval") => return None,
        "power" => ("_watt", 1e6),
        "energy" => ("_joule_total", 1e6),
        "humidity" => ("", 1000.0),
        "pwm" | "freq" if kind == "freq" => ("_freq_mhz", 1e6),
        _ => return None,
    };
    let property = match property {
        "input" => String::new(),
        other => format!("_{other}"),
    };
    Some((format!("node_hwmon_{kind}{property}{unit}"), divisor))
}

/// A name that stays the same from boot to boot: kind and name of the device behind the chip.
fn chip_name(folder: &Path) -> Option<String> {
    let device = std::fs::canonicalize(folder.join("device")).ok();
    let part = |path: Option<&Path>| path.and_then(Path::file_name).map(|name| clean(&name.to_string_lossy()));
    if let Some(device) = device {
        let name = part(Some(&device)).filter(|name| !name.is_empty());
        let kind = part(device.parent()).filter(|kind| !kind.is_empty());
        match (kind, name) {
            (Some(kind), Some(name)) => return Some(format!("{kind}_{name}")),
            (None, Some(name)) => return Some(name),
            _ => {}
        }
    }
    line(&folder.join("name")).map(|name| clean(&name)).filter(|name| !name.is_empty())
}

/// Lower case, with an underscore for every character that a metric's name cannot have.
fn clean(name: &str) -> String {
    let cleaned: String = name
        .to_lowercase()
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() || character == ':' { character } else { '_' })
        .collect();
    cleaned.trim_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_chips_become_metrics() {
        let name = |kind, property| metric(kind, property).map(|(name, _)| name);
        assert_eq!(name("temp", "input").as_deref(), Some("node_hwmon_temp_celsius"));
        assert_eq!(name("temp", "crit").as_deref(), Some("node_hwmon_temp_crit_celsius"));
        assert_eq!(name("temp", "crit_alarm").as_deref(), Some("node_hwmon_temp_crit_alarm"));
        assert_eq!(name("fan", "input").as_deref(), Some("node_hwmon_fan_rpm"));
        assert_eq!(name("power", "average").as_deref(), Some("node_hwmon_power_average_watt"));
        assert_eq!(clean("applesmc.768"), "applesmc_768");
    }
}
