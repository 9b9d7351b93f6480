//! An evaluation in shards behind Slurm: the script of an array job, of which every task takes the shard of its number.

use std::path::{Path, PathBuf};

use super::inventory::{Inventory, Job, Measuring, Slurm};
use crate::process::shell::quoted;

/// What is wrong with the job.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SlurmError {
    /// Only evaluations can be shared out.
    #[error("job.command = \"{0}\": only eval can be shared out; boards are measured by `fleet run`")]
    Command(&'static str),
    /// A word that sbatch would not take as it stands.
    #[error("slurm.{0}: '{1}' holds characters that do not belong there")]
    Word(&'static str, String),
    /// A folder that the nodes could not find.
    #[error("slurm.{0}: {1} must be absolute: the nodes have another working folder")]
    Relative(&'static str, PathBuf),
}

/// The folder of a shard.
#[must_use]
pub(crate) fn shard_folder(slurm: &Slurm, index: u32) -> PathBuf {
    slurm.folder.join("shards").join(index.to_string())
}

/// The script of the array job. `model` is where the model lies below the folder; an evaluation on the double has none.
///
/// # Errors
/// [`SlurmError`].
pub(crate) fn script(inventory: &Inventory, slurm: &Slurm, model: Option<&str>) -> Result<String, SlurmError> {
    let job = &inventory.job;
    if job.command != Measuring::Eval {
        return Err(SlurmError::Command(job.command.name()));
    }
    for (name, path) in [("folder", &slurm.folder), ("binary", &slurm.binary)] {
        if !path.is_absolute() {
            return Err(SlurmError::Relative(name, path.clone()));
        }
    }
    let folder = slurm.folder.display().to_string();
    // sbatch reads its lines itself, without a shell: quotes and % mean something to it.
    let sound = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-+@".contains(c));
    if !sound(&folder) {
        return Err(SlurmError::Word("folder", folder));
    }
    let mut head = format!(
        "#!/bin/sh\n#SBATCH --job-name=densimeter\n#SBATCH --array=0-{}\n#SBATCH --nodes=1\n#SBATCH --ntasks=1\n\
         #SBATCH --exclusive\n#SBATCH --requeue\n#SBATCH --open-mode=append\n#SBATCH --chdir={folder}\n\
         #SBATCH --output={folder}/logs/%a.log\n",
        slurm.shards - 1
    );
    let word = |c: char| c.is_ascii_alphanumeric() || "._-&|*()[],!".contains(c);
    for (name, value) in
        [("constraint", &slurm.constraint), ("partition", &slurm.partition), ("account", &slurm.account)]
    {
        if let Some(value) = value {
            if value.is_empty() || !value.chars().all(word) {
                return Err(SlurmError::Word(name, value.clone()));
            }
            head += &format!("#SBATCH --{name}={value}\n");
        }
    }
    if let Some(minutes) = slurm.time_limit_min {
        head += &format!("#SBATCH --time={minutes}\n");
    }
    Ok(format!(
        "{head}# A task that was requeued goes on with the log of its shard.\nset -eu\nshard=${{SLURM_ARRAY_TASK_ID:?}}\n\
         exec {} --shard \"$shard/{}\" -o \"shards/$shard\" --resume\n",
        command(job, slurm, model),
        slurm.shards
    ))
}

/// The command of a shard, as far as all shards share it.
#[must_use]
pub(crate) fn command(job: &Job, slurm: &Slurm, model: Option<&str>) -> String {
    let mut words = vec![quoted(&slurm.binary.display().to_string()), "eval".to_owned()];
    words.extend(job.arguments.iter().map(|word| quoted(word)));
    let below = |place: &str| quoted(&slurm.folder.join(place).display().to_string());
    let model = model.map_or_else(|| quoted(&job.model), below);
    words.extend(["-m".to_owned(), model, "--offline --quiet".to_owned()]);
    if job.data.is_some() {
        words.extend(["--data".to_owned(), below("data")]);
    }
    words.join(" ")
}

/// Folders of all shards.
#[must_use]
pub(crate) fn shard_folders(slurm: &Slurm) -> Vec<PathBuf> {
    (0..slurm.shards).map(|index| shard_folder(slurm, index)).collect()
}

/// The number that `sbatch --parsable` prints: `1234` or `1234;cluster`.
#[must_use]
pub(crate) fn job_id(said: &str) -> Option<u64> {
    said.trim().split(';').next()?.parse().ok()
}

/// Whether a shard wrote its end.
#[must_use]
pub(crate) fn finished(folder: &Path) -> bool {
    folder.join("eval.json").is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inventory(more: &str) -> Inventory {
        let text = format!(
            "[job]\ncommand = \"eval\"\nmodel = \"m\"\narguments = [\"--task\", \"mmlu\", \"it's $HOME\"]\n[slurm]\n\
             shards = 6\nfolder = \"/shared/run\"\nbinary = \"/shared/densimeter\"\n{more}"
        );
        toml::from_str(&text).unwrap()
    }

    fn made(more: &str) -> Result<String, String> {
        let inventory = inventory(more);
        let slurm = inventory.slurm.as_ref().unwrap();
        script(&inventory, slurm, Some("models/x.gguf")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_task_takes_the_shard_of_its_number_on_a_node_of_its_own() {
        let text = made("constraint = \"i8mm&big\"\ntime_limit_min = 60\n").unwrap();
        for line in [
            "#SBATCH --array=0-5",
            "#SBATCH --exclusive",
            "#SBATCH --requeue",
            "#SBATCH --constraint=i8mm&big",
            "#SBATCH --time=60",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
        }
        assert!(text.contains(r"'--task' 'mmlu' 'it'\''s $HOME' -m '/shared/run/models/x.gguf'"), "{text}");
        assert!(text.contains("--shard \"$shard/6\" -o \"shards/$shard\" --resume"), "{text}");
    }

    #[test]
    fn nothing_gets_into_the_head_of_the_script() {
        for more in ["constraint = \"a\\n#SBATCH --wrap=id\"", "partition = \"a b\"", "account = \"$(id)\""] {
            assert!(made(more).unwrap_err().contains("do not belong"), "{more}");
        }
    }

    #[test]
    fn sbatch_answers_with_a_number() {
        assert_eq!(
            (job_id("1234\n"), job_id("1234;cluster\n"), job_id("sbatch: error")),
            (Some(1234), Some(1234), None)
        );
    }
}
