//! Writes the measured figures between two markers of `docs/benchmarks.md`; the text around them is written by hand.

use std::{fmt::Write, fs, path::Path};

use anyhow::Context;

use crate::{
    figure::{Figure, HEADS},
    plot::plot,
};

const BEGIN: &str = "<!-- figures: written by make bench -->";
const END: &str = "<!-- end of figures -->";

/// Figures of one story.
pub(crate) struct Chapter {
    pub(crate) name: &'static str,
    pub(crate) figures: Vec<Figure>,
}

/// Writes figures and plots; the file's other text is kept.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write(file: &Path, chapters: &[Chapter], command: &str, load: &str) -> anyhow::Result<()> {
    let folder = file.parent().context("a file in a folder")?;
    let images = folder.join("images");
    fs::create_dir_all(&images).with_context(|| format!("cannot make {}", images.display()))?;
    // A new file, such as that of a quick run, holds the figures only.
    let old = fs::read_to_string(file).unwrap_or_else(|_| format!("# Benchmarks\n\n{BEGIN}\n{END}\n"));
    let (before, after) = old
        .split_once(BEGIN)
        .and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)))
        .with_context(|| format!("{} lacks the marks between which figures go", file.display()))?;

    let mut text = String::from(before);
    let _ = write!(text, "{BEGIN}\n\nCommand: `{command}`. Machine: {}. {load}\n\n", machine());
    text.push_str(&table(chapters));
    text.push_str("\n### How they grow\n\nSolid: ours. Dashed: the baseline. Dotted: the budget. Both axes are logarithmic.\n");
    for chapter in chapters {
        if let Some(svg) = plot(&chapter.figures) {
            let name = format!("bench-{}.svg", chapter.name);
            let path = images.join(&name);
            fs::write(&path, svg).with_context(|| format!("cannot write {}", path.display()))?;
            let _ = write!(text, "\n![{}: how its figures grow](images/{name})\n", chapter.name);
        }
    }
    let _ = write!(text, "\n{END}{after}");
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// All figures as a table for a page.
fn table(chapters: &[Chapter]) -> String {
    let mut text = format!("| {} |\n|{}\n", HEADS.join(" | "), "---|".repeat(HEADS.len()));
    for figure in chapters.iter().flat_map(|chapter| &chapter.figures) {
        let _ = writeln!(text, "| {} |", figure.cells().join(" | "));
    }
    text
}

/// All figures as a table for a terminal.
pub(crate) fn terminal(chapters: &[Chapter]) -> String {
    let rows: Vec<[String; 7]> = std::iter::once(HEADS.map(str::to_owned))
        .chain(chapters.iter().flat_map(|chapter| chapter.figures.iter().map(Figure::cells)))
        .collect();
    let widths: [usize; 7] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            // What it is to the left, numbers to the right.
            if column == 0 || column == 6 {
                let _ = write!(line, "{cell:<0$}  ", widths[column]);
            } else {
                let _ = write!(line, "{cell:>0$}  ", widths[column]);
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.replace("**", "")
}

/// What it ran on, as far as the kernel tells.
fn machine() -> String {
    let field = |file: &str, name: &str| {
        fs::read_to_string(file)
            .ok()
            .and_then(|text| {
                let line = text.lines().find(|line| line.starts_with(name))?;
                Some(line.split_once(':')?.1.trim().to_owned())
            })
            .unwrap_or_else(|| "unknown".to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory: f64 = field("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or(f64::NAN)
        / 1024.0
        / 1024.0;
    format!("{}, {cores} cores, {memory:.0} GB of memory", field("/proc/cpuinfo", "model name"))
}

/// How busy the machine was before we began: figures of a busy one compare with nothing.
pub(crate) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_outside_the_markers_is_kept() {
        let folder = std::env::temp_dir().join(format!("bench-document-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("benchmarks.md");
        fs::write(&file, format!("# Title\n\nwhy\n\n{BEGIN}\nold\n{END}\n\nwhat we learnt\n")).unwrap();
        let figure = |size| Figure::new("a rate", size, "devices", 10.0, "devices/s");
        let chapters = [Chapter { name: "story", figures: vec![figure(1), figure(10)] }];
        write(&file, &chapters, "make bench", "").unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("# Title\n\nwhy\n\n") && text.ends_with("what we learnt\n"), "{text}");
        assert!(text.contains("| a rate | 10 devices | 10 devices/s |") && !text.contains("old"), "{text}");
        assert!(folder.join("images/bench-story.svg").exists());
        fs::write(&file, "no marks").unwrap();
        assert!(write(&file, &chapters, "make bench", "").is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
