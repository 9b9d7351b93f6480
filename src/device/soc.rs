//! Which entry of a device tree's `compatible` names the chip.

/// How chips are named, by vendor: the beginnings of their names. Boards of the same vendor are named otherwise.
const CHIPS: &[(&str, &[&str])] = &[
    ("actions", &["s500", "s700", "s900"]),
    ("allwinner", &["sun"]),
    ("altr", &["socfpga"]),
    (
        "amlogic",
        &["s4", "s6", "s7", "s8", "s9", "a1", "a311", "a4", "a5", "axg", "c3", "g12", "gx", "meson", "sm1", "t3", "t7"],
    ),
    ("apple", &["t6", "t7", "t8", "s5l", "s8"]),
    ("brcm", &["bcm"]),
    ("canaan", &["k2"]),
    ("cix", &["sky"]),
    ("eswin", &["eic"]),
    ("fsl", &["imx", "ls", "lx", "s32", "vf"]),
    ("google", &["gs1", "gs2", "zuma"]),
    ("hisilicon", &["hi", "kirin"]),
    ("intel", &["socfpga", "keembay"]),
    ("marvell", &["armada3", "armada7", "armada8", "armadaxp", "cn9", "octeon", "pxa"]),
    ("mediatek", &["mt"]),
    ("microchip", &["mpfs", "sam", "lan"]),
    ("nuvoton", &["ma35"]),
    ("nvidia", &["tegra"]),
    ("nxp", &["imx", "s32"]),
    (
        "qcom",
        &[
            "apq", "ipq", "mdm", "msm", "qcm", "qcs", "qdu", "qrb", "sa8", "sar", "sc7", "sc8", "sda", "sdm", "sdx",
            "sm", "x1",
        ],
    ),
    ("realtek", &["rtd"]),
    ("renesas", &["r7", "r8a", "r9a"]),
    ("rockchip", &["rk", "rv", "px"]),
    ("samsung", &["exynos", "s3c", "s5p"]),
    ("sifive", &["fu"]),
    ("socionext", &["uniphier", "sc2"]),
    ("sophgo", &["cv18", "sg2"]),
    ("spacemit", &["k1", "k3", "m1"]),
    ("sprd", &["sc9", "ums"]),
    ("st", &["stm32"]),
    ("starfive", &["jh"]),
    ("tesla", &["fsd"]),
    ("thead", &["th1"]),
    ("ti", &["am", "dra", "j7", "k3", "omap"]),
    ("xlnx", &["versal", "zynq"]),
];

/// Vendors whose chips have a hyphen in their names; with others it begins a board's.
const HYPHENED: &[&str] = &["allwinner", "sifive", "spacemit", "socionext", "sprd"];

/// Entries that stand for a whole line of products.
const GENERIC: &[&str] = &["apple,arm-platform", "qcom,mtp", "qcom,qrd", "qcom,cdp", "qcom,idp"];

/// The chip: of the entries, which go from the board to the most general, the first that is named like one; where none
/// is, the last that stands for less than a whole line of products.
#[must_use]
pub(super) fn of(compatible: &[String]) -> Option<&String> {
    let split = |entry: &str| {
        let (vendor, name) = entry.split_once(',')?;
        let begins = CHIPS.iter().find(|(own, _)| *own == vendor)?.1;
        begins.iter().any(|begin| name.starts_with(begin)).then_some((vendor.to_owned(), name.to_owned()))
    };
    let chips: Vec<&String> = compatible.iter().filter(|entry| split(entry).is_some()).collect();
    let plain = |entry: &&&String| {
        split(entry).is_some_and(|(vendor, name)| HYPHENED.contains(&vendor.as_str()) || !name.contains('-'))
    };
    let fallback = || compatible.iter().rev().find(|entry| !GENERIC.contains(&entry.as_str()));
    chips.iter().find(plain).or(chips.last()).copied().or_else(fallback).or(compatible.last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chip_is_neither_the_board_nor_the_line_of_products() {
        for (list, chip) in [
            ("apple,j314s apple,t6000 apple,arm-platform", "apple,t6000"),
            ("raspberrypi,5-model-b brcm,bcm2712", "brcm,bcm2712"),
            ("hardkernel,odroid-n2-plus amlogic,s922x amlogic,g12b", "amlogic,s922x"),
            ("khadas,vim3 amlogic,a311d amlogic,g12b", "amlogic,a311d"),
            ("sifive,hifive-unmatched-a00 sifive,fu740-c000 sifive,fu740", "sifive,fu740-c000"),
            ("nvidia,p3737-0000+p3701-0000 nvidia,p3701-0000 nvidia,tegra234", "nvidia,tegra234"),
            ("hardkernel,odroid-xu4 samsung,exynos5800 samsung,exynos5", "samsung,exynos5800"),
            ("fsl,imx8mq-evk fsl,imx8mq", "fsl,imx8mq"),
            ("ti,am335x-bone-black ti,am335x-bone ti,am33xx", "ti,am33xx"),
            ("qcom,sdm845-mtp qcom,sdm845 qcom,mtp", "qcom,sdm845"),
            ("pine64,pine64-plus allwinner,sun50i-a64", "allwinner,sun50i-a64"),
            ("globalscale,espressobin marvell,armada3720 marvell,armada3710", "marvell,armada3720"),
            ("starfive,visionfive-2-v1.3b starfive,jh7110", "starfive,jh7110"),
            ("bananapi,bpi-f3 spacemit,k1-x", "spacemit,k1-x"),
            ("acme,board acme,chip9", "acme,chip9"),
            ("linux,dummy-virt", "linux,dummy-virt"),
        ] {
            let entries: Vec<String> = list.split(' ').map(str::to_owned).collect();
            assert_eq!(of(&entries).map(String::as_str), Some(chip), "{list}");
        }
        assert_eq!(of(&[]), None);
    }
}
