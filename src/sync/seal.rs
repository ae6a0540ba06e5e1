//! HMAC-SHA256 over what travels, where the user gave a secret: who can write to the queue, but does not know it, can put no
//! commit into the main database and take none out of an outbox.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub struct Seal {
    mac: Option<Hmac<Sha256>>,
}

impl Seal {
    pub fn new(secret: Option<&str>) -> Self {
        let mac = secret.map(|secret| {
            Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length")
        });
        Self { mac }
    }

    /// Empty without a secret.
    pub fn sign(&self, parts: &[&[u8]]) -> Vec<u8> {
        self.over(parts).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default()
    }

    /// Without a secret nothing is checked.
    pub fn fits(&self, parts: &[&[u8]], signature: &[u8]) -> bool {
        self.over(parts).is_none_or(|mac| mac.verify_slice(signature).is_ok())
    }

    /// Each part with its length before it: none can lend bytes to its neighbour.
    fn over(&self, parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
        let mut mac = self.mac.clone()?;
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        Some(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_fits_its_own_parts_only() {
        let seal = Seal::new(Some("secret"));
        let signature = seal.sign(&[b"ab", b"c"]);
        assert!(seal.fits(&[b"ab", b"c"], &signature));
        assert!(!seal.fits(&[b"a", b"bc"], &signature) && !seal.fits(&[b"ab", b"c"], b""));
        assert!(!Seal::new(Some("other")).fits(&[b"ab", b"c"], &signature));
        let open = Seal::new(None);
        assert!(open.sign(&[b"ab"]).is_empty() && open.fits(&[b"x"], &signature));
    }
}
