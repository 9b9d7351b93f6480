//! Audits that stop as soon as they are sure.

use super::command::mock;

#[test]
fn a_sequential_audit_stops_early_and_logs_are_taken_up_again() {
    let folder = tempfile::tempdir().unwrap();
    let more = ["--no-speed", "--sequential", "--kl-tokens", "0"];
    let (code, document, said) = mock(folder.path(), &["mock:", "mock:sharp=1.3", "mock:sharp=1.0001"], &more);
    assert_eq!(code, 3, "{said}");
    let items = |record: usize, key: &str| document[record]["items"][key].as_u64().unwrap();
    assert_eq!(document[0]["verdict"], "dropped");
    assert!(5 * items(0, "used") <= 2 * items(0, "planned"), "{}", document[0]["items"]);
    assert!(document[0]["sequential"]["stopped_early"].as_bool().unwrap());
    assert_eq!(document[1]["verdict"], "held", "{:#}", document[1]["verdicts"]);
    let before = said.lines().filter(|line| line.contains(" items of ")).count();
    assert!(before > 0, "{said}");
    let (_, again, said) = mock(folder.path(), &["mock:", "mock:sharp=1.3", "mock:sharp=1.0001"], &more);
    assert_eq!(again, document, "the same logs give the same verdicts");
    assert_eq!(
        said.lines().filter(|line| line.contains(" items of ")).count(),
        0,
        "nothing is evaluated twice: {said}"
    );
}

#[test]
fn a_clear_drop_shows_in_the_cheapest_items_and_nothing_else_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let more = ["--no-speed", "--sequential", "--kl-tokens", "0"];
    let (code, document, said) = mock(folder.path(), &["mock:", "mock:sharp=1.3"], &more);
    assert_eq!((code, document[0]["verdict"].as_str()), (3, Some("dropped")), "{said}");
    assert_eq!((&document[0]["items"]["used"], &document[0]["sequential"]["looks"]), (&10.into(), &1.into()));
    assert_eq!(document[0]["sequential"]["error_rate"], 0.055);
    let by = [&document[0]["sequential"]["method"], &document[0]["verdicts"]["params"]["ratio"]["method"]];
    assert!(by.iter().all(|method| method.as_str().unwrap().contains("Student's t")), "{by:?}");
    let why = document[0]["basis_reason"].as_str().unwrap();
    assert!(why.contains("the cheapest to read") && document[0]["tasks"].as_object().unwrap().len() == 2, "{why}");
    // Who asks for answers, or for another kind of density, is not put off with losses.
    for (option, value) in [("--generate", None), ("--by", Some("memory"))] {
        let more: Vec<&str> = more.into_iter().chain([option]).chain(value).collect();
        let (_, document, said) = mock(folder.path(), &["mock:", "mock:sharp=1.3"], &more);
        assert_eq!(document[0]["sequential"]["of"], 20, "{option}: {said}");
    }
}
