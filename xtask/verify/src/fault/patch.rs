//! A patch finds its place by the lines that it changes, wherever in the file they stand by now.
//!
//! The numbers of its lines are not read. The lines around a change decide only between several
//! places: as many of them count as are still there. So whoever edits beside a change breaks no
//! patch, and one that fits in two places is refused, because the wrong one would be a fault that nobody
//! catches.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};

/// What a fault changes, file by file.
#[derive(Debug)]
pub struct Patch {
    /// As it stands in the fault's file.
    pub text: String,
    pub files: Vec<FilePatch>,
}

/// The changes of one file.
#[derive(Debug, Default)]
pub struct FilePatch {
    /// From the root, with slashes.
    pub path: String,
    changes: Vec<Change>,
}

/// Lines side by side that become others, and those that stand before and after them.
#[derive(Clone, Debug, Default)]
struct Change {
    before: Vec<String>,
    old: Vec<String>,
    new: Vec<String>,
    after: Vec<String>,
}

impl Patch {
    pub fn parse(text: &str) -> Result<Patch> {
        let mut files: Vec<FilePatch> = Vec::new();
        let mut hunk: Option<Vec<&str>> = None;
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            // A line `-- ` that is taken away begins like that, too.
            let is_head = |next: &&str| next.starts_with("+++ ");
            if line.starts_with("--- ") && lines.peek().is_some_and(is_head) {
                FilePatch::end_hunk(&mut files, hunk.take())?;
                files.push(FilePatch::default());
                continue;
            }
            let file = files
                .last_mut()
                .context("the patch does not begin with `--- a/FILE`")?;
            if let Some(path) = line.strip_prefix("+++ b/") {
                path.clone_into(&mut file.path);
            } else if line.starts_with("@@") {
                FilePatch::end_hunk(&mut files, hunk.replace(Vec::new()))?;
            } else {
                let hunk = hunk.as_mut();
                hunk.context("a line of the patch before its first `@@`")?
                    .push(line);
            }
        }
        FilePatch::end_hunk(&mut files, hunk)?;
        ensure!(!files.is_empty(), "there is no patch");
        for file in &files {
            ensure!(!file.path.is_empty(), "the patch has no `+++ b/FILE`");
            ensure!(!file.changes.is_empty(), "no change of {}", file.path);
        }
        Ok(Patch {
            text: text.to_owned(),
            files,
        })
    }

    /// The patch that makes one content of a file of the other, with as little around each change as
    /// it needs to find its place.
    pub fn between(path: &str, before: &str, after: &str) -> Result<String> {
        for radius in 1..=9 {
            let text = similar::TextDiff::from_lines(before, after)
                .unified_diff()
                .context_radius(radius)
                .header(&format!("a/{path}"), &format!("b/{path}"))
                .to_string();
            let found = Patch::parse(&text).with_context(|| format!("{path} is as it was"))?;
            if found.files[0].apply(before).is_ok_and(|text| text == after) {
                return Ok(text);
            }
        }
        bail!("what is changed in {path} has nothing around it that tells its place")
    }
}

impl Change {
    /// The changes of a hunk, each with all of its other lines around it, as they are before.
    fn all(hunk: &[&str]) -> Result<Vec<Change>> {
        let mut changes: Vec<Change> = Vec::new();
        let mut before: Vec<String> = Vec::new();
        let mut was_change = false;
        for line in hunk {
            // An editor may have taken the space away that stands for an empty line.
            let (sign, rest) = line.split_at(usize::from(!line.is_empty()));
            let is_change = match sign {
                "+" | "-" => true,
                " " | "" => false,
                _ => bail!("a line of the patch begins with none of ` `, `+` and `-`: {line}"),
            };
            if is_change && !was_change {
                changes.push(Change {
                    before: before.clone(),
                    ..Change::default()
                });
            }
            was_change = is_change;
            let current = changes.len().saturating_sub(usize::from(is_change));
            if sign == "+" {
                changes[current].new.push(rest.to_owned());
                continue;
            }
            if sign == "-" {
                changes[current].old.push(rest.to_owned());
            }
            for change in &mut changes[..current] {
                change.after.push(rest.to_owned());
            }
            before.push(rest.to_owned());
        }
        if changes.iter().any(|change| change.old == change.new) {
            bail!("a part of the patch changes nothing");
        }
        Ok(changes)
    }

    /// Where the lines stand that it changes.
    fn place(&self, lines: &[&str]) -> Result<usize, String> {
        let Change { before, after, .. } = self;
        for kept in (0..=before.len() + after.len()).rev() {
            let mut places = BTreeSet::new();
            for above in (kept.saturating_sub(after.len())..=kept.min(before.len())).rev() {
                let pattern: Vec<&String> = before[before.len() - above..]
                    .iter()
                    .chain(&self.old)
                    .chain(&after[..kept - above])
                    .collect();
                // A lone brace tells no place.
                if pattern
                    .iter()
                    .any(|line| line.contains(char::is_alphanumeric))
                {
                    let windows = lines.windows(pattern.len()).enumerate();
                    let found = windows.filter(|(_, lines)| pattern.iter().eq(lines.iter()));
                    places.extend(found.map(|(start, _)| start + above));
                    // What is only added follows what it followed, whatever stands behind it.
                    if self.old.is_empty() && places.len() == 1 {
                        break;
                    }
                }
            }
            match (places.pop_first(), places.len()) {
                (None, _) => {}
                (Some(place), 0) => return Ok(place),
                (Some(_), others) => return Err(format!("it fits in {} places", others + 1)),
            }
        }
        let is_gone = |line: &&String| !lines.contains(&line.as_str());
        Err(
            match self.old.iter().chain(before).chain(after).find(is_gone) {
                Some(line) => format!("this line is not there any more: {}", line.trim_start()),
                None => "its lines do not stand together any more".to_owned(),
            },
        )
    }
}

impl FilePatch {
    /// Adds the changes of a hunk, if there is one, to the last file.
    fn end_hunk(files: &mut [FilePatch], hunk: Option<Vec<&str>>) -> Result<()> {
        if let (Some(file), Some(hunk)) = (files.last_mut(), hunk) {
            let changes = Change::all(&hunk).with_context(|| file.path.clone())?;
            ensure!(!changes.is_empty(), "a part of the patch changes nothing");
            file.changes.extend(changes);
        }
        Ok(())
    }

    /// The content of the file after the patch.
    pub fn apply(&self, before: &str) -> Result<String> {
        let (after, drifted) = self.apply_what_fits(before);
        if drifted.is_empty() {
            return Ok(after);
        }
        bail!("{}: {}", self.path, drifted.join("; "))
    }

    /// The content after those of its parts that find their place, and why the others do not.
    pub fn apply_what_fits(&self, before: &str) -> (String, Vec<String>) {
        let mut lines: Vec<&str> = before.split('\n').collect();
        let mut drifted = Vec::new();
        let mut placed: Vec<(usize, &Change)> = Vec::new();
        let mut end = 0;
        for change in &self.changes {
            match change.place(&lines) {
                Ok(place) if place < end => {
                    drifted.push("its parts have changed places".to_owned())
                }
                Ok(place) => {
                    placed.push((place, change));
                    end = place + change.old.len();
                }
                Err(problem) => drifted.push(problem),
            }
        }
        // From the end, so that the places before stay what they are.
        for (place, change) in placed.into_iter().rev() {
            let new = change.new.iter().map(String::as_str);
            lines.splice(place..place + change.old.len(), new);
        }
        (lines.join("\n"), drifted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "--- a/x\n+++ b/x\n@@ -7,3 +7,3 @@\n";

    fn apply(hunks: &str, before: &str) -> Result<String> {
        Patch::parse(&format!("{HEAD}{hunks}"))?.files[0].apply(before)
    }

    #[test]
    fn a_change_is_found_whatever_was_edited_beside_it() {
        let patch = " /// Doc.\n-f(double)\n+f(float)\n \n /// Next.\n";
        for (before, after) in [
            (
                "/// Doc.\nf(double)\n\n/// Next.\n",
                "/// Doc.\nf(float)\n\n/// Next.\n",
            ),
            (
                "/// More.\nf(double)\n\n/// Next.\n",
                "/// More.\nf(float)\n\n/// Next.\n",
            ),
            (
                "/// Doc.\nf(double)\n\n/// New.\n",
                "/// Doc.\nf(float)\n\n/// New.\n",
            ),
            ("f(double)", "f(float)"),
        ] {
            assert_eq!(apply(patch, before).unwrap(), after);
        }
    }

    #[test]
    fn what_stands_around_decides_between_two_places() {
        let patch = " b\n-x\n+y\n c\n";
        assert_eq!(
            apply(patch, "a\nx\nc\nb\nx\nc\n").unwrap(),
            "a\nx\nc\nb\ny\nc\n"
        );
        assert_eq!(
            apply(patch, "a\nx\nd\nb\nx\nd\n").unwrap(),
            "a\nx\nd\nb\ny\nd\n"
        );
        let error = apply(patch, "x\nx\n").unwrap_err().to_string();
        assert_eq!(error, "x: it fits in 2 places");
    }

    #[test]
    fn what_is_only_added_needs_a_line_beside_it() {
        let patch = " fn f() {\n     g()\n }\n+new\n";
        let before = "fn f() {\n    g()\n}\nfn h() {\n}\n";
        assert_eq!(
            apply(patch, before).unwrap(),
            "fn f() {\n    g()\n}\nnew\nfn h() {\n}\n"
        );
        // It follows what it followed, also where that is no longer side by side with the rest.
        let patch_between = " a\n+new\n b\n";
        assert_eq!(apply(patch_between, "a\nx\nb\n").unwrap(), "a\nnew\nx\nb\n");
        // The brace is no place.
        let error = apply(patch, "fn f() {\n    h()\n}\n")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("this line is not there any more: g()"),
            "{error}"
        );
    }

    #[test]
    fn several_parts_are_found_each() {
        let patch = "-a\n+A\n@@ @@\n-c\n+C1\n+C2\n@@ @@\n-e\n";
        assert_eq!(
            apply(patch, "a\nb\nc\nd\ne\n").unwrap(),
            "A\nb\nC1\nC2\nd\n"
        );
        let patch = Patch::parse(&format!("{HEAD}{patch}")).unwrap();
        let (after, drifted) = patch.files[0].apply_what_fits("a\nb\nX\ne\n");
        assert_eq!(after, "A\nb\nX\n");
        assert_eq!(drifted, ["this line is not there any more: c"]);
    }

    #[test]
    fn parts_of_a_hunk_are_found_each() {
        let patch = "-a\n+A\n b\n-c\n+C\n";
        assert_eq!(apply(patch, "a\nb\nc\n").unwrap(), "A\nb\nC\n");
        assert_eq!(apply(patch, "a\nx\nc\n").unwrap(), "A\nx\nC\n");
        let error = apply(patch, "c\na\n").unwrap_err().to_string();
        assert_eq!(error, "x: its parts have changed places");
    }

    #[test]
    fn lines_that_have_changed_are_named() {
        let error = apply("-  fetch_add(1)\n+  store(2)\n", "lock()\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "x: this line is not there any more: fetch_add(1)"
        );
        let error = apply("-a\n-b\n+c\n", "b\na\n").unwrap_err().to_string();
        assert_eq!(error, "x: its lines do not stand together any more");
    }

    #[test]
    fn a_malformed_patch_is_refused() {
        for (text, words) in [
            ("", "there is no patch"),
            ("-a\n", "does not begin with"),
            ("--- a/x\n+++ x\n@@ @@\n-a\n", "before its first `@@`"),
            ("--- a/x\n+++ b/\n@@ @@\n-a\n", "no `+++ b/FILE`"),
            ("--- a/x\n+++ b/x\n", "no change of x"),
            ("--- a/x\n+++ b/x\n-a\n", "before its first `@@`"),
            ("--- a/x\n+++ b/x\n@@ @@\n-a\n+a\n", "changes nothing"),
            ("--- a/x\n+++ b/x\n@@ @@\n*a\n", "begins with none of"),
        ] {
            let error = format!("{:#}", Patch::parse(text).unwrap_err());
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_patch_is_cut_with_what_it_needs_around_it() {
        let before = "a\nx\nb\n\nc\nx\nd\n";
        let after = "a\nx\nb\n\nc\ny\nd\n";
        let patch = Patch::between("f", before, after).unwrap();
        assert!(patch.starts_with("--- a/f\n+++ b/f\n@@ "), "{patch}");
        assert!(patch.ends_with("\n c\n-x\n+y\n d\n"), "{patch}");
        assert!(Patch::between("f", before, before).is_err());
    }
}
