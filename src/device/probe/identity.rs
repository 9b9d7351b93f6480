//! The machine by its maker's names: Android properties, device tree, DMI.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use crate::process::capture::capture;
use crate::sysfs::Root;

/// How long Android's property service may take to list its properties.
const ANSWER: Duration = Duration::from_secs(10);

/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(5);

/// Bytes taken of the list; a phone has some tens of thousands.
const MOST: u64 = 1 << 20;

/// What the maker wrote into the machine.
#[derive(Debug, Clone, Default)]
pub(super) struct Identity {
    pub(super) device_tree_model: Option<String>,
    pub(super) device_tree_compatible: Vec<String>,
    /// What the device tree calls the machine's build: `handset`, `laptop`, …
    pub(super) device_tree_chassis: Option<String>,
    pub(super) vendor: Option<String>,
    product: Option<String>,
    board: Option<String>,
    pub(super) chassis_type: Option<u32>,
    android_model: Option<String>,
    pub(super) android_soc: Option<String>,
    pub(super) android_release: Option<String>,
    /// `ro.build.characteristics`; empty text where Android says nothing; `None` where this is no Android.
    pub(super) android_characteristics: Option<String>,
}

impl Identity {
    pub(super) fn model(&self) -> Option<String> {
        let product = || {
            let product = self.product.clone().or_else(|| self.board.clone())?;
            Some(match &self.vendor {
                Some(vendor) if !product.starts_with(vendor.as_str()) => format!("{vendor} {product}"),
                _ => product,
            })
        };
        self.android_model.clone().or_else(|| self.device_tree_model.clone()).or_else(product)
    }
}

/// Texts that mean "nobody filled this in".
fn filled(text: String) -> Option<String> {
    const BLANKS: &[&str] = &[
        "to be filled by o.e.m.",
        "system product name",
        "system manufacturer",
        "default string",
        "not specified",
        "none",
    ];
    (!BLANKS.contains(&text.to_lowercase().as_str())).then_some(text)
}

pub(super) fn read(root: &Root) -> Identity {
    let dmi = |file: &str| root.text(&format!("sys/class/dmi/id/{file}")).ok().and_then(filled);
    let tree = ["proc/device-tree", "sys/firmware/devicetree/base"];
    let compatible = tree.iter().find_map(|base| root.text(&format!("{base}/compatible")).ok());
    let mut identity = Identity {
        device_tree_model: tree.iter().find_map(|base| root.text(&format!("{base}/model")).ok()),
        device_tree_compatible: compatible
            .map(|text| text.split('\0').map(str::to_owned).collect())
            .unwrap_or_default(),
        device_tree_chassis: tree.iter().find_map(|base| root.text(&format!("{base}/chassis-type")).ok()),
        vendor: dmi("sys_vendor"),
        product: dmi("product_name"),
        board: dmi("board_name"),
        chassis_type: root.number("sys/class/dmi/id/chassis_type").ok(),
        ..Identity::default()
    };
    let properties = android_properties(root);
    if !properties.is_empty() {
        let get = |names: &[&str]| {
            names.iter().find_map(|name| properties.get(*name)).filter(|text| !text.is_empty()).cloned()
        };
        let maker =
            get(&["ro.product.manufacturer", "ro.product.vendor.manufacturer", "ro.product.system.manufacturer"]);
        let model = get(&["ro.product.model", "ro.product.vendor.model", "ro.product.system.model"]);
        identity.android_model = model.map(|model| match maker {
            Some(maker) if !model.to_lowercase().starts_with(&maker.to_lowercase()) => format!("{maker} {model}"),
            _ => model,
        });
        let soc = [get(&["ro.soc.manufacturer"]), get(&["ro.soc.model", "ro.board.platform"])];
        let soc: Vec<String> = soc.into_iter().flatten().collect();
        identity.android_soc = (!soc.is_empty()).then(|| soc.join(" "));
        identity.android_release = get(&["ro.build.version.release", "ro.system.build.version.release"]);
        identity.android_characteristics = Some(get(&["ro.build.characteristics"]).unwrap_or_default());
    }
    identity
}

/// Android's properties: from `getprop` on the machine itself, from the `build.prop` files in a tree; empty where this is no Android.
fn android_properties(root: &Root) -> BTreeMap<String, String> {
    let mut properties = BTreeMap::new();
    for file in ["system/build.prop", "vendor/build.prop", "product/etc/build.prop"] {
        for line in root.text(file).unwrap_or_default().lines() {
            if let Some((name, value)) = line.split_once('=').filter(|(name, _)| name.starts_with("ro.")) {
                properties.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
    }
    if root.is_system() && root.exists("system/bin/getprop") {
        // The files are often closed to the shell user, the property service is not.
        let command = Command::new("/system/bin/getprop");
        let said = capture(command, MOST, LOOK, &mut |waited| (waited > ANSWER).then_some(()));
        let listed = said.ok().and_then(Result::ok).map(|said| said.out).unwrap_or_default();
        for line in String::from_utf8_lossy(&listed).lines() {
            if let Some((name, value)) = line.trim().strip_prefix('[').and_then(|line| line.split_once("]: [")) {
                properties.insert(name.to_owned(), value.trim_end_matches(']').to_owned());
            }
        }
    }
    properties
}
