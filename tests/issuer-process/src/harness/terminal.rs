//! The command on a terminal.

use std::process::{Command, Stdio};

use super::{Home, binary};

/// Starts its arguments from the third on a terminal that is 60 columns wide. At a question, it runs the same program with the words of its
/// second argument, and then types its first argument.
const PROGRAM: &str = "
import fcntl, os, pty, struct, subprocess, sys, termios
answer, meanwhile, command = sys.argv[1], sys.argv[2].split(), sys.argv[3:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 60, 0, 0))
    os.execv(command[0], command)
shown, answered = b'', False
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    shown += piece
    if b'[y/N] ' in shown and not answered:
        answered = True
        if meanwhile:
            subprocess.run([command[0]] + meanwhile, check=True, stdout=subprocess.DEVNULL)
        os.write(terminal, answer.encode())
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
";

/// Runs the command on a terminal, and gives `answer` to its question. Returns everything that the terminal showed, and the exit code.
pub(crate) fn on_terminal(home: &Home, arguments: &[&str], answer: &str) -> (String, i32) {
    on_terminal_while(home, arguments, "", answer)
}

/// The same; between the question and the answer another process runs the command `meanwhile`.
pub(crate) fn on_terminal_while(home: &Home, arguments: &[&str], meanwhile: &str, answer: &str) -> (String, i32) {
    let mut command = Command::new("python3");
    let command = home.at_home(command.env_remove("COLUMNS").current_dir(home.path("")));
    command.args(["-c", PROGRAM, answer, meanwhile]).arg(binary()).args(arguments).stdin(Stdio::null());
    let output = command.output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n");
    (shown, output.status.code().unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr))))
}
