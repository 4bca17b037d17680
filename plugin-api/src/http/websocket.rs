//! Websockets of a plugin's servers: through the same client, so with the same time
//! limits, certificates and checked addresses.
use super::{Client, redact};
use crate::Result;
use anyhow::{Context, anyhow, bail};
use futures_util::{SinkExt, StreamExt};
use http::{Method, StatusCode, header};
use reqwest::Upgraded;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self, Message,
        handshake::{client::generate_key, derive_accept_key},
        protocol::{Role, WebSocketConfig},
    },
};

/// The longest message that is taken, in bytes.
const MESSAGE_MAX: usize = 4 << 20;

/// A connected websocket of text messages.
pub struct WebSocket(WebSocketStream<Upgraded>);

impl Client {
    /// Opens a websocket at `path`, which is relative to the peer's base; `fill` adds
    /// headers. The peer's time limit is for the opening alone.
    ///
    /// # Errors
    /// What went wrong on the way, without the URL; and an answer that is no websocket,
    /// with its status.
    pub async fn websocket(
        &self,
        path: &str,
        fill: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Result<WebSocket> {
        let key = generate_key();
        let asked = |request: reqwest::RequestBuilder| {
            let request = request.header(header::CONNECTION, "Upgrade").header(header::UPGRADE, "websocket");
            fill(request.header(header::SEC_WEBSOCKET_VERSION, "13").header(header::SEC_WEBSOCKET_KEY, &key))
        };
        let response = self.exchange(Method::GET, path, asked).await?;
        Ok(open(response, &key).await?)
    }
}

async fn open(response: reqwest::Response, key: &str) -> anyhow::Result<WebSocket> {
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        bail!("the server answered {} and no websocket", response.status());
    }
    let accepted = response.headers().get(header::SEC_WEBSOCKET_ACCEPT);
    if accepted.is_none_or(|accepted| accepted.as_bytes() != derive_accept_key(key.as_bytes()).as_bytes()) {
        bail!("the server's answer is not to our websocket request");
    }
    let stream = response.upgrade().await.map_err(redact)?;
    let config = WebSocketConfig::default().max_message_size(Some(MESSAGE_MAX)).max_frame_size(Some(MESSAGE_MAX));
    Ok(WebSocket(WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await))
}

impl WebSocket {
    /// Sends a message.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn send(&mut self, text: impl Into<String>) -> Result<()> {
        Ok(self.0.send(Message::text(text.into())).await.context("sending over a websocket")?)
    }
    /// The next message; pings of the server are answered on the way.
    ///
    /// # Errors
    /// When the connection is lost or closed: there is no end without one.
    pub async fn next(&mut self) -> Result<String> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
                Some(Ok(Message::Close(_))) | None => return Err(anyhow!("the server closed the websocket").into()),
                Some(Ok(_)) => {}
                Some(Err(tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed)) => {
                    return Err(anyhow!("the websocket is closed").into());
                }
                Some(Err(error)) => return Err(anyhow::Error::new(error).context("reading a websocket").into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Http, Peer};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    /// A client of a server that does so with its one connection.
    async fn served<F: Future<Output = ()> + Send + 'static>(
        serve: impl FnOnce(TcpStream) -> F + Send + 'static,
    ) -> Client {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { serve(listener.accept().await.unwrap().0).await });
        Http::default().client(Peer::new(&base).unwrap()).unwrap()
    }
    async fn answering(answer: &'static str) -> String {
        let client = served(move |mut stream| async move {
            let mut begun = [0; 1024];
            assert!(stream.read(&mut begun).await.unwrap() > 0);
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        let opened = client.await.websocket("/ws?token=c4n4ry", |request| request).await;
        let error = format!("{:#}", opened.err().expect("it is no websocket").into_anyhow());
        assert!(!error.contains("c4n4ry"), "{error}");
        error
    }

    #[tokio::test]
    async fn texts_go_both_ways_until_the_server_closes() {
        let client = served(|stream| async {
            let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
            socket.send(Message::Ping(vec![1].into())).await.unwrap();
            let asked = socket.next().await.unwrap().unwrap();
            assert_eq!(socket.next().await.unwrap().unwrap(), Message::Pong(vec![1].into()));
            socket.send(asked).await.unwrap();
            socket.close(None).await.unwrap();
        });
        let mut socket = client.await.websocket("ws", |request| request).await.unwrap();
        socket.send("ä b").await.unwrap();
        assert_eq!(socket.next().await.unwrap(), "ä b");
        let error = socket.next().await.unwrap_err().into_anyhow();
        assert_eq!(error.to_string(), "the server closed the websocket");
    }

    #[tokio::test]
    async fn what_is_no_websocket_is_told_without_the_url() {
        let answers = [
            "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
            "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: x\r\n\r\n",
        ];
        let mut told = vec![];
        for answer in answers {
            told.push(answering(answer).await);
        }
        insta::assert_snapshot!(told.join("\n"), @"
        the server answered 403 Forbidden and no websocket
        the server answered 200 OK and no websocket
        the server's answer is not to our websocket request
        ");
    }
}
