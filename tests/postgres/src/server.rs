//! A running PostgreSQL.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::folder::Folder;
use crate::installation::Installation;
use crate::random;
use crate::supervisor::{Order, Supervisor, command};

/// The server's administrator.
const USER: &str = "postern";

/// How many ports are tried, because another process may take a free port.
const TRIES: usize = 5;

/// A PostgreSQL on a free port of 127.0.0.1. The server ends when it is dropped, and when this process ends in any way.
#[derive(Debug)]
pub struct Server {
    supervisor: Mutex<Supervisor>,
    folder: PathBuf,
    port: u16,
    password: String,
}

/// Settings of a server that need not survive a power failure. Its password is random, so a high cost of hashing it protects nothing.
const VOLATILE: [&str; 3] = ["--set=fsync=off", "--set=full_page_writes=off", "--set=scram_iterations=1"];

/// The server that all tests of this process share; each test creates its own database. The server does not wait for the disk. Tests that
/// crash or stop a server start another one with [`Server::start`].
pub fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| Server::start_with(&env::temp_dir(), &VOLATILE))
}

/// Runs SQL on the database at `url`, several statements in one transaction. Returns a line for each row, with `|` between the columns,
/// or the server's error message.
pub fn query(url: &str, sql: &str) -> Result<String, String> {
    let mut psql = command(&Installation::find().program("psql"), None);
    psql.args(["--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]);
    psql.args(["--dbname", url, "--command", sql]);
    let output = run(&mut psql);
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim_end().to_owned())
    }
}

impl Server {
    /// Starts a server with its data in the system's temporary folder, and waits until it accepts connections.
    pub fn start() -> Self {
        Self::start_in(&env::temp_dir())
    }

    /// Starts a server with its data in a new folder below `parent`, such as a folder on the disk that is measured. Root's server needs a
    /// `parent` that `nobody` can read.
    pub fn start_in(parent: &Path) -> Self {
        Self::start_with(parent, &[])
    }

    fn start_with(parent: &Path, settings: &[&str]) -> Self {
        let folder = Folder::new(parent).expect("cannot make a folder for the server");
        let installed = Installation::find();
        let installation = installed.readable_from(&folder);
        // From now on everything is cleaned up, whatever happens.
        let pg_ctl = installation.program("pg_ctl");
        let mut supervisor =
            Supervisor::new(&folder.path, &pg_ctl, folder.account).expect("cannot start the server's supervisor");
        installed.copy_to(&installation, &folder).expect("cannot copy PostgreSQL's binaries");
        let password = random::hexadecimal();
        initialise(&installation, &folder, &password, settings);
        for _ in 0..TRIES {
            let port = random::free_port();
            if supervisor.order(Order::Start(port)).expect("the server's supervisor has ended") {
                return Self { supervisor: Mutex::new(supervisor), folder: folder.path, port, password };
            }
            let log = fs::read_to_string(folder.path.join("log")).unwrap_or_default();
            assert!(log.contains("could not bind"), "the server does not start; its log:\n{log}");
        }
        panic!("no port was free for long enough");
    }

    /// The URL of a database, with user and password.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// Creates an empty database and returns its URL, which asks for no encryption: the server has none.
    pub fn create_database(&self) -> String {
        let name = format!("test_{}", random::hexadecimal());
        let url = self.url("postgres");
        query(&url, &format!("CREATE DATABASE {name}")).unwrap_or_else(|error| panic!("cannot create a database: {error}"));
        format!("{}?sslmode=disable", self.url(&name))
    }

    /// The port on 127.0.0.1.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The folder with the server's data in `data`, and its log in `log`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Shuts the server down: it ends all connections at once, and keeps what was committed.
    pub fn stop(&self) {
        self.order(Order::Stop);
    }

    /// Stops the server as in a power failure; it recovers when it starts again.
    pub fn crash(&self) {
        self.order(Order::Crash);
    }

    /// Starts the server again, on the same port, after [`Self::stop`] or [`Self::crash`].
    pub fn start_again(&self) {
        self.order(Order::Start(self.port));
    }

    fn order(&self, order: Order) {
        let done = self.supervisor().order(order).expect("the server's supervisor has ended");
        assert!(
            done,
            "the server does not {order:?}; its log:\n{}",
            fs::read_to_string(self.folder.join("log")).unwrap_or_default()
        );
    }

    fn supervisor(&self) -> MutexGuard<'_, Supervisor> {
        self.supervisor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn initialise(installation: &Installation, folder: &Folder, password: &str, settings: &[&str]) {
    let password = folder.write("password", password).expect("cannot write the server's password");
    let mut initdb = command(&installation.program("initdb"), folder.account);
    initdb.current_dir(&folder.path).arg("--pwfile").arg(password);
    initdb.args(["--pgdata=data", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-instructions"]);
    // `initdb` does not wait for the disk; the server itself does.
    initdb.args(["--no-sync", "--username", USER]);
    initdb.args(["--set=listen_addresses=127.0.0.1", "--set=unix_socket_directories=", "--set=max_connections=200"]);
    initdb.args(settings);
    let output = run(&mut initdb);
    assert!(output.status.success(), "cannot create a database cluster: {}", String::from_utf8_lossy(&output.stderr));
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("cannot start `{}`: {error}", command.get_program().to_string_lossy()))
}
