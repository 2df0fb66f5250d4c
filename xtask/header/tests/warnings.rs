//! What cbindgen leaves out of a header is said.

use std::fs;
use std::process::Command;

#[test]
fn what_is_left_out_is_named_and_what_is_private_is_not() {
    let folder = std::env::temp_dir().join(format!("xtask-header-{}", std::process::id()));
    fs::create_dir_all(folder.join("src")).unwrap();
    let configuration = "language = \"C\"\n[export.rename]\n\"Guarded\" = \"int\"\n";
    fs::write(folder.join("cbindgen.toml"), configuration).unwrap();
    let source = "pub const TEXT: &str = \"a\";\nconst PRIVATE: &str = \"b\";\npub const ONE: u32 = 1;\n\
                  #[no_mangle]\npub extern \"C\" fn f() -> Guarded {}\n";
    fs::write(folder.join("src/lib.rs"), source).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_abi-header"))
        .arg(&folder)
        .output()
        .unwrap();
    fs::remove_dir_all(folder).unwrap();
    let [header, said] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
    assert!(header.contains("#define ONE 1"), "{header}{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("cbindgen: Skip lib::TEXT"), "{said}");
}
