//! One keep-alive HTTP/1.1 connection, as an SDK's pool holds it; made again when the server has closed it.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::HOST;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::Result;

/// A connection to a server on this machine.
pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
    port: u16,
    host: String,
}

/// A server's whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

impl Client {
    pub(crate) async fn connect(port: u16) -> Result<Self> {
        Ok(Self { sender: open(port).await?, port, host: format!("127.0.0.1:{port}") })
    }

    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer> {
        self.send(Method::GET, path, &[], Bytes::new()).await
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&'static str, &'static str)],
        body: Bytes,
    ) -> Result<Answer> {
        let mut request = Request::builder().method(method).uri(path).header(HOST, &self.host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        // moto closes after each answer.
        if self.sender.ready().await.is_err() {
            self.sender = open(self.port).await?;
            self.sender.ready().await?;
        }
        let answer = self.sender.send_request(request.body(Full::new(body))?).await?;
        let status = answer.status();
        Ok(Answer { status, body: answer.into_body().collect().await?.to_bytes() })
    }
}

async fn open(port: u16) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // The connection ends with its sender; what broke it shows in the next request.
    tokio::spawn(connection);
    Ok(sender)
}

impl Answer {
    /// The body of a successful answer.
    pub(crate) fn ok(self) -> Result<Bytes> {
        if self.status.is_success() {
            return Ok(self.body);
        }
        let text: String = String::from_utf8_lossy(&self.body).chars().take(300).collect();
        Err(format!("answered {}: {text}", self.status).into())
    }
}
