//! `share`, end to end against a local bare repository.

use super::*;

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]);
    command
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null");
    let output = command.output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// A bare repository that holds the committed reports and their index, as the project does.
fn project(folder: &Path) -> PathBuf {
    let (work, bare) = (folder.join("work"), folder.join("project.git"));
    fs::create_dir(&work).unwrap();
    git(&work, &["init", "--quiet"]);
    for path in samples() {
        let own = path.parent().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let target = work.join(own.strip_prefix(root).unwrap());
        fs::create_dir_all(&target).unwrap();
        for name in ["report.json", "run.jsonl"] {
            fs::copy(own.join(name), target.join(name)).unwrap();
        }
    }
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/index.csv"), work.join("reports/index.csv")).unwrap();
    git(&work, &["add", "."]);
    git(&work, &["commit", "--quiet", "-m", "reports"]);
    git(folder, &["clone", "--quiet", "--bare", "work", "project.git"]);
    bare
}

/// A good report of a run that has a folder with a person's name and says where it lies.
fn own_report(folder: &Path) -> PathBuf {
    let mut draft = Draft::of(1, "zoetrope-at-home");
    draft.slower(None, 1.2);
    draft.each("note", |line| line["text"] = json!("zoetrope keeps it in /home/zoetrope/m/x.gguf")); // forbid: allow (goes)
    let own = draft.derived().write(&folder.join("mine"));
    fs::create_dir(own.join("eval")).unwrap();
    fs::write(own.join("eval/items.jsonl"), "{}").unwrap();
    own
}

#[test]
fn a_report_goes_onto_a_branch_and_nowhere_else() {
    let home = tempfile::tempdir().unwrap();
    let (bare, own) = (project(home.path()), own_report(home.path()));
    let (bare, own) = (bare.display().to_string(), own.display().to_string());
    let before = git(Path::new(&bare), &["for-each-ref"]);

    let share = |more: &[&str], code: i32| -> Value {
        let arguments = [&["share", &own, "--repository", &bare, "--json"], more].concat();
        let output = densimeter(home.path(), &arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}{}", text(&output.stdout), text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    };
    let dry = share(&["--dry-run"], 0);
    assert_eq!([&dry["prepared"], &dry["push"]], [&Value::Null, &Value::Null]);
    assert!(!home.path().join("cache").exists(), "--dry-run writes nothing");

    let made = share(&[], 0);
    assert_eq!(made["files"], dry["files"], "what was shown is what goes");
    assert_eq!(made["removed"], dry["removed"]);
    let removed = made["removed"].as_array().unwrap();
    assert!(
        removed
            .iter()
            .any(|removal| removal["place"] == "bench.notes.0" && removal["after"] == "(name) keeps it in …/x.gguf")
    );
    assert!(removed.iter().any(|removal| removal["file"] == "run.jsonl"), "{removed:#?}");
    let folder = made["folder"].as_str().unwrap();
    assert!(folder.starts_with("reports/intel-r-xeon-r-processor/20261127T174523Z-"), "{folder}");

    let clone = PathBuf::from(made["prepared"]["clone"].as_str().unwrap());
    let branch = made["prepared"]["branch"].as_str().unwrap();
    assert!(clone.starts_with(home.path().join("cache/densimeter/share")), "{}", clone.display());
    assert_eq!(git(Path::new(&bare), &["for-each-ref"]), before, "nothing was pushed");
    assert_eq!(git(&clone, &["worktree", "list"]).lines().count(), 1);
    assert_eq!(git(&clone, &["status", "--porcelain"]), "");
    let changed = git(&clone, &["diff", "--name-only", "origin/HEAD", branch]);
    assert!(changed.lines().all(|path| path == "reports/index.csv" || path.starts_with(folder)), "{changed}");
    assert!(
        changed.contains("/report.json") && changed.contains("/index.html") && !changed.contains("eval"),
        "{changed}"
    );
    let all = git(&clone, &["show", "--format=fuller", branch]);
    assert!(!all.contains("zoetrope") && all.contains("share@densimeter.invalid"), "the branch names nobody");
    let index = git(&clone, &["show", &format!("{branch}:reports/index.csv")]);
    assert_eq!(index.lines().count(), 4, "{index}");
    assert_eq!(made["prepared"]["index_rows"], 3);

    // The command that is printed pushes it, and the project's check takes all three; so does a gallery.
    let push = Command::new("sh").args(["-c", made["push"].as_str().unwrap()]).output().unwrap();
    assert!(push.status.success(), "{}", text(&push.stderr));
    let merged = home.path().join("merged");
    git(home.path(), &["clone", "--quiet", "--branch", branch, &bare, "merged"]);
    assert_eq!(checked(&merged.join("reports"), 0)["taken"].as_array().unwrap().len(), 3);
    let site = home.path().join("site").display().to_string();
    let reports = merged.join("reports").display().to_string();
    let gallery = densimeter(home.path(), &["report", &reports, "-o", &site, "--json"]).output().unwrap();
    let gallery: Value = serde_json::from_slice(&gallery.stdout).unwrap();
    assert_eq!((&gallery["reports"], &gallery["unreadable"]), (&json!(3), &json!([])));

    let again = densimeter(home.path(), &["share", &own, "--repository", &bare]).output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("is there already"), "{}", text(&again.stderr));
}

#[test]
fn a_clone_of_ones_own_stays_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    project(home.path());
    let own = own_report(home.path()).display().to_string();
    git(home.path(), &["clone", "--quiet", "project.git", "my clone"]);
    let clone = home.path().join("my clone");
    fs::write(clone.join("reports/index.csv"), "half an edit").unwrap();
    let branches = git(&clone, &["branch", "--list"]);
    let name = clone.display().to_string();
    let output = densimeter(home.path(), &["share", &own, "--clone", &name, "--without", "Xeon"]).output().unwrap();
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}{}", text(&output.stderr));
    assert!(said.contains("Nothing has left this machine") && said.contains("- zoetrope keeps it"), "{said}");
    assert!(
        said.contains(&format!(
            "git -C '{}' push origin report/intel-r-name-r-processor/",
            clone.canonicalize().unwrap().display()
        )),
        "{said}"
    );
    assert_eq!(fs::read_to_string(clone.join("reports/index.csv")).unwrap(), "half an edit");
    assert_eq!(git(&clone, &["branch", "--list"]).lines().count(), branches.lines().count() + 1);

    git(home.path(), &["init", "--quiet", "other"]);
    let other = home.path().join("other").display().to_string();
    let output = densimeter(home.path(), &["share", &own, "--clone", &other]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no clone of the project"), "{}", text(&output.stderr));
}

#[test]
fn a_poisoned_report_and_a_copy_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let bare = project(home.path()).display().to_string();
    let mut draft = Draft::of(1, "20261127T000000Z-1");
    draft.slower(Some(1), 1.0 / 8000.0);
    let own = draft.derived().write(&home.path().join("mine")).display().to_string();
    let output = densimeter(home.path(), &["share", &own, "--repository", &bare]).output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).starts_with("refused: ") && text(&output.stdout).contains("bandwidth"),
        "{}",
        text(&output.stdout)
    );
    let copy = Draft::of(1, "20261127T000000Z-2").write(&home.path().join("mine")).display().to_string();
    let output = densimeter(home.path(), &["share", &copy, "--repository", &bare]).output().unwrap();
    let refused = text(&output.stdout);
    assert_eq!(output.status.code(), Some(4), "{refused}");
    // Which of the two the check names depends on their paths.
    let told = ["duplicate: the samples of reports/", "duplicate: the project has it as reports/"];
    assert!(told.iter().any(|told| refused.contains(told)), "{refused}");
    let clone = fs::read_dir(home.path().join("cache/densimeter/share")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(git(&clone, &["branch", "--list", "report/*"]), "", "a refused report leaves no branch");
}
