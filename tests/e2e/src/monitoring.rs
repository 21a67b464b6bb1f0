//! The Grafana dashboard and the page about monitoring use only existing metrics, and Envoy has all metrics of the list.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use postern_test_harness::client::Request;
use postern_test_harness::envoy::Envoy;
use postern_test_harness::issuer::{Cli, text};
use postern_test_harness::metrics::{self, Metric, OF_ENVOY, OF_THE_PLUGIN};
use postern_test_harness::upstream::Upstream;
use postern_test_harness::{artifacts, template};
use serde_json::{Value, json};

fn dashboard() -> Value {
    serde_json::from_str(&template::read("grafana/postern.json").unwrap()).unwrap()
}

/// Every query of the dashboard, of panels and of variables.
fn queries() -> Vec<String> {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let of_panels = panels.flat_map(|panel| panel["targets"].as_array().unwrap()).map(|target| &target["expr"]);
    let of_variables =
        dashboard["templating"]["list"].as_array().unwrap().iter().filter_map(|variable| variable.get("definition"));
    of_panels.chain(of_variables).map(|query| query.as_str().unwrap().to_owned()).collect()
}

fn known(name: &str) -> Option<&'static Metric> {
    OF_THE_PLUGIN.iter().chain(&OF_ENVOY).find(|metric| metric.name == name)
}

#[test]
fn the_dashboard_uses_existing_metrics() {
    let mut asked = BTreeSet::new();
    for text in queries() {
        let (text, values) = match text.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')')) {
            Some(arguments) => {
                let (metric, label) = arguments.split_once(", ").unwrap();
                (metric.to_owned(), Some(label.to_owned()))
            }
            None => (text, None),
        };
        let query = metrics::query(&text);
        assert!(!query.metrics.is_empty(), "{text}");
        let mut labels: BTreeSet<&str> = ["instance", "job"].into();
        for (name, _) in &query.metrics {
            let metric = known(name).unwrap_or_else(|| panic!("there is no metric `{name}`: {text}"));
            labels.extend(metric.labels);
            asked.insert(metric.name);
        }
        let selecting = query.metrics.iter().flat_map(|(_, labels)| labels);
        for label in selecting.chain(&query.grouping).chain(&values) {
            assert!(labels.contains(label.as_str()), "there is no label `{label}`: {text}");
        }
    }
    let all: BTreeSet<_> = OF_THE_PLUGIN.iter().chain(&OF_ENVOY).map(|metric| metric.name).collect();
    assert_eq!(asked, all, "the dashboard shows each metric");
}

#[test]
fn the_page_names_existing_metrics() {
    let page = std::fs::read_to_string(artifacts::project_file("docs/monitoring.md")).unwrap();
    let mut named = BTreeSet::new();
    let is_label = |code: &&str| OF_THE_PLUGIN.iter().chain(&OF_ENVOY).any(|metric| metric.labels.contains(code));
    for code in page.split('`').skip(1).step_by(2).filter(|code| !is_label(code)) {
        let query = metrics::query(code);
        for (name, labels) in &query.metrics {
            let metric = known(name).unwrap_or_else(|| panic!("there is no metric `{name}`: {code}"));
            assert!(labels.iter().all(|label| metric.labels.contains(&label.as_str())), "{code}");
            named.insert(metric.name);
        }
        assert!(query.metrics.is_empty() || query.grouping.iter().all(|label| label == "instance"), "{code}");
    }
    let all: BTreeSet<_> = OF_THE_PLUGIN.iter().chain(&OF_ENVOY).map(|metric| metric.name).collect();
    assert_eq!(named, all);
}

#[test]
fn grafana_can_import_the_dashboard() {
    let dashboard = dashboard();
    assert!(dashboard.get("id").is_none() && dashboard["uid"] == "postern" && dashboard["title"] == "Postern");
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len());
    let mut taken = BTreeSet::new();
    for panel in panels {
        assert_eq!(panel["datasource"]["uid"], "${datasource}");
        assert!(!panel["title"].as_str().unwrap().is_empty() && !panel["description"].as_str().unwrap().is_empty());
        let position = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        assert!(position("x") + position("w") <= 24);
        for (x, y) in (position("x")..position("x") + position("w"))
            .flat_map(|x| (position("y")..position("y") + position("h")).map(move |y| (x, y)))
        {
            assert!(taken.insert((x, y)), "two panels overlap at {x}, {y}");
        }
        // A legend names a label that the result of the query has.
        for target in panel["targets"].as_array().unwrap() {
            let query = metrics::query(target["expr"].as_str().unwrap());
            let legend = target["legendFormat"].as_str().unwrap().trim_matches(['{', '}']);
            let is_text = !target["legendFormat"].as_str().unwrap().contains('{');
            let left = query.grouping.contains(legend) || (query.grouping.is_empty() && (is_text || legend == "instance"));
            assert!(left, "{target}");
        }
    }
}

#[test]
fn queries_are_parsed() {
    let metric = |name: &str, labels: &[&str]| (name.to_owned(), labels.iter().map(|label| (*label).to_owned()).collect());
    let read = metrics::query("sum by (a, b) (rate(postern_x{c=\"by d\",e!=\"$f\"}[5m])) / max by (g) (envoy_y) > 3");
    assert_eq!(read.metrics, [metric("postern_x", &["c", "e"]), metric("envoy_y", &[])]);
    assert_eq!(read.grouping, ["a", "b", "g"].map(str::to_owned).into());
    let exposed = metrics::exposed("# TYPE x counter\nx{a=\"1\",b=\"2,}\"} 3\ny 4\n");
    assert_eq!(exposed.into_iter().collect::<Vec<_>>(), [metric("x", &["a", "b"]), metric("y", &[])]);
}

/// The metrics of an Envoy, in the form for Prometheus.
fn metrics_of(envoy: &Envoy) -> BTreeMap<String, BTreeSet<String>> {
    let answer = Request::new("GET", "/metrics", "metrics").send(envoy.listener("metrics").unwrap()).unwrap();
    metrics::exposed(&String::from_utf8(answer.body).unwrap())
}

#[test]
fn a_gateway_has_exactly_the_listed_metrics() {
    let dir = tempfile::tempdir().unwrap();
    let cli = Cli::new(&dir.path().join("issuer")).unwrap();
    cli.run(&["init", "--issuer", "https://issuer.example", "--audience", "https://api.example"]).unwrap();
    cli.run(&["api", "create", &artifacts::project_file("tests/sample/pizza.json").to_string_lossy()]).unwrap();
    let key = text(&cli.run(&["admin", "edge-key", "create", "gateway"]).unwrap(), "edge_key").unwrap();
    let issuer = cli.serve("127.0.0.1:0").unwrap();
    let upstream = Upstream::start("production").unwrap();
    let configuration = json!({"sync": {"cluster": "issuer", "authority": "issuer.example", "path": "/edge/bundle", "key": key}});
    let gateway = template::read("gateway.yaml").unwrap().replace("${ISSUER_PORT}", &issuer.address().port().to_string());
    let config = template::fill(&gateway, &configuration.to_string(), upstream.address().port(), dir.path()).unwrap();
    let envoy = Envoy::start(&artifacts::envoy().unwrap(), &config, dir.path(), 2).unwrap();

    let menu = Request::new("GET", "/pizza/1.0.0/menu", "api.example");
    let start = Instant::now();
    let exposed = loop {
        let (status, exposed) = (menu.send(envoy.address()).unwrap().status, metrics_of(&envoy));
        if status == 200 && exposed.contains_key("postern_bundle_version") {
            break exposed;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "no bundle: {status}, {exposed:?}");
        thread::sleep(Duration::from_millis(50));
    };
    for metric in OF_THE_PLUGIN.iter().chain(&OF_ENVOY) {
        let labels: BTreeSet<String> = metric.labels.iter().map(|label| (*label).to_owned()).collect();
        assert_eq!(exposed.get(metric.name), Some(&labels), "{}", metric.name);
    }
    for name in exposed.keys().filter(|name| name.starts_with("postern_")) {
        assert!(known(name).is_some(), "`{name}` is not in the list");
    }
}
