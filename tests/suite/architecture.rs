//! Arrows point one way: `functions → service → core`, `service → wire`, `functions → store → core`, `local → functions`,
//! and only the store knows the AWS SDK.

use std::process::Command;

use serde_json::Value;

/// A package of this workspace and what it names in its manifest, to be built or to be tested.
struct Package {
    name: String,
    folder: String,
    dependencies: Vec<String>,
}

fn packages() -> Vec<Package> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline", "--manifest-path", manifest])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let root = metadata["workspace_root"].as_str().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let package = |package: &Value| Package {
        name: text(&package["name"]),
        folder: text(&package["manifest_path"])
            .trim_start_matches(root)
            .trim_start_matches('/')
            .trim_end_matches("/Cargo.toml")
            .to_owned(),
        dependencies: package["dependencies"].as_array().unwrap().iter().map(|d| text(&d["name"])).collect(),
    };
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

/// Which of our packages a package may name, by its folder.
fn allowed(folder: &str) -> &'static [&'static str] {
    const SHARED: &[&str] = &["watchtrail-service", "watchtrail-store", "watchtrail-core", "watchtrail-wire"];
    const LOCAL: &[&str] = &[
        "watchtrail-metrics",
        "watchtrail-alarms",
        "watchtrail-logs",
        "watchtrail-delivery",
        "watchtrail-retention",
        "watchtrail-service",
        "watchtrail-store",
        "watchtrail-subscriptions",
        "watchtrail-trail",
        "watchtrail-core",
        "watchtrail-wire",
    ];
    match folder {
        "shared/core" | "shared/wire" => &[],
        "shared/store" => &["watchtrail-core"],
        "shared/service" => &["watchtrail-core", "watchtrail-wire", "watchtrail-store"],
        "local" => LOCAL,
        function if function.starts_with("functions/") => SHARED,
        other => panic!("{other} is new: say here what it may depend on"),
    }
}

#[test]
fn arrows_point_one_way() {
    for package in packages() {
        // What looks at the suite from outside may know all of it.
        if ["tests", "bench"].contains(&package.folder.as_str()) {
            continue;
        }
        let allowed = allowed(&package.folder);
        let ours = package.dependencies.iter().filter(|name| name.starts_with("watchtrail"));
        for name in ours {
            assert!(allowed.contains(&name.as_str()), "{} must not depend on {name}", package.name);
        }
    }
}

#[test]
fn only_the_store_names_the_sdk() {
    for package in packages() {
        let may = ["shared/store", "tests", "bench"].contains(&package.folder.as_str());
        let names = package.dependencies.iter().find(|name| name.starts_with("aws-sdk-"));
        assert!(may || names.is_none(), "{} must not depend on {names:?}", package.name);
    }
}

#[test]
fn the_core_has_no_runtime() {
    for package in packages().iter().filter(|package| package.folder == "shared/core") {
        let runtime =
            package.dependencies.iter().find(|name| ["tokio", "futures", "hyper"].contains(&name.as_str()));
        assert_eq!(runtime, None, "the core does no I/O");
    }
}
