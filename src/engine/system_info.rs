//! Reading llama.cpp's own account of how it was compiled.

/// The enabled features in `CPU : SSE3 = 1 | AVX2 = 1 | … | OPENMP = 1 | `.
pub(super) fn features_of(system_info: &str) -> Vec<String> {
    let mut features = Vec::new();
    for part in system_info.split('|') {
        let (backend, setting) = part.rsplit_once(':').map_or((None, part), |(name, rest)| (Some(name.trim()), rest));
        if let Some(name) = backend.filter(|name| *name != "CPU" && !name.is_empty()) {
            features.push(name.to_owned());
        }
        if let Some((name, value)) = setting.split_once('=')
            && value.trim() != "0"
        {
            let (name, value) = (name.trim(), value.trim());
            features.push(if value == "1" { name.to_owned() } else { format!("{name}={value}") });
        }
    }
    features
}

#[cfg(test)]
mod tests {
    use super::features_of;

    #[test]
    fn features_are_those_that_are_on() {
        let info = "CPU : SSE3 = 1 | AVX2 = 1 | AVX512 = 0 | LLAMAFILE = 1 | CUDA : ARCHS = 890 | ";
        assert_eq!(features_of(info), ["SSE3", "AVX2", "LLAMAFILE", "CUDA", "ARCHS=890"]);
    }
}
