//! Public keys out of PEM and DER: what ring wants is the bare PKCS#1 key, what
//! Travis and OpenSSL give is that key wrapped in a SubjectPublicKeyInfo.
use base64::{Engine, engine::general_purpose::STANDARD};

/// `rsaEncryption`, 1.2.840.113549.1.1.1 with its NULL parameter: RFC 8017, appendix A.1.
const RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/// An RSA public key of 2048 to 8192 bits, as PKCS#1 DER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey(Vec<u8>);

impl PublicKey {
    /// All public keys of a PEM text, at least one.
    ///
    /// # Errors
    /// Why there is none, or which is no RSA key that can be used.
    pub(crate) fn of_pem(pem: &str) -> Result<Vec<Self>, &'static str> {
        let mut keys = vec![];
        let mut rest = pem;
        while let Some((_, block)) = rest.split_once("-----BEGIN ") {
            let (label, block) = block.split_once("-----").ok_or("the PEM text is cut off")?;
            let (body, after) = block.split_once("-----END ").ok_or("the PEM text is cut off")?;
            let der = || {
                let base64: String = body.split_whitespace().collect();
                STANDARD.decode(base64).map_err(|_| "the PEM text is not base64")
            };
            match label {
                "PUBLIC KEY" => keys.push(PublicKey::of_spki(&der()?)?),
                "RSA PUBLIC KEY" => keys.push(PublicKey::of_pkcs1(&der()?)?),
                _ => return Err("the PEM text holds something else than public keys"),
            }
            rest = after;
        }
        if keys.is_empty() { Err("there is no -----BEGIN PUBLIC KEY----- in it") } else { Ok(keys) }
    }
    /// Takes the key out of a SubjectPublicKeyInfo (RFC 5280, section 4.1):
    /// SEQUENCE { algorithm, BIT STRING }.
    fn of_spki(der: &[u8]) -> Result<Self, &'static str> {
        const NOT_SPKI: &str = "not a public key (no SubjectPublicKeyInfo)";
        let inner = whole(SEQUENCE, der).ok_or(NOT_SPKI)?;
        let (algorithm, rest) = element(SEQUENCE, inner).ok_or(NOT_SPKI)?;
        if algorithm != RSA {
            return Err("not an RSA key");
        }
        // The first byte counts the unused bits at the end: none in a key.
        match whole(BIT_STRING, rest).and_then(<[u8]>::split_first) {
            Some((0, key)) => PublicKey::of_pkcs1(key),
            _ => Err(NOT_SPKI),
        }
    }
    /// Checks that it is a PKCS#1 key (RFC 8017, appendix A.1.1), SEQUENCE {
    /// modulus, exponent }, of a size that ring will take.
    fn of_pkcs1(der: &[u8]) -> Result<Self, &'static str> {
        const NOT_PKCS1: &str = "not an RSA public key";
        let numbers = whole(SEQUENCE, der).ok_or(NOT_PKCS1)?;
        let (modulus, rest) = element(INTEGER, numbers).ok_or(NOT_PKCS1)?;
        whole(INTEGER, rest).ok_or(NOT_PKCS1)?;
        // A leading zero only keeps the number positive.
        let digits = modulus.strip_prefix(&[0]).unwrap_or(modulus);
        let bits = digits.first().map_or(0, |first| digits.len() * 8 - first.leading_zeros() as usize);
        if !(2048..=8192).contains(&bits) {
            return Err("an RSA key must have 2048 to 8192 bits");
        }
        Ok(PublicKey(der.to_vec()))
    }
    /// Whether `signature` is this key's over `message`: RSA PKCS#1 v1.5 with
    /// SHA-1, which is all that Travis offers.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        use ring::signature::{RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, &self.0)
            .verify(message, signature)
            .is_ok()
    }
}

/// The content of the element of this tag that `input` begins with, and what is after it.
fn element(tag: u8, input: &[u8]) -> Option<(&[u8], &[u8])> {
    let [found, length, rest @ ..] = input else { return None };
    if *found != tag {
        return None;
    }
    let (length, rest) = match *length {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            let length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
            // DER has one form for each length, the shortest.
            let shortest = digits.first() != Some(&0) && length > 0x7f;
            if !shortest {
                return None;
            }
            (length, rest)
        }
        _ => return None, // indefinite, or far above any key
    };
    rest.split_at_checked(length)
}
/// The content of the element of this tag that `input` is.
fn whole(tag: u8, input: &[u8]) -> Option<&[u8]> {
    element(tag, input).filter(|(_, after)| after.is_empty()).map(|(content, _)| content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ORG: &str = include_str!("../../../tests/fixtures/travis/travis-ci-org-2016.public.pem");
    const COM: &str = include_str!("../../../tests/fixtures/travis/travis-ci-com-2016.public.pem");
    const PAYLOAD: &[u8] = include_bytes!("../../../tests/fixtures/travis/signed-2016-push-passed.payload.json");
    const BODY: &[u8] = include_bytes!("../../../tests/fixtures/travis/signed-2016-push-passed.form");
    const SIGNATURE: &str = include_str!("../../../tests/fixtures/travis/signed-2016-push-passed.signature.b64");

    fn spki(pem: &str) -> Vec<u8> {
        STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap()
    }

    #[test]
    fn the_real_signature() {
        let (org, com) = (PublicKey::of_pem(ORG).unwrap().remove(0), PublicKey::of_pem(COM).unwrap().remove(0));
        let signature = STANDARD.decode(SIGNATURE).unwrap();
        assert!(org.verifies(PAYLOAD, &signature));
        assert!(!com.verifies(PAYLOAD, &signature), "another key");
        assert!(!org.verifies(BODY, &signature), "the body before decoding");
        for at in [0, PAYLOAD.len() / 2, PAYLOAD.len() - 1] {
            let mut changed = PAYLOAD.to_vec();
            changed[at] ^= 1;
            assert!(!org.verifies(&changed, &signature), "byte {at} changed");
        }
        assert!(!org.verifies(PAYLOAD, &signature[1..]) && !org.verifies(PAYLOAD, &[]));
    }

    #[test]
    fn forms_of_keys() {
        let org = PublicKey::of_pem(ORG).unwrap();
        let pkcs1 =
            format!("-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----\n", STANDARD.encode(&org[0].0));
        assert_eq!(PublicKey::of_pem(&pkcs1).unwrap(), org);
        assert_eq!(PublicKey::of_pem(&format!("{ORG}{COM}")).unwrap().len(), 2);
        assert_eq!(PublicKey::of_pem(&ORG.replace('\n', "\r\n")).unwrap(), org);
        let private = ORG.replace("PUBLIC", "PRIVATE");
        let elliptic = ORG.replace("MIIBIjANBgkqhkiG9w0B", "MIIBIjANBgkqhkiG9w0C");
        let mistakes =
            ["", "x", "-----BEGIN PUBLIC KEY", &private, &elliptic, &ORG.replace('M', "*"), &ORG.replace("QAB", "QA")];
        let mistakes = mistakes.map(|pem| PublicKey::of_pem(pem).unwrap_err());
        insta::assert_snapshot!(mistakes.join("\n"), @"
        there is no -----BEGIN PUBLIC KEY----- in it
        there is no -----BEGIN PUBLIC KEY----- in it
        the PEM text is cut off
        the PEM text holds something else than public keys
        not an RSA key
        the PEM text is not base64
        the PEM text is not base64
        ");
    }

    #[test]
    fn lengths_have_one_form() {
        let long = |head: &[u8]| [head, &[0; 300]].concat();
        assert_eq!(element(SEQUENCE, &[0x30, 1, 7, 9]), Some((&[7][..], &[9][..])));
        assert_eq!(element(SEQUENCE, &long(&[0x30, 0x82, 0x01, 0x2c])).map(|(content, _)| content.len()), Some(300));
        for odd in [&[0x30][..], &[0x30, 2, 7], &[0x30, 0x80, 0, 0], &[0x30, 0x81, 1, 7], &[0x02, 0]] {
            assert_eq!(element(SEQUENCE, odd), None, "{odd:?}");
        }
        assert_eq!(element(SEQUENCE, &long(&[0x30, 0x82, 0x00, 0xff])), None, "a leading zero");
        assert_eq!(element(SEQUENCE, &long(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff])), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), text in "(?s).{0,200}") {
            drop((PublicKey::of_spki(&bytes), PublicKey::of_pkcs1(&bytes), PublicKey::of_pem(&text)));
        }
        #[test]
        fn a_changed_key_never_verifies(at in 0..294usize, bit in 0..8u8, cut in 0..294usize) {
            let signature = STANDARD.decode(SIGNATURE).unwrap();
            let mut der = spki(ORG);
            prop_assert!(PublicKey::of_spki(&der[..cut]).is_err());
            der[at] ^= 1 << bit;
            if let Ok(key) = PublicKey::of_spki(&der) {
                prop_assert!(!key.verifies(PAYLOAD, &signature));
            }
        }
    }
}
