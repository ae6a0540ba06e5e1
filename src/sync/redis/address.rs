//! Where Redis is, and how its server is met.

use redis::{
    Client, ClientTlsConfig, ConnectionAddr, IntoConnectionInfo, RedisConnectionInfo,
    TlsCertificates,
};
use serde::Deserialize;

use super::super::queue::Result;

/// Where Redis is, as `js/queue/connection.js` writes it.
#[derive(Clone, Deserialize)]
pub struct Address {
    host: String,
    port: u16,
    username: Option<String>,
    password: Option<String>,
    #[serde(default)]
    db: i64,
    tls: Option<Tls>,
    pub secret: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tls {
    ca: Option<String>,
    cert: Option<String>,
    key: Option<String>,
    #[serde(default = "yes")]
    reject_unauthorized: bool,
}

fn yes() -> bool {
    true
}

pub fn client(address: &Address) -> Result<Client> {
    let Address { host, port, username, password, db, tls, .. } = address;
    let mut settings = RedisConnectionInfo::default()
        .set_db(*db)
        .set_lib_name("sharded", env!("CARGO_PKG_VERSION"));
    if let Some(username) = username {
        settings = settings.set_username(username);
    }
    if let Some(password) = password {
        settings = settings.set_password(password);
    }
    let Some(tls) = tls else {
        let info = ConnectionAddr::Tcp(host.clone(), *port).into_connection_info()?;
        return Ok(Client::open(info.set_redis_settings(settings))?);
    };
    let insecure = !tls.reject_unauthorized;
    let addr =
        ConnectionAddr::TcpTls { host: host.clone(), port: *port, insecure, tls_params: None };
    let info = addr.into_connection_info()?.set_redis_settings(settings);
    let bytes = |text: &Option<String>| text.as_ref().map(|text| text.as_bytes().to_vec());
    let client_tls = match (bytes(&tls.cert), bytes(&tls.key)) {
        (Some(client_cert), Some(client_key)) => Some(ClientTlsConfig { client_cert, client_key }),
        _ => None,
    };
    let certificates = TlsCertificates { client_tls, root_cert: bytes(&tls.ca) };
    Ok(Client::build_with_tls(info, certificates)?)
}
