//! A running slapd.

use std::env;
use std::fs::{self, DirBuilder};
use std::net::TcpStream;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::certificate;
use crate::installation::Installation;
use crate::port;
use crate::supervisor::Supervisor;

/// The entry below which all others are.
pub const BASE: &str = "dc=example,dc=org";

/// The only account that may read other entries.
pub const SERVICE: &str = "cn=service,dc=example,dc=org";
/// The password of [`SERVICE`].
pub const SERVICE_PASSWORD: &str = "of the service";

/// The initial entries, in LDIF.
pub const PEOPLE: &str = include_str!("people.ldif");

/// How many pairs of ports are tried, because another process may take a free port.
const TRIES: usize = 5;

/// The timeout for the server to listen.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A slapd on free ports of 127.0.0.1, with LDAP, `StartTLS` and LDAPS. The server ends when it is dropped, and when this process ends in
/// any way.
#[derive(Debug)]
pub struct Server {
    installation: Installation,
    supervisor: Mutex<Supervisor>,
    folder: PathBuf,
    port: u16,
    tls_port: u16,
}

impl Server {
    /// Starts a server with [`PEOPLE`], and waits until it accepts connections.
    pub fn start() -> Self {
        for _ in 0..TRIES {
            let server = Self::prepare();
            server.load_stopped(PEOPLE);
            if server.launch() {
                return server;
            }
            let log = server.log();
            assert!(log.contains("bind"), "the server does not start; its log:\n{log}");
        }
        panic!("no ports were free for long enough");
    }

    /// The `ldap://` URL, for plain text and for `StartTLS`.
    pub fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    /// The `ldaps://` URL.
    pub fn tls_url(&self) -> String {
        format!("ldaps://localhost:{}", self.tls_port)
    }

    /// The certificate, in PEM, of the authority that issued the server's certificate for `localhost` and 127.0.0.1.
    pub fn authority(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    /// The port for plain text and `StartTLS`.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The folder with all files of the server.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Stops the server, which ends all connections.
    pub fn stop(&self) {
        self.supervisor().stop().expect("the server's supervisor has ended");
    }

    /// Starts the server again, on the same ports, after [`Self::stop`].
    pub fn start_again(&self) {
        assert!(self.launch(), "the server does not start again; its log:\n{}", self.log());
    }

    /// Replaces all entries by those of `ldif`.
    pub fn load(&self, ldif: &str) {
        self.stop();
        fs::remove_dir_all(self.folder.join("data")).expect("cannot remove the server's data");
        self.load_stopped(ldif);
        self.start_again();
    }

    fn prepare() -> Self {
        let installation = Installation::find();
        let folder = env::temp_dir().join(format!("postern-ldap-{:032x}", port::random()));
        DirBuilder::new().mode(0o700).create(&folder).expect("cannot make a folder for the server");
        let (port, tls_port) = (port::free(), port::free());
        let addresses = format!("ldap://127.0.0.1:{port} ldaps://127.0.0.1:{tls_port}");
        // From now on everything is cleaned up, whatever happens.
        let supervisor = Supervisor::new(&folder, &installation, &addresses).expect("cannot start the server's supervisor");
        certificate::write(&folder);
        let configuration = configuration(&folder, &installation);
        fs::write(folder.join("slapd.conf"), configuration).expect("cannot write the server's configuration");
        Self { installation, supervisor: Mutex::new(supervisor), folder, port, tls_port }
    }

    fn load_stopped(&self, ldif: &str) {
        fs::create_dir(self.folder.join("data")).expect("cannot make a folder for the server's data");
        let file = self.folder.join("people.ldif");
        fs::write(&file, ldif).expect("cannot write the server's entries");
        let mut add = self.installation.command(&self.installation.slapd);
        add.args(["-T", "add", "-q", "-f"]).arg(self.folder.join("slapd.conf")).arg("-l").arg(file);
        let output = add.output().expect("cannot start `slapd`");
        assert!(output.status.success(), "cannot load entries: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Whether the server accepts connections on both of its ports now.
    fn launch(&self) -> bool {
        self.supervisor().start().expect("the server's supervisor has ended");
        let end = Instant::now() + TIMEOUT;
        let accepts = |port: u16| TcpStream::connect(("127.0.0.1", port)).is_ok();
        while self.supervisor().runs().expect("the server's supervisor has ended") {
            if accepts(self.port) && accepts(self.tls_port) {
                return true;
            }
            assert!(Instant::now() < end, "the server does not listen; its log:\n{}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
        false
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn supervisor(&self) -> MutexGuard<'_, Supervisor> {
        self.supervisor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn configuration(folder: &Path, installation: &Installation) -> String {
    let files = installation.configuration();
    let folder = folder.display();
    format!(
        "{files}
TLSCertificateFile {folder}/certificate.pem
TLSCertificateKeyFile {folder}/key.pem
TLSCACertificateFile {folder}/authority.pem
database mdb
suffix {BASE}
directory {folder}/data
maxsize 16777216
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact={SERVICE} read by * none
"
    )
}
