//! A server under test: started, watched by `/proc`, and stopped with this program.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::Result;
use crate::clock::Stopwatch;
use crate::http::Client;

/// Linux counts CPU time in hundredths of a second on every architecture that this is built for (`USER_HZ`).
const TICKS_A_SECOND: f64 = 100.0;

const START: Duration = Duration::from_mins(1);

/// A running server with a data folder of its own, which goes away with it.
pub(crate) struct Server {
    child: Child,
    data: TempDir,
    pub(crate) port: u16,
}

impl Server {
    /// Starts `program`; `arguments` is told the port and the data folder.
    pub(crate) async fn start(
        program: &Path,
        arguments: impl FnOnce(u16, &Path) -> Vec<String>,
    ) -> Result<Self> {
        let data = tempfile::Builder::new().prefix("bench-").tempdir()?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let child = Command::new(program)
            .args(arguments(port, data.path()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{} does not start: {error}", program.display()))?;
        let mut server = Self { child, data, port };
        server.wait(program).await?;
        Ok(server)
    }

    async fn wait(&mut self, program: &Path) -> Result<()> {
        let waiting = Stopwatch::start();
        while waiting.elapsed() < START {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("{} ended: {status}", program.display()).into());
            }
            if Client::connect(self.port).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(format!("{} does not answer", program.display()).into())
    }

    /// CPU seconds of all threads so far, where the system tells.
    pub(crate) fn cpu(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        // The program's name may hold spaces and brackets; the figures start behind its last one.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let user: f64 = fields.next()?.parse().ok()?;
        let system: f64 = fields.next()?.parse().ok()?;
        Some((user + system) / TICKS_A_SECOND)
    }

    /// The data folder.
    pub(crate) fn folder(&self) -> &Path {
        self.data.path()
    }

    /// Every file of the data folder with its size.
    pub(crate) fn files(&self) -> Result<Vec<(PathBuf, u64)>> {
        let mut files = Vec::new();
        let mut folders = vec![self.data.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let entry = entry?;
                let kind = entry.metadata()?;
                if kind.is_dir() {
                    folders.push(entry.path());
                } else {
                    files.push((entry.path(), kind.len()));
                }
            }
        }
        Ok(files)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is gone already, or will be: there is nothing to be done about either.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
