//! Source excerpts with carets, what the run showed, and the mend.

use std::fmt::Write as _;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use crate::check::report::{FileReport, Item};

pub(super) fn render(reports: &[FileReport]) -> String {
    // Colours are taken out again where the output is no terminal.
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii);
    let mut out = String::new();
    for report in reports {
        for item in &report.items {
            out.push_str(&renderer.render(&groups(report, item)));
            out.push_str("\n\n");
        }
        if let Some(run) = &report.run {
            let _ = writeln!(out, "{}: {run}\n", report.path);
        }
    }
    out.push_str(&summary(reports));
    out
}

fn groups<'a>(report: &'a FileReport, item: &'a Item) -> Vec<Group<'a>> {
    let level = match item.verdict {
        "error" => Level::ERROR,
        "confirmed" => Level::WARNING.with_name("confirmed"),
        "possible" => Level::INFO.with_name("possible"),
        _ => Level::NOTE.with_name("refuted"),
    };
    // What the run showed is said below; beside the line it would be said twice.
    let told = |message: &String| item.evidence.contains(message);
    let related = item.related.iter().filter(|(_, message)| !told(message));
    let related = related.map(|(range, message)| {
        let span = AnnotationKind::Context.span(report.span(*range));
        span.label(message)
    });
    let snippet = Snippet::source(&report.text)
        .path(&report.path)
        .annotation(AnnotationKind::Primary.span(report.span(item.range)))
        .annotations(related);
    let mut main = level
        .primary_title(&item.message)
        .id(item.rule)
        .element(snippet);
    for text in &item.evidence {
        main = main.element(Level::NOTE.with_name("run").message(text));
    }
    if !item.message.contains(&item.reason) {
        main = main.element(Level::NOTE.with_name("why").message(&item.reason));
    }
    let mut groups = vec![main];
    if let Some(fix) = item.fix.as_ref().filter(|_| item.verdict != "refuted") {
        let title = if fix.verified {
            format!("{} (verified by a run)", fix.title)
        } else {
            fix.title.clone()
        };
        let patches = fix
            .edits
            .iter()
            .map(|(range, text)| Patch::new(report.span(*range), text));
        let mended = Snippet::source(&report.text)
            .path(&report.path)
            .patches(patches);
        groups.push(
            Level::HELP
                .with_name("mend")
                .secondary_title(title)
                .element(mended),
        );
    }
    groups
}

fn summary(reports: &[FileReport]) -> String {
    let count = |verdict: &str| {
        reports
            .iter()
            .flat_map(|r| &r.items)
            .filter(|i| i.verdict == verdict)
            .count()
    };
    let files = match reports.len() {
        1 => "1 file".to_owned(),
        number => format!("{number} files"),
    };
    let parts: Vec<String> = [
        ("error", "syntax errors"),
        ("confirmed", "confirmed"),
        ("possible", "possible"),
        ("refuted", "refuted"),
    ]
    .into_iter()
    .map(|(verdict, words)| (count(verdict), words))
    .filter(|&(number, _)| number > 0)
    .map(|(number, words)| format!("{number} {words}"))
    .collect();
    if parts.is_empty() {
        format!("{files} checked: no pitfalls found\n")
    } else {
        format!("{files} checked: {}\n", parts.join(", "))
    }
}
