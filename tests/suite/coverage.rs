//! `docs/coverage.md` is made from the services' models and the functions' lists of operations, and is up to date.

use std::fmt::Write as _;

use watchtrail_wire::{ServiceModel, shapes};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/coverage.md");

const INTRODUCTION: &str = "\
# Coverage

Every operation of the services' public models, and whether Watchtrail has it. An operation that it does not have is
answered with `UnknownOperationException` (awsQuery: `InvalidAction`) and status 400, never with an empty success.

This page is generated: `UPDATE=1 cargo test -p watchtrail-tests coverage` writes it, and a test compares it.
";

/// The operations that exist, by service. A function that is new adds its API here.
fn done(service: &ServiceModel) -> Vec<&'static str> {
    [&watchtrail_metrics::API]
        .iter()
        .filter(|api| api.model.name == service.name)
        .flat_map(|api| api.operations.iter().map(watchtrail_service::Entry::name))
        .collect()
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("\n| service | operations | done | refused |\n|---|---:|---:|---:|\n");
    let (mut all, mut had) = (0, 0);
    for service in shapes::SERVICES {
        let (total, done) = (service.operations.len(), done(service).len());
        let _ = writeln!(page, "| {} | {total} | {done} | {} |", service.name, total - done);
        (all, had) = (all + total, had + done);
    }
    let _ = writeln!(page, "| all | {all} | {had} | {} |", all - had);
    for service in shapes::SERVICES {
        let _ =
            writeln!(page, "\n## {} ({})\n\n| operation | |\n|---|---|", service.name, service.api_version);
        let done = done(service);
        for operation in service.operations {
            let state = if done.contains(operation) { "done" } else { "refused" };
            let _ = writeln!(page, "| {operation} | {state} |");
        }
    }
    page
}

#[test]
fn the_coverage_page_is_up_to_date() {
    let page = page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let written = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert!(
        written == page,
        "docs/coverage.md is out of date: run UPDATE=1 cargo test -p watchtrail-tests coverage"
    );
}

#[test]
fn every_listed_operation_is_in_its_model() {
    for service in shapes::SERVICES {
        for name in done(service) {
            assert!(service.operation(name).is_some(), "{} has no {name}", service.name);
        }
    }
}
