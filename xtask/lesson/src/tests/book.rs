//! What `docs/book` says of a book in which something is broken.

use std::fs;

use abi_stages::workspace::{self, Workspace};
use abi_verify::check::Build;

use crate::book::{self, look};

/// In a file of the site: what is replaced, by what, and what has to be said then.
const FAULTS: [(&str, &str, &str, &str); 9] = [
    (
        "crossings/text-out.html",
        "href=\"../museum/index.html\"",
        "href=\"../museum/gone.html\"",
        "which is not there",
    ),
    (
        "index.html",
        "</article>",
        "<img alt='' src='http://example.invalid/x.png'></article>",
        "it asks for http://example.invalid/x.png",
    ),
    (
        "words.html",
        "</article>",
        "<div style='width:3000px'>wide</div></article>",
        "pixels too wide",
    ),
    (
        "share.html",
        "</article>",
        "<p style='color:#777;background:#888'>pale</p></article>",
        "contrast",
    ),
    (
        "stages/C.html",
        "</article>",
        "<pre><span style='color:#ccc'>pale</span> <span style='color:#ccc'>pale</span></pre></article>",
        "contrast",
    ),
    (
        "crossings/scalar.html",
        "for=\"__palette_0\"",
        "for=\"gone\"",
        "its button for light and dark changes nothing",
    ),
    (
        "crossings/buffer.html",
        "<article",
        "<script>console.log('noise')</script><article",
        "the console says: noise",
    ),
    (
        "crossings/struct.html",
        "for=\"__tabbed_2_3\"",
        "for=\"__tabbed_2_2\"",
        "the tab Python does not switch",
    ),
    (
        "stages/Rust.html",
        "Hello! The square root of 4 is: 2",
        "Hello!",
        "it lacks this line of its source",
    ),
];

#[test]
#[ignore = "minutes: it looks at every page in a browser"]
fn a_broken_book_is_noticed() {
    let workspace = &Workspace::locate(&crate::hello::LIBRARY).unwrap();
    book::build(workspace).unwrap();
    let [check] = look::CHECKS else { panic!() };
    if let Some(absent) = check.needs.iter().find_map(|need| need.absent(workspace)) {
        eprintln!("skipped: {absent:?}");
        return;
    }
    for need in check.needs {
        if let abi_verify::check::Requirement::Other(need) = need {
            let build: Build = need.build;
            build(workspace).unwrap();
        }
    }
    let broken = workspace.target().join("lesson/broken-book");
    let _ = fs::remove_dir_all(&broken);
    let site = book::site(workspace);
    for file in workspace::files(&site).unwrap() {
        let path = file.strip_prefix(&site).unwrap();
        let is_tried = FAULTS.iter().any(|(file, ..)| path.ends_with(file));
        if path.extension().is_some_and(|end| end == "html") && !is_tried {
            continue;
        }
        let to = broken.join(path);
        workspace::write(&to, &fs::read(&file).unwrap()).unwrap();
    }
    for (file, from, to, _) in FAULTS {
        let path = broken.join(file);
        let text = workspace::read(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        workspace::write(&path, text.replace(from, to).as_bytes()).unwrap();
    }
    let pages = workspace.target().join("lesson/book/docs");
    let found = look::look(workspace, &broken, &pages).unwrap();
    let found: Vec<String> = found.into_iter().map(|finding| finding.text).collect();
    for (file, _, _, words) in FAULTS {
        let says = |line: &&String| line.starts_with(file) && line.contains(words);
        assert!(
            found.iter().any(|line| says(&line)),
            "{file}: {words}\n{}",
            found.join("\n")
        );
    }
}
