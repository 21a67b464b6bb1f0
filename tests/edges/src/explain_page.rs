//! The page that explains a decision, in Chromium: from a static server, and from the issuer.

use postern_test_harness::artifacts;
use postern_test_harness::issuer::Cli;
use postern_vectors::{Forge, TokenSpec};
use serde_json::{Value, json};

use crate::folder::Folder;

const NOW: u64 = 1_800_000_000;
const ORDERS: &str = "https://api.example/pizza/1.0.0/orders/1?q=1";

/// A curl command, what it fills in (method, URL, other headers and token), and what is wrong with it.
const COMMANDS: [(&str, [&str; 4], &str); 8] = [
    (
        r#"curl 'https://api.example/orders/1?a=b' \
  -X POST -H $'X-Name: it\'s' \
  -H "Authorization: Bearer abc.def.ghi" --compressed --data-raw '{"a":1}'"#,
        ["POST", "https://api.example/orders/1?a=b", "X-Name: it's", "abc.def.ghi"],
        "",
    ),
    (
        "curl -sSLXPUT https://api.example/a -u me:secret -o /dev/null -H 'Accept:' -H 'X-Empty;'",
        ["PUT", "https://api.example/a", "authorization: Basic bWU6c2VjcmV0\nX-Empty: ", ""],
        "",
    ),
    ("curl api.example/x -G -d a=1 --data b=2", ["GET", "http://api.example/x?a=1&b=2", "", ""], ""),
    ("curl -I \"https://api.example/\\$x\"", ["HEAD", "https://api.example/$x", "", ""], ""),
    ("curl --json '{}' --url https://api.example", ["POST", "https://api.example", "", ""], ""),
    ("curl 'https://api.example", [""; 4], "A quotation mark of the command is not closed."),
    ("wget https://api.example", [""; 4], "The command must begin with curl."),
    ("curl https://api.example https://other.example", [""; 4], "The command has more than one URL."),
];

fn token(changes: &Value) -> String {
    let spec: TokenSpec = serde_json::from_value(changes.clone()).unwrap();
    Forge::new(NOW).token(&spec)
}

/// A request, and what the page has to show: the verdict, how many steps pass, and what would have to change.
struct Case {
    name: &'static str,
    entered: Value,
    verdict: &'static str,
    passed: usize,
    change: &'static str,
}

fn case(name: &'static str, entered: Value, (verdict, passed, change): (&'static str, usize, &'static str)) -> Case {
    Case { name, entered, verdict, passed, change }
}

fn cases() -> Vec<Case> {
    let with = |changes: &Value| json!({"url": ORDERS, "token": token(changes), "time": NOW.to_string()});
    let at = |method: &str, url: &str| json!({"method": method, "url": url, "time": "2027-01-15T08:00:00Z"});
    vec![
        case("allowed", with(&json!({"key": "es1"})), ("Allowed: token", 12, "")),
        case("allowed: RS256", with(&json!({"key": "rs1"})), ("Allowed: token", 12, "")),
        case("public", at("GET", "https://api.example/pizza/1.0.0/menu"), ("Allowed: public", 3, "")),
        case(
            "expired",
            with(&json!({"claims": {"exp": {"now": -180}}})),
            ("Refused: expired, with status 401", 5, "this one expired at 2027-01-15 07:57:00 UTC (3 minutes ago)"),
        ),
        case(
            "bad-signature",
            with(&json!({"signature": "flip"})),
            ("Refused: bad_signature, with status 401", 4, "Send the token exactly as the issuer gave it"),
        ),
        case(
            "no-resource",
            at("GET", "https://api.example/pizza/1.0.0/menu/"),
            ("Refused: no_such_api, with status 404", 2, "only in a slash at its end"),
        ),
        case(
            "several tokens",
            json!({"url": ORDERS, "headers": "Authorization: Bearer a\nauthorization: Bearer b"}),
            ("Refused: invalid_request, with status 400", 3, "must occur once"),
        ),
        case(
            "address",
            json!({"url": ORDERS, "token": token(&json!({"claims": {"ips": ["10.0.0.0/8"]}})), "source": "192.0.2.7", "time": NOW.to_string()}),
            ("Refused: address_not_allowed, with status 403", 11, "the client's address is 192.0.2.7"),
        ),
        case(
            "a whole configuration",
            json!({"url": ORDERS, "token": token(&json!({})), "time": NOW.to_string(),
                   "bundle": format!(r#"{{"bundle":{},"credential":{{"header":"x-token","scheme":null}}}}"#, postern_vectors::bundle())}),
            ("Allowed: token", 12, ""),
        ),
    ]
}

/// Checks what the page showed for each case, and that nothing was sent.
fn check(page: &Value, cases: &[Case]) {
    assert_eq!(page["requests"], json!([]), "{page}");
    for (shown, case) in page["results"].as_array().unwrap().iter().zip(cases) {
        let (name, states) = (case.name, shown["states"].as_array().unwrap());
        assert_eq!(shown["problem"], "", "{name}: {shown}");
        assert_eq!((&shown["verdict"], &shown["focus"]), (&json!(case.verdict), &json!("outcome")), "{name}: {shown}");
        let failed = usize::from(!case.change.is_empty());
        let expected = [vec!["passed"; case.passed], vec!["failed"; failed], vec!["not_reached"; 12 - case.passed - failed]];
        assert_eq!(json!(states), json!(expected.concat()), "{name}");
        for text in [&shown["summary"], &shown["failed"]] {
            assert!(case.change.is_empty() || text.as_str().unwrap().contains(case.change), "{name}: {text}");
        }
        assert_eq!(shown["unverified"].as_u64() > Some(0), name == "bad-signature", "{name}: {shown}");
        let signature = case.entered["token"].as_str().and_then(|token| token.rsplit('.').next()).unwrap_or("no signature");
        assert!(!shown["result"].as_str().unwrap().contains(signature), "{name}");
    }
}

mod browser {
    use super::*;

    #[test]
    fn a_decision_is_explained_and_nothing_leaves_the_page() {
        let folder = Folder::new();
        let page = artifacts::npm_package().unwrap().join("explain");
        let cli = Cli::new(&folder.path().join("issuer")).unwrap().with("POSTERN_EXPLAIN_PAGE", page);
        cli.run(&["init", "--issuer", "https://issuer.example", "--audience", "https://api.example"]).unwrap();
        let issuer = cli.serve("127.0.0.1:0").unwrap();
        let cases = cases();
        let entered: Vec<Value> = cases
            .iter()
            .map(|case| {
                let mut entered = case.entered.clone();
                entered["name"] = case.name.into();
                entered
            })
            .collect();
        let plan = json!({
            "pages": ["", format!("http://{}/explain/", issuer.address())],
            "bundle": postern_vectors::bundle(),
            "cases": entered,
            "commands": COMMANDS.map(|(command, ..)| command),
            "pictures": artifacts::project_file("target/screenshots/explain"),
        });
        std::fs::write(folder.path().join("plan.json"), plan.to_string()).unwrap();
        let printed: Value = serde_json::from_str(&folder.run("node", &["explain-page.mjs", "plan.json"])).unwrap();
        assert_eq!(printed["problems"], json!([]));
        let pages = printed["pages"].as_array().unwrap();
        assert_eq!(pages.len(), 2);
        for page in pages {
            check(page, &cases);
        }
        let filled = &printed["filled"];
        for (filled, (command, fields, problem)) in filled["commands"].as_array().unwrap().iter().zip(COMMANDS) {
            assert_eq!(filled["problem"], problem, "{command}");
            assert!(!problem.is_empty() || filled["fields"] == json!(fields), "{command}: {filled}");
        }
        assert!(filled["elsewhere"].as_str().unwrap().starts_with("Enter an address of http://127.0.0.1:"), "{filled}");
        assert!(filled["address"].as_str().unwrap().ends_with("/bundle.json"), "{filled}");
        assert_eq!((&filled["before"], &filled["requests"]), (&json!([]), &json!(["/bundle.json"])));
        assert_eq!((&filled["bundle"], &filled["elsewhereIsBlocked"]), (&json!(true), &json!(true)));
    }
}
