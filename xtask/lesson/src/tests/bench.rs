//! The measuring program with callers that are scripts: what it does with a wrong answer, and with
//! one that dies.

use std::process::Command;

/// Runs measure.py's rounds with one caller, a script of sh.
fn measure(script: &str) -> (String, String) {
    let program = format!(
        "import json, sys\n\
         sys.path.insert(0, {:?})\n\
         import measure\n\
         row = measure.Row('number', 'number', '1.5')\n\
         line = ['sh', '-c', {script:?}, 'SUBJECT']\n\
         print(measure.times_of(line, [(row, 'a')], 12)['number', 'a'])\n",
        concat!(env!("CARGO_MANIFEST_DIR"), "/bench/peers/python"),
    );
    let output = Command::new("python3")
        .args(["-B", "-c", &program])
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

const CALLER: &str = "while read row calls; do echo $((calls * 7)) 1.5; done";

#[test]
#[ignore = "needs Python"]
fn a_time_is_that_of_a_call_also_when_the_callers_start_again() {
    let (said, _) = measure(CALLER);
    assert_eq!(said, format!("[{}7.0]\n", "7.0, ".repeat(11)));
}

#[test]
#[ignore = "needs Python"]
fn a_wrong_answer_is_not_timed() {
    let (said, why) = measure(&CALLER.replace("1.5", "1.25"));
    assert_eq!(said, "");
    assert!(
        why.contains("a gives a wrong answer for number, and is not timed"),
        "{why}"
    );
    assert!(why.contains("expected: 1.5\nanswered: 1.25"), "{why}");
}

#[test]
#[ignore = "needs Python"]
fn a_caller_that_dies_is_named() {
    let (_, why) = measure("read line; exit 3");
    assert!(why.contains("a ended in the middle of number"), "{why}");
}
