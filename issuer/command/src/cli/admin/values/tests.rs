//! Tests with a small template.

use super::*;

const TEMPLATE: &str = r#"
# ${PORT} is a port
admin: { address: { pipe: { path: '${SOCKET}' } } }
static_resources:
  listeners:
    - name: gateway
      address: { socket_address: { address: "${ADDRESS}", port_value: ${PORT} } }
      filters: [{ code: { local: { filename: ${WASM} } }, text: ${TEXT}, json: ${JSON} }]
    - name: metrics
      address: { socket_address: { address: 127.0.0.1, port_value: ${METRICS_PORT} } }
    - name: fixed
      address: { socket_address: { address: 127.0.0.1, port_value: 9000 } }
  clusters:
    - name: upstream
      type: STRICT_DNS
      load_assignment: { endpoints: [{ address: { socket_address: { address: "${HOST}", port_value: 80 } } }] }
    - name: static
      type: STATIC
      load_assignment: { endpoints: [{ address: { socket_address: { address: ${STATIC}, port_value: 80 } } }] }
    - name: issuer
      transport_socket:
        sni: "${NAME}"
        match_typed_subject_alt_names: [{ san_type: DNS, matcher: { exact: ${NAME} } }]
"#;

fn values(changed: &[(&str, &str)]) -> BTreeMap<String, String> {
    let values = [
        ("ADDRESS", "127.0.0.1"),
        ("PORT", "8080"),
        ("METRICS_PORT", "9901"),
        ("SOCKET", "/x.sock"),
        ("WASM", "/nope/postern.wasm"),
        ("TEXT", "a"),
        ("HOST", "orders.internal"),
        ("STATIC", "127.0.0.1"),
        ("NAME", "issuer.example"),
    ];
    values.iter().chain(changed).map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

fn problems(template: &str, changed: &[(&str, &str)], clusters: &[(&str, &str)], here: bool) -> Vec<String> {
    let given = values(changed);
    let clusters: Vec<_> = clusters.iter().map(|(setting, name)| ((*setting).to_owned(), (*name).to_owned())).collect();
    let checked = check(template, &Values { given: &given, json: "JSON", clusters: &clusters, here });
    checked.err().map(|errors| errors.0.iter().map(ToString::to_string).collect()).unwrap_or_default()
}

fn checked(changed: (&str, &str), here: bool) -> Vec<String> {
    problems(TEMPLATE, &[changed], &[], here)
}

#[test]
fn values_that_fit_are_accepted() {
    for good in [
        ("TEXT", "a b"),
        ("ADDRESS", "0.0.0.0"),
        ("ADDRESS", "::"),
        ("ADDRESS", "2001:db8::1"),
        ("PORT", "1"),
        ("PORT", "65535"),
        ("HOST", "::1"),
        ("HOST", "10.0.0.1"),
        ("HOST", "no"),
        ("HOST", "1a"),
        ("HOST", "orders_api"),
        ("HOST", "orders.default.svc.cluster.local."),
        ("NAME", "1.issuer-2.example"),
    ] {
        assert_eq!(checked(good, false), [""; 0], "{good:?}");
    }
}

#[test]
fn a_value_stays_one_value() {
    for (name, bad) in [
        ("ADDRESS", "::1\", port_value: 1, x: \""),
        ("ADDRESS", "::1\n"),
        ("TEXT", "a\ne: b"),
        ("TEXT", "[a, b]"),
        ("TEXT", "a: b"),
        ("TEXT", "a # b"),
        ("TEXT", "&a b"),
        ("SOCKET", "/it's"),
        ("PORT", "1 }\nx: {"),
        ("STATIC", "::"),
        ("TEXT", ""),
    ] {
        let found = checked((name, bad), false);
        assert!(found.len() == 1 && found[0].starts_with(&format!("the value of `{name}` ")), "{bad}: {found:?}");
    }
}

#[test]
fn each_field_has_its_form() {
    for bad in ["80x80", "65536", "0", "-1", "010", "0o10", "+1", "8080.0", "0x50", "1e3", "http"] {
        assert_eq!(checked(("PORT", bad), false), ["the value of `PORT` is not a port: give a number from 1 to 65535"], "{bad}");
    }
    for (name, bad, words) in [
        ("WASM", "no", "would not be a string in YAML"),
        ("WASM", "NULL", "would not be a string in YAML"),
        ("WASM", "~", "would not be a string in YAML"),
        ("WASM", "0x10", "would not be a string in YAML"),
        ("WASM", "1_0", "would not be a string in YAML"),
        ("NAME", "true", "would not be a string in YAML"),
        ("ADDRESS", "localhost", "is not an IP address: give the IP address to listen at"),
        ("ADDRESS", "1.2.3", "is not an IP address"),
        ("ADDRESS", "[::]", "write it without brackets"),
        ("STATIC", "orders.internal", "is not an IP address, and the cluster has not the type STRICT_DNS"),
        ("HOST", "12", "is neither a DNS name nor an IP address"),
        ("HOST", "a b", "is neither a DNS name nor an IP address"),
        ("HOST", "-a", "is neither a DNS name nor an IP address"),
        ("HOST", "https://a", "is neither a DNS name nor an IP address"),
        ("HOST", "a:80", "is neither a DNS name nor an IP address"),
        ("HOST", "[::1]", "write it without brackets"),
        ("NAME", "a.*.example", "is not a DNS name"),
        ("NAME", "a.example.", "is not a DNS name"),
        ("NAME", "1.2.3.4", "is not a DNS name"),
    ] {
        let found = checked((name, bad), false);
        assert!(!found.is_empty() && found.iter().any(|problem| problem.contains(words)), "{name}={bad}: {found:?}");
        assert!(found.iter().all(|problem| problem.starts_with(&format!("the value of `{name}` "))), "{name}={bad}: {found:?}");
    }
    // With quotation marks, a number is a string, and thus only a wrong name.
    let quoted = TEMPLATE.replace("exact: ${NAME}", "exact: \"${NAME}\"");
    assert_eq!(problems(&quoted, &[("NAME", "true")], &[], false), [""; 0]);
    assert_eq!(
        problems(&quoted, &[("NAME", "12")], &[], false),
        ["the value of `NAME` is not a DNS name, such as issuer.example"]
    );
}

#[test]
fn listeners_have_different_ports() {
    let same = checked(("PORT", "9901"), false);
    assert_eq!(same, ["the value of `METRICS_PORT` is 9901, the port of `PORT`: each listener needs a port of its own"]);
    // The listener with a fixed port comes last.
    let fixed = TEMPLATE.replace("name: gateway", "name: first").replace("${PORT} } }", "9000 } }");
    let fixed = fixed.replace("text: ${TEXT}", "text: ${TEXT}, port: ${PORT}");
    let same = problems(&fixed, &[("METRICS_PORT", "9000")], &[], false);
    assert_eq!(
        same,
        ["the value of `METRICS_PORT` is 9000, the port of the listener `first`: each listener needs a port of its own"]
    );
    let same = checked(("METRICS_PORT", "9000"), false);
    assert_eq!(
        same,
        ["the value of `METRICS_PORT` is 9000, the port of the listener `fixed`: each listener needs a port of its own"]
    );
}

#[test]
fn the_clusters_of_the_settings_are_in_the_template() {
    let wanted = [("sync.cluster", "issuer"), ("sync.list_clusters.https://p.example", "partner")];
    let known = "it has `upstream`, `static`, `issuer`";
    assert_eq!(
        problems(TEMPLATE, &[], &wanted, false),
        [format!("`sync.list_clusters.https://p.example` is `partner`, which is not a cluster of the template: {known}")]
    );
    // Clusters can come from elsewhere.
    for other in [format!("{TEMPLATE}dynamic_resources: {{}}\n"), TEMPLATE.replace("static_resources:", "resources:")] {
        assert_eq!(problems(&other, &[], &wanted, false), [""; 0], "{other}");
    }
    let none = "static_resources: {}\na: [${ADDRESS}, ${PORT}, ${METRICS_PORT}, ${SOCKET}, ${WASM}, ${TEXT}, ${HOST}, ${STATIC}, ${NAME}, ${JSON}]";
    assert!(problems(none, &[], &wanted, false)[0].ends_with("it has none"));
}

#[test]
fn files_are_looked_at_on_this_machine_only() {
    assert_eq!(checked(("SOCKET", "/nope/x.sock"), false), [""; 0]);
    assert!(checked(("SOCKET", &"/x".repeat(60)), false)[0].contains("longer than 107 bytes"));
    assert!(checked(("SOCKET", "/nope/x.sock"), true).iter().any(|problem| problem.contains("folder that does not exist")));
    assert!(checked(("PORT", "1"), true)[0].contains("`/nope/postern.wasm`, which cannot be read here"));
    assert!(checked(("WASM", "/"), true)[0].contains("which is not a file"));
    let this = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    assert!(checked(("WASM", this), true)[0].contains("not a WebAssembly module"));
}

#[test]
fn all_problems_are_reported_at_once() {
    let changed = [("PORT", "0"), ("HOST", "a b"), ("NAME", "12"), ("TEXT", ""), ("OTHER", "1"), ("ADDRESS", "x")];
    let template = format!("{TEMPLATE}more: ${{MORE}}\n");
    let found = problems(&template, &changed, &[("sync.cluster", "nosuch")], false);
    for words in ["`${MORE}`", "`${OTHER}`", "`PORT`", "`HOST`", "`NAME`", "`TEXT`", "`ADDRESS`", "`nosuch`"] {
        assert!(found.iter().any(|problem| problem.contains(words)), "{words}: {found:?}");
    }
    let message = check(&template, &Values { given: &values(&changed), json: "JSON", clusters: &[], here: false }).unwrap_err();
    assert!(message.to_string().lines().count() > 5, "{message}");
}

#[test]
fn a_template_must_be_yaml_of_a_sensible_depth() {
    let check = |template: &str| {
        let given = BTreeMap::new();
        check(template, &Values { given: &given, json: "JSON", clusters: &[], here: true }).unwrap_err().0
    };
    assert!(matches!(check("a: [${JSON}")[..], [ValueError::NotYaml(_)]));
    assert_eq!(check("a: \"${JSON}\""), [ValueError::Quoted("JSON".into())]);
    assert_eq!(check(&format!("a: ${{JSON}}\nb: {}{}", "[".repeat(150), "]".repeat(150))), [ValueError::TooDeep]);
}
