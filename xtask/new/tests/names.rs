//! A new workspace has no name of the library here: what is copied into it knows no library, and the template
//! has names of its own.

use std::fs;

use xtask::LIBRARY;
use xtask::workspace::{self, Workspace};

#[test]
fn a_new_workspace_does_not_know_the_library_here() {
    let here = Workspace::locate().unwrap();
    let folder = here.target().join("tmp/names/acme");
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    xtask_new::write::workspace(&here, "acme", &folder).unwrap();
    let files = workspace::sources(&folder).unwrap();
    assert!(files.len() > 100, "{}", files.len());
    for file in files {
        let text = fs::read(folder.join(&file)).unwrap();
        let text = String::from_utf8_lossy(&text).to_lowercase();
        let named = text.lines().find(|line| line.contains(LIBRARY.name));
        assert_eq!(named, None, "{}", file.display());
        let path = file.to_string_lossy().to_lowercase();
        assert!(!path.contains(LIBRARY.name), "{path}");
    }
}
