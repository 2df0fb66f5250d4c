//! The lesson holds what it shows. What takes minutes is ignored: `cargo test --package xtask-lesson --
//! --ignored` runs it.

mod bare;
mod bench;
mod book;
mod examples;
mod exercises;
mod exhibits;
mod pages;

use abi_stages::library::BOUNDARIES;
use abi_stages::page;
use abi_stages::workspace::{self, Workspace};

/// The checks of this workspace, as the lesson's program has them.
fn add_checks() {
    abi_verify::add(vec![&abi_ship::ROWS, &crate::ROWS]);
}

#[test]
fn every_generated_page_is_what_it_is_generated_from() {
    add_checks();
    let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
    let mut count = 0;
    for pages in abi_verify::pages() {
        let made = (pages.make)(&workspace).unwrap();
        let stale = page::stale(&workspace, &made, pages.made_from);
        assert!(
            stale.is_empty(),
            "`cargo xtask generate` writes it\n{}",
            stale.join("\n")
        );
        count += made.len();
    }
    // The figures, their picture and the README's parts.
    assert!(count >= 3, "{count}");
}

#[test]
fn every_check_is_about_a_boundary_and_the_readme_and_ci_have_each_of_them() {
    add_checks();
    let boundaries: Vec<&str> = BOUNDARIES.split(", ").collect();
    for check in abi_verify::checks() {
        assert!(boundaries.contains(&check.boundary()), "{}", check.id);
    }
    let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
    let readme = workspace::read(&workspace.source("xtask/README.md")).unwrap();
    for boundary in &boundaries {
        let mut checks = abi_verify::checks();
        assert!(
            checks.any(|check| check.boundary() == *boundary),
            "{boundary}"
        );
    }
    let table = readme
        .split("| boundary | what is proven |")
        .nth(1)
        .unwrap();
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with("| `"));
    let named: Vec<&str> = rows.filter_map(|line| line.split('`').nth(1)).collect();
    assert_eq!(named, boundaries);
    let ci = workspace::read(&workspace.source(".github/workflows/ci.yml")).unwrap();
    assert!(ci.contains(&format!("boundary: [{BOUNDARIES}]\n")));
}

/// What is not asked for is not proven, and nothing says so: here it is asked for.
#[test]
fn ci_requires_every_job_and_asks_for_everything() {
    let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
    let read = |path: &str| workspace::read(&workspace.source(path)).unwrap();
    let ci = read(".github/workflows/ci.yml");
    let (_, jobs) = ci.split_once("\njobs:\n").unwrap();
    let names: Vec<&str> = jobs
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|name| !name.starts_with([' ', '#']) && *name != "all")
        .collect();
    let (_, required) = jobs.split_once("\n  all:\n").unwrap();
    for name in &names {
        assert!(
            required.contains(&format!("\n      - {name}\n")),
            "`all` does not need {name}"
        );
    }
    assert!(names.len() > 5, "{names:?}");
    let run = read(".ci/run");
    for line in [
        "\ncounted cargo xtask verify --all --strict\n",
        "\nwhole cargo test --workspace --quiet --no-fail-fast -- --include-ignored --skip bugs_that_were_released\n",
        "--deny warnings\n",
    ] {
        assert!(run.contains(line), "{line}");
    }
    for project in ["py-harness", "xtask/abi/template/py-harness"] {
        let project = read(&format!("{project}/pyproject.toml"));
        let (_, mypy) = project.split_once("[tool.mypy]\n").unwrap();
        assert!(
            mypy.lines().take(12).any(|line| line == "strict = true"),
            "{mypy}"
        );
    }
}
